import * as v from 'valibot';
import { quotedScalar, scalar } from './scalar.ts';
import { fileSchema, parseFile } from './yaml-file.ts';

/** What holds for the whole workspace, as `environments/workspace.yaml` on the default branch says it. */
export interface WorkspaceFile {
  /** Where `pin` goes and `compose` starts unless told otherwise. */
  readonly defaultEnvironment?: string;
}

export const WORKSPACE_FILE = 'environments/workspace.yaml';

const schema = fileSchema(
  'Workspace',
  v.optional(v.strictObject({ defaults: v.optional(v.strictObject({ environment: v.optional(v.string()) })) }), {}),
);

/** Returns the workspace's settings; throws as `parseFile` does. */
export function parseWorkspaceFile(text: string): WorkspaceFile {
  return { defaultEnvironment: parseFile(WORKSPACE_FILE, text, schema).spec.defaults?.environment };
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
