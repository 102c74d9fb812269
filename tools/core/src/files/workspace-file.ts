import * as v from 'valibot';
import { isGlob } from '../names/glob.ts';
import { isRefName } from '../names/ref-names.ts';
import { type CheckSettings, checkSettings, checkSettingsSchema } from './check-settings.ts';
import { quotedScalar, scalar } from './scalar.ts';
import { fileSchema, parseFile } from './yaml-file.ts';

/** What holds for the whole workspace, as `environments/workspace.yaml` on the default branch says it. */
export interface WorkspaceFile {
  /** Where `pin` goes and `compose` starts unless told otherwise. */
  readonly defaultEnvironment?: string | undefined;
  /** The branch that holds what is known of recipes and builds. */
  readonly attestations: string;
  /** The e-mail addresses of each team's people. */
  readonly teams: Readonly<Record<string, readonly string[]>>;
  /** The e-mail address of each person by the name that the host of the repository knows them by. */
  readonly logins: Readonly<Record<string, string>>;
  /** What each key may push, by the name that the server knows it by; absent: nobody is told apart. */
  readonly keys: Readonly<Record<string, Key>> | null;
  /** What is asked of manifests. */
  readonly check: CheckSettings;
}

/** What a key may record; with `landing` also the approvals that were given in a review on the host. */
const ATTESTS = ['test', 'approval', 'block', 'landing'] as const;

/** What a key may push. What is not said, it may not. */
export interface Key {
  /** Whose it is: what it commits and says is in the name of this address. */
  readonly email?: string | undefined;
  /** The services, as globs, of which it may pin builds, by environment. */
  readonly pin: Readonly<Record<string, readonly string[]>>;
  /** The environments that it may bring recipes to: promotions, rollbacks, releases, candidates, updates. */
  readonly promote: readonly string[];
  /** The kinds of statements that it may make. */
  readonly attest: readonly (typeof ATTESTS)[number][];
  /** Other branches, as globs, that it may write: the default branch is one of them. */
  readonly write: readonly string[];
}

/** The branch that holds what is known of recipes and builds, unless the workspace names another. */
export const ATTESTATIONS = 'attestations';

export const WORKSPACE_FILE = 'environments/workspace.yaml';

const email = v.pipe(v.string(), v.email('not an e-mail address'));
const globs = v.array(v.pipe(v.string(), v.check(isGlob, 'not a pattern of *, ** and ?')));
const key = v.pipe(
  v.strictObject({
    email: v.optional(email),
    pin: v.optional(v.record(v.string(), globs), {}),
    promote: v.optional(v.array(v.string()), []),
    attest: v.optional(v.array(v.picklist(ATTESTS)), []),
    write: v.optional(globs, []),
  }),
  v.check(
    ({ email: whose, promote, attest }) => whose !== undefined || (promote.length === 0 && attest.length === 0),
    'says of whom it is by no email, which promote and attest need',
  ),
);

const schema = fileSchema(
  'Workspace',
  v.optional(
    v.strictObject({
      defaults: v.optional(v.strictObject({ environment: v.optional(v.string()) })),
      attestations: v.optional(v.strictObject({ branch: v.pipe(v.string(), v.check(isRefName, 'not a branch name')) })),
      check: v.optional(checkSettingsSchema),
      keys: v.optional(v.record(v.string(), key)),
      logins: v.optional(v.record(v.string(), email)),
      teams: v.optional(v.record(v.string(), v.array(email))),
    }),
    {},
  ),
);

/** Returns the workspace's settings; throws as `parseFile` does. */
export function parseWorkspaceFile(text: string): WorkspaceFile {
  const { defaults, attestations, teams, logins, keys, check } = parseFile(WORKSPACE_FILE, text, schema).spec;
  return {
    defaultEnvironment: defaults?.environment,
    attestations: attestations?.branch ?? ATTESTATIONS,
    teams: teams ?? {},
    logins: logins ?? {},
    keys: keys ?? null,
    check: checkSettings(check),
  };
}

/** Returns the text of a new `workspace.yaml`. */
export function formatWorkspaceFile(name: string, defaultEnvironment: string): string {
  return `apiVersion: eleventh.dev/v1alpha1
kind: Workspace
metadata:
  name: ${quotedScalar(name)}
spec:
  defaults:
    environment: ${scalar(defaultEnvironment)} # where \`pin\` goes without --to
`;
}
