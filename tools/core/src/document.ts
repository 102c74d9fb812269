import * as v from 'valibot';
import { parseDocument } from 'yaml';
import { EleventhError, refusal } from './error.ts';
import { suggestion } from './suggestion.ts';

const API_VERSION = 'eleventh.dev/v1alpha1';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Returns the text of UTF-8 bytes, or throws `NOT_UTF8` naming the file. */
export function utf8(path: string, bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new EleventhError('NOT_UTF8', `${path} is not UTF-8 text.`, { hint: `iconv -t UTF-8 ${path}`, cause });
  }
}

/** Returns the value of a file with one YAML document, or throws `BAD_YAML` with the place. */
export function parseYaml(path: string, text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true, strict: true });
  const error = document.errors[0];
  if (error === undefined) {
    try {
      return document.toJS({ maxAliasCount: 100 });
    } catch (cause) {
      throw new EleventhError('BAD_YAML', `${path} is not usable YAML: ${(cause as Error).message}.`, {
        exitCode: 3,
        cause,
      });
    }
  }
  const line = error.linePos?.[0].line;
  throw refusal(
    'BAD_YAML',
    `${path} is not valid YAML: ${error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}.`,
    {
      hint: line === undefined ? undefined : `See ${path}:${line}`,
      details: { path, line },
    },
  );
}

/**
 * Returns a file's value checked against its schema. Policy and service definitions fail closed: what is unknown or
 * malformed throws `BAD_YAML` or `INVALID_FILE` (exit code 3) naming file and field.
 */
export function parseFile<const S extends v.GenericSchema>(path: string, text: string, schema: S): v.InferOutput<S> {
  const value = parseYaml(path, text);
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue) ?? '';
  throw refusal('INVALID_FILE', `${path}: ${problem(field, issue)}.`, {
    hint: fieldHint(field, issue) ?? `See ${path}`,
    details: { path, field },
  });
}

function problem(field: string, issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return `${field} is not a known field`;
  if (issue.type === 'strict_object' && issue.received === 'undefined') return `${field} is missing`;
  return `${field === '' ? 'the file' : field} is not valid: ${issue.message.replace(/^Invalid \w+: /, '')}`;
}

function fieldHint(field: string, issue: v.BaseIssue<unknown>): string | undefined {
  const last = issue.path?.at(-1);
  if (issue.type !== 'strict_object' || issue.expected !== 'never' || last === undefined) return undefined;
  const known = (issue as unknown as { requirement?: { entries?: object } }).requirement?.entries;
  const near = known === undefined ? undefined : suggestion(field.split('.').at(-1) ?? '', Object.keys(known));
  return near === undefined ? undefined : `Did you mean ${near} ?`;
}

/** Returns the schema of a file of ours: apiVersion, kind, a name and a spec, and nothing else. */
export function fileSchema<const K extends string, const S extends v.GenericSchema>(kind: K, spec: S) {
  return v.strictObject({
    apiVersion: v.literal(API_VERSION),
    kind: v.literal(kind),
    metadata: v.strictObject({ name: v.string() }),
    spec,
  });
}
