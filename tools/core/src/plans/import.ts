import { valid } from 'semver';
import { EleventhError } from '../error.ts';
import { ALLOWED_SIGNERS } from '../files/allowed-signers.ts';
import { deriveChanges } from '../files/derived-list.ts';
import { type Environment, environmentPath, formatEnvironment } from '../files/environment.ts';
import { type Files, manifestResources } from '../files/manifests.ts';
import { overlayFolder } from '../files/overlay.ts';
import { type Build, formatPin, formatUnpinned, type Pin, type PinnedImage, pinPath } from '../files/pin.ts';
import { formatService, servicePath } from '../files/service.ts';
import { formatWorkspaceFile, WORKSPACE_FILE } from '../files/workspace-file.ts';
import { pinOf } from '../history/deployment.ts';
import type { Change, View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, isOid } from '../names/object-id.ts';
import { buildLabel } from '../rules/build-order.ts';
import { pinTrailers } from './pin-message.ts';
import { Line, type Plan } from './plan.ts';
import { openLine, outsideChanges, workspaceTrailers } from './update.ts';

/** The commit that is imported: it stands for the builds of services whose images do not name a commit. */
export interface ImportedBuild extends Build {
  /** The old repository's address, without credentials. */
  readonly address: string;
}

/** A service as it is laid out in the new workspace. */
export interface ImportedService {
  readonly id: ServiceId;
  readonly images: readonly string[];
  /** Who has its manifests: people on the default branch, or each environment's branch its own. */
  readonly manifests: 'workspace' | 'ci';
  /** What the default branch has of it. */
  readonly files: Files;
  readonly overlays: ReadonlyMap<string, Files>;
  /** What runs in each environment. */
  readonly builds: ReadonlyMap<string, { readonly manifests: Files; readonly images: readonly PinnedImage[] }>;
}

export interface ImportRequest {
  readonly name: string;
  readonly environments: readonly Environment[];
  readonly services: readonly ImportedService[];
  /** Files that several overlays take in, by their path. */
  readonly shared: Files;
  readonly build: ImportedBuild;
}

const BRANCH = 'main';

/** Returns the pin of what ran when it was imported: by the commit or version that its images name, where they do. */
export function importedPin(build: ImportedBuild, manifests: Files, images: readonly PinnedImage[]): Pin {
  const tags = new Set(images.map(({ tag }) => tag));
  const [tag = ''] = tags.size === 1 ? tags : [];
  const version = tag.replace(/^v(?=\d)/, '');
  const { commit, branch, built } = build;
  return {
    ...{ commit: isOid(tag) ? tag : commit, branch, built },
    ...(valid(version) === version && { version }),
    resources: manifestResources(manifests),
    images,
  };
}

/** Returns the plan that begins a workspace with everything that was found, and the root of every environment's branch. */
export async function planImport(view: View, request: ImportRequest): Promise<Plan> {
  const { name, environments, services, shared, build } = request;
  if (view.refs.branches.size > 0 || view.refs.tags.size > 0) {
    throw new EleventhError('NOT_EMPTY', 'The repository is not empty: it has branches or tags already.', {
      hint: 'Name an empty bare repository: git init --bare <path>',
    });
  }
  const empty = await view.snapshot(EMPTY_TREE);
  const put = (path: string, file: string | Uint8Array): Change => ({ path, put: { file } });
  const files = [
    put('.gitattributes', '# The bytes of a recipe are the same in every checkout.\n* -text\n'),
    put('README.md', readme(request)),
    put(ALLOWED_SIGNERS, '# Who may sign, one a line, as in ALLOWED SIGNERS of ssh-keygen(1).\n'),
    put(
      WORKSPACE_FILE,
      formatWorkspaceFile(
        name,
        (
          environments.find(
            ({ name: one, from }) => from.length === 0 && environments.some((other) => other.from.includes(one)),
          ) ?? environments.find(({ from }) => from.length === 0)
        )?.name ?? '',
      ),
    ),
    ...environments.map((environment) => put(environmentPath(environment.name), formatEnvironment(environment))),
    ...[...shared].map(([path, file]) => put(path, file)),
    ...services.flatMap((service) => serviceChanges(service)),
  ];
  const line = Line.on(BRANCH, null, empty);
  const body = `Imported-From: ${build.address}\nImported-Commit: ${build.commit}`;
  await line.add(
    [...files, ...(await deriveChanges(await empty.with(files)))],
    `Import the deployment repository ${name}`,
    [],
    body,
  );
  const branches = [line.plan];
  for (const { branch } of environments) {
    const root = Line.on(branch, null, empty);
    await root.add(await outsideChanges(empty, line.snapshot), (newest) => {
      const start = newest(BRANCH);
      const subject = `Start ${branch} from ${BRANCH} ${start.slice(0, 7)}`;
      return {
        subject,
        trailers: [
          ['Workspace', start],
          ['Policy', start],
        ],
      };
    });
    branches.push(root.plan);
  }
  return { branches, onRace: 'report' };
}

function serviceChanges({ id, images, manifests, files, overlays }: ImportedService): Change[] {
  const text = formatService({ id, images }).replace('\n  manifests: ci\n', `\n  manifests: ${manifests}\n`);
  return [
    { path: servicePath(id), put: { file: text } },
    { path: pinPath(id), put: { file: formatUnpinned(manifestResources(files)) } },
    ...[...files].map(([path, file]): Change => ({ path: `apps/${id}/manifests/${path}`, put: { file } })),
    ...[...overlays].flatMap(([environment, overlay]) =>
      [...overlay].map(
        ([path, file]): Change => ({ path: `${overlayFolder(environment, id)}/${path}`, put: { file } }),
      ),
    ),
  ];
}

/**
 * Returns the plan that pins, in an environment that takes builds, what another one ran when it was imported: promotions
 * then bring it there, so that every state of every branch came as later ones will.
 */
export async function planImportedPins(
  view: View,
  { services, build }: ImportRequest,
  into: string,
  of: string,
): Promise<Plan> {
  const workspace = await readWorkspace(view);
  const environment = findEnvironment(workspace, into);
  const line = await openLine(view, workspace, environment);
  for (const { id, builds } of services) {
    const found = builds.get(of);
    if (found === undefined) continue;
    const before = await pinOf(line.snapshot, id);
    const after = importedPin(build, found.manifests, found.images);
    const content: Change[] = [
      { path: `apps/${id}`, put: null },
      { path: pinPath(id), put: { file: formatPin(after) } },
      ...[...found.manifests].map(([path, file]): Change => ({ path: `apps/${id}/manifests/${path}`, put: { file } })),
    ];
    const derived = before === null ? await deriveChanges(await line.snapshot.with(content)) : [];
    const request = { id, build, isBuiltKnown: true };
    const trailers = [
      ...pinTrailers(request, before, after, null, false),
      ['Imported-From', build.address] as const,
      ['Imported-Commit', build.commit] as const,
      ...workspaceTrailers(view, workspace, line.carried),
    ];
    await line.add(
      [...content, ...derived],
      `Pin ${id} ${buildLabel(after)}`,
      trailers,
      `As ${of} ran it when it was imported.`,
    );
  }
  return { branches: [line.plan], onRace: 'report' };
}

function readme({ name, environments }: ImportRequest): string {
  const row = ({ name: environment, branch, from, release }: Environment) =>
    `| ${environment} | ${release === undefined ? `\`${branch}\`` : `tags \`${release.tag}\` on \`${branch}\``} | ${from.join(', ') || 'service CI'} |`;
  return `# ${name}

The deployment repository: every service's Kubernetes manifests for every environment. People change
\`${BRANCH}\` by review; the branches of the environments are written by \`eleventh\` (or by plain git).

| environment | deploys | takes recipes from |
| --- | --- | --- |
${environments.map(row).join('\n')}

\`eleventh status\` shows what runs where. What an environment runs is \`environments/<environment>\` on its branch: point
one Flux \`Kustomization\` or Argo CD \`Application\` there.
`;
}
