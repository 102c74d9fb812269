import type { CommandDefinition } from './command.ts';

/** A command as `--help` lists it; what it takes and does is loaded when it is named. */
export interface CommandEntry {
  /** The name with its arguments, such as `update <env>`. */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandDefinition>;
}

/** A command that only holds others. */
export interface CommandFolder {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandEntry[];
}

const SERVICE: readonly CommandEntry[] = [
  {
    name: 'add <id>',
    summary: 'Add a service to the workspace, with an overlay in every environment',
    load: async () => (await import('./commands/service.ts')).serviceAdd,
  },
  {
    name: 'remove <id>',
    summary: 'Take a service out of the workspace; updates and promotions take it out of each environment in order',
    load: async () => (await import('./commands/service.ts')).serviceRemove,
  },
  {
    name: 'list',
    summary: 'List the services with their owners and where each runs',
    load: async () => (await import('./commands/service.ts')).serviceList,
  },
];

const ENV: readonly CommandEntry[] = [
  {
    name: 'add <name>',
    summary: 'Add an environment to the workspace, with an overlay for every service',
    load: async () => (await import('./commands/env.ts')).envAdd,
  },
  {
    name: 'list',
    summary: 'List the environments in the order in which recipes move, with what each takes',
    load: async () => (await import('./commands/env.ts')).envList,
  },
];

const SET_UP: readonly (CommandEntry | CommandFolder)[] = [
  {
    name: 'init <dir>',
    summary: 'Begin a deployment repository of your own',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'import <source>',
    summary: 'Turn an existing repository into a workspace, and prove that every environment stays what it is',
    load: async () => (await import('./commands/import.ts')).importRepository,
  },
  { name: 'service', summary: 'Add, remove and list services', commands: SERVICE },
  { name: 'env', summary: 'Add and list environments', commands: ENV },
  {
    name: 'ci <host>',
    summary: 'Print the pipelines of a deployment repository, or the step with which a service pins its builds',
    load: async () => (await import('./commands/ci.ts')).ci,
  },
];

const EVERY_DAY: readonly CommandEntry[] = [
  {
    name: 'pin [id]',
    summary: 'Record which build of a service runs: what service CI does after a build',
    load: async () => (await import('./commands/pin.ts')).pin,
  },
  {
    name: 'drain <env>',
    summary: 'Commit the pins that wait as requests: for a trusted job, where services may not write the branch',
    load: async () => (await import('./commands/drain.ts')).drain,
  },
  {
    name: 'status',
    summary: 'Show what runs where: services by environments, and what you should know about each',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'diff <from> [to] [services...]',
    summary: 'Show how two recipes differ; for one environment, what waits to be promoted to it',
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  {
    name: 'log [env]',
    summary: "List an environment's deployments, newest first: git log of its branch, read",
    load: async () => (await import('./commands/log.ts')).log,
  },
  {
    name: 'show <recipe>',
    summary: 'Show one recipe: every build in it, who made it, where it runs',
    load: async () => (await import('./commands/show.ts')).show,
  },
  {
    name: 'render [recipe] [service...]',
    summary: 'Print the manifests that an environment runs, or one service of it, as kustomize builds them',
    load: async () => (await import('./commands/render.ts')).render,
  },
];

const RELEASE: readonly CommandEntry[] = [
  {
    name: 'compose',
    summary: 'Make a candidate of what an environment runs: the builds that may be promoted, under one tag',
    load: async () => (await import('./commands/compose.ts')).compose,
  },
  {
    name: 'test <recipe> <suite> [command...]',
    summary: 'Run a suite on a recipe or a build, and record what it said',
    load: async () => (await import('./commands/test.ts')).test,
  },
  {
    name: 'approve <recipe>',
    summary: 'Record that a recipe may enter an environment',
    load: async () => (await import('./commands/approve.ts')).approve,
  },
  {
    name: 'block <what>',
    summary: 'Keep a recipe, a build or a service out of every environment',
    load: async () => (await import('./commands/block.ts')).block,
  },
  {
    name: 'unblock <what>',
    summary: 'Let a blocked recipe, build or service in again',
    load: async () => (await import('./commands/block.ts')).unblock,
  },
  {
    name: 'promote <source>',
    summary: 'Bring a tested recipe to the next environment, whole or some services of it',
    load: async () => (await import('./commands/promote.ts')).promote,
  },
  {
    name: 'release [env]',
    summary: 'Tag the head of a release branch that has no tag yet, after a hand-made revert, say',
    load: async () => (await import('./commands/release.ts')).release,
  },
  {
    name: 'rollback <env>',
    summary: 'Restore an earlier deployment exactly, as a new commit and the next patch tag',
    load: async () => (await import('./commands/rollback.ts')).rollback,
  },
  {
    name: 'update <env>',
    summary: "Bring the default branch's newest commit to an environment: overlays, policy, services gone",
    load: async () => (await import('./commands/update.ts')).update,
  },
];

const REPORT: readonly CommandEntry[] = [
  {
    name: 'audit',
    summary: 'Say what ran where at a time, or every change of a span with who, why and on whose word',
    load: async () => (await import('./commands/report-audit.ts')).reportAudit,
  },
  {
    name: 'release <tag>',
    summary:
      'Write all that is known of a release as one page: what changed, who wrote, tested, approved and released it',
    load: async () => (await import('./commands/report-release.ts')).reportRelease,
  },
];

const TRUST: readonly (CommandEntry | CommandFolder)[] = [
  {
    name: 'check',
    summary: 'Find what is wrong with the manifests of every environment, or with a policy',
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'verify [what]',
    summary: 'Check that all of history is what the rules allow, from a clone, without a network',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  { name: 'report', summary: 'Answer auditors from Git alone', commands: REPORT },
];

const HOOK: readonly CommandEntry[] = [
  {
    name: 'pre-receive',
    summary: 'Refuse, on a server of your own, what verify would object to, and what a key may not push',
    load: async () => (await import('./commands/hook.ts')).preReceive,
  },
];

const FORGE: readonly CommandEntry[] = [
  {
    name: 'protect',
    summary: "Give the host's branches and tags the protection that the rules need, and write CODEOWNERS",
    load: async () => (await import('./commands/forge-protect.ts')).forgeProtect,
  },
];

const MORE: readonly (CommandEntry | CommandFolder)[] = [
  {
    name: 'forge',
    summary: 'What the host of the repository is told: GitHub, GitLab, Gitea, Forgejo',
    commands: FORGE,
  },
  { name: 'hook', summary: 'What a server of your own runs', commands: HOOK },
  {
    name: 'demo',
    summary: 'Play the whole story on bare repositories in a temporary folder',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'completion <shell>',
    summary: 'Print the script that completes eleventh in your shell',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
];

/** The command line, as people find it in `--help`: what they do in which order. */
export const COMMANDS: readonly (readonly [heading: string, commands: readonly (CommandEntry | CommandFolder)[]])[] = [
  ['Set up:', SET_UP],
  ['Every day:', EVERY_DAY],
  ['Release:', RELEASE],
  ['Trust:', TRUST],
  ['More:', MORE],
];
