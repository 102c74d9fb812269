import * as v from 'valibot';
import { isRefName } from '../names/ref-names.ts';
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
}

/** The branch that holds what is known of recipes and builds, unless the workspace names another. */
export const ATTESTATIONS = 'attestations';

export const WORKSPACE_FILE = 'environments/workspace.yaml';

const schema = fileSchema(
  'Workspace',
  v.optional(
    v.strictObject({
      defaults: v.optional(v.strictObject({ environment: v.optional(v.string()) })),
      attestations: v.optional(v.strictObject({ branch: v.pipe(v.string(), v.check(isRefName, 'not a branch name')) })),
      teams: v.optional(v.record(v.string(), v.array(v.pipe(v.string(), v.email('not an e-mail address'))))),
    }),
    {},
  ),
);

/** Returns the workspace's settings; throws as `parseFile` does. */
export function parseWorkspaceFile(text: string): WorkspaceFile {
  const { defaults, attestations, teams } = parseFile(WORKSPACE_FILE, text, schema).spec;
  return {
    defaultEnvironment: defaults?.environment,
    attestations: attestations?.branch ?? ATTESTATIONS,
    teams: teams ?? {},
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
