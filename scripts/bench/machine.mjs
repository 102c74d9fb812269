// Describes the machine of a run, and finds the tools that others use.
import { spawnSync } from 'node:child_process';
import { cpus, platform, release, totalmem } from 'node:os';

/** Returns what a reader must know of the machine, a line each. */
export function describeMachine() {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus().length} cores (${model.trim()}), ${memory} GiB, ${platform()} ${release()}`,
    `Node ${process.version}, ${ask('git', '--version')}`,
  ];
}

/** Returns the tool with which the loop of CI edits a pin, whether there is a kubectl, and a sentence on who was found. */
export function findPeers() {
  const kustomize = ask('kustomize', 'version');
  // The other yq, a wrapper of jq, takes other arguments.
  const yq = /mikefarah/.test(ask('yq', '--version') ?? '');
  const kubectl = ask(process.env.KUBECTL ?? 'kubectl', 'version', '--client');
  const tool = kustomize === null ? (yq ? 'yq' : 'sed') : 'kustomize';
  const found = [
    `kustomize ${kustomize === null ? 'not found' : 'found'}`,
    `yq ${yq ? 'found' : 'not found'}`,
    `kubectl ${kubectl === null ? 'not found' : 'found'}`,
    // It clones from the address that a Git host's API names, which no server of the bench has.
    `gitopscli ${ask('gitopscli', 'version') === null ? 'not found' : 'found, and not measured: it needs the API of a Git host'}`,
  ];
  return { tool, hasKubectl: kubectl !== null, found: `${found.join(', ')}; the naive loop edits with ${tool}` };
}

/** Returns the first line that a program prints of itself, or null when it is not there. */
function ask(...[program, ...args]) {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0] : null;
}
