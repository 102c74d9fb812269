import { VERSION } from '../version.ts';

/** What a script is given, besides what it does: each brings the lines that set it up. */
export interface Needs {
  /** The key that it works on the deployment repository with: one that may write, one that may only read, or none. */
  readonly key: 'deploy' | 'read' | null;
  /** Whether it renders manifests. */
  readonly renders?: boolean;
}

/** The variables of the host that hold the keys, as text or as the path of a file. */
export const KEY_VARIABLE = { deploy: 'ELEVENTH_DEPLOY_KEY', read: 'ELEVENTH_READ_KEY' } as const;
export const KNOWN_HOSTS_VARIABLE = 'ELEVENTH_KNOWN_HOSTS';

/** What is fetched where nothing is that renders; its digest is published beside it. */
const KUBECTL = 'https://dl.k8s.io/release/v1.35.2/bin/linux/amd64/kubectl';

/** Returns a script for a POSIX shell with Node, npm and git, and curl for what it fetches: nothing else has to be there. */
export function scriptOf(needs: Needs, lines: readonly string[]): string {
  return [
    'set -eu',
    ...(needs.key === null && needs.renders !== true ? [] : ['own="$(mktemp -d)"', `trap 'rm -rf "$own"' EXIT`]),
    ...(needs.key === null ? [] : keyLines(KEY_VARIABLE[needs.key])),
    ...(needs.renders === true ? rendererLines() : []),
    `eleventh() { npx --yes @eleventh/cli@${VERSION} "$@"; }`,
    ...lines,
    '',
  ].join('\n');
}

function keyLines(variable: string): string[] {
  return [
    '# The key for the deployment repository, and the public keys of its server: text, or a file that holds it.',
    `text() { if [ -f "$1" ]; then cat "$1"; else printf '%s\\n' "$1"; fi; }`,
    `(umask 077 && text "$${variable}" > "$own/key" && text "$${KNOWN_HOSTS_VARIABLE}" > "$own/known_hosts")`,
    'export GIT_SSH_COMMAND="ssh -i $own/key -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$own/known_hosts"',
  ];
}

function rendererLines(): string[] {
  return [
    '# What renders manifests, where the machine has nothing that does. Charts take helm besides.',
    'if ! command -v kubectl > /dev/null && ! command -v kustomize > /dev/null; then',
    `  url="\${KUBECTL_URL:-${KUBECTL}}"`,
    '  curl --fail --silent --show-error --location --output "$own/kubectl" "$url"',
    '  sum="$(curl --fail --silent --show-error --location "$url.sha256")"',
    `  printf '%s  %s\\n' "$sum" "$own/kubectl" | sha256sum -c - > /dev/null`,
    '  chmod +x "$own/kubectl"',
    '  PATH="$own:$PATH"',
    'fi',
  ];
}

/** Returns a word as a shell takes it. */
export function word(text: string): string {
  return /^[\w./:@=+,%-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
