import { EleventhError } from '../error.ts';
import { ALLOWED_SIGNERS } from '../files/allowed-signers.ts';
import { deriveChanges } from '../files/derived-list.ts';
import { type Environment, environmentPath, formatEnvironment } from '../files/environment.ts';
import { LAYOUTS, type Layout, type LayoutName } from '../files/layout.ts';
import type { Files } from '../files/manifests.ts';
import { nxWorkspaceFiles } from '../files/nx-workspace.ts';
import { formatWorkspaceFile, WORKSPACE_FILE } from '../files/workspace-file.ts';
import type { Change, View } from '../history/snapshot.ts';
import { EMPTY_TREE } from '../names/object-id.ts';
import { Line, type Plan } from './plan.ts';
import { outsideChanges } from './update.ts';

export interface InitRequest {
  readonly name: string;
  readonly layout: LayoutName;
  /** Files of an example workspace: services, overlays and the environments' descriptions. */
  readonly examples?: Files | undefined;
  /** The version of the command line and of its Nx plugin, for a workspace that is to be one of Nx as well. */
  readonly nx?: string | undefined;
}

const SIGNERS = `# Who may sign, one a line, as in ALLOWED SIGNERS of ssh-keygen(1):
# <email> namespaces="git,statement@eleventh.dev" <key type> <public key>
`;

export interface InitPlan extends Plan {
  readonly layout: Layout;
}

/** Returns the plan that begins a deployment repository: the default branch and the root of every environment branch. */
export async function planInit(view: View, { name, layout: layoutName, examples, nx }: InitRequest): Promise<InitPlan> {
  if (view.refs.branches.size > 0 || view.refs.tags.size > 0) {
    throw new EleventhError('NOT_EMPTY', 'The repository is not empty: it has branches or tags already.', {
      hint: 'Name an empty bare repository: git init --bare <path>',
    });
  }
  const layout = LAYOUTS[layoutName];
  const empty = await view.snapshot(EMPTY_TREE);
  const files: Change[] = [
    { path: '.gitattributes', put: { file: '# The bytes of a recipe are the same in every checkout.\n* -text\n' } },
    { path: 'README.md', put: { file: readme(name, layout, nx !== undefined) } },
    {
      path: 'apps/README.md',
      put: {
        file: '# Services\n\nOne folder for each service. Add one: `eleventh service add <id> --image <repository>`\n',
      },
    },
    {
      path: ALLOWED_SIGNERS,
      put: { file: SIGNERS },
    },
    ...[...(nx === undefined ? [] : nxWorkspaceFiles(name, layout.defaultBranch, nx)), ...(examples ?? [])].map(
      ([path, file]) => ({ path, put: { file } }),
    ),
    { path: WORKSPACE_FILE, put: { file: formatWorkspaceFile(name, layout.environments[0]?.name ?? '') } },
    ...describe(layout, examples),
  ];
  const line = Line.on(layout.defaultBranch, null, empty);
  await line.add(
    [...files, ...(await deriveChanges(await empty.with(files)))],
    `Begin the deployment repository ${name}`,
  );

  const branches = [line.plan];
  for (const branch of new Set(layout.environments.map((environment) => environment.branch))) {
    const root = Line.on(branch, null, empty);
    await root.add(await outsideChanges(empty, line.snapshot), (newest) => {
      const start = newest(layout.defaultBranch);
      return {
        subject: `Start ${branch} from ${layout.defaultBranch} ${start.slice(0, 7)}`,
        trailers: [
          ['Workspace', start],
          ['Policy', start],
        ],
      };
    });
    branches.push(root.plan);
  }
  return { branches, onRace: 'report', layout };
}

/** Returns the environments' descriptions; those of the examples stay where they mean the same. */
function describe(layout: Layout, examples: Files | undefined): Change[] {
  const isStandard = layout === LAYOUTS.standard;
  return layout.environments
    .filter(({ name }) => !(isStandard && examples?.has(environmentPath(name))))
    .map((environment) => ({ path: environmentPath(environment.name), put: { file: formatEnvironment(environment) } }));
}

function readme(name: string, layout: Layout, isNx: boolean): string {
  const row = ({ name, branch, from, release }: Environment) =>
    `| ${name} | ${release === undefined ? `\`${branch}\`` : `tags \`${release.tag}\` on \`${branch}\``} | ${from.join(', ') || 'service CI'} |`;
  return `# ${name}

The deployment repository: every service's Kubernetes manifests for every environment. People change
\`${layout.defaultBranch}\` by review; the branches of the environments are written by \`eleventh\` (or by plain git).

| environment | deploys | takes recipes from |
| --- | --- | --- |
${layout.environments.map(row).join('\n')}

| to | run |
| --- | --- |
| see what runs where | \`eleventh status\` |
| add a service | \`eleventh service add <id> --image <repository>\` |
| record a build (in the service's CI) | \`eleventh pin <id> --commit <sha> --manifests <folder>\` |
| promote what was tested | \`eleventh promote ${layout.environments.at(-1)?.from[0] ?? '<env>'} --to ${layout.environments.at(-1)?.name ?? '<env>'}\` |
| roll back | \`eleventh rollback ${layout.environments.at(-1)?.name ?? '<env>'}\`, or \`git revert\` on its branch |
${isNx ? '| check what a change touches | `npm ci` once, then `npx nx affected -t check` |\n' : ''}`;
}
