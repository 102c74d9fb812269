import * as v from 'valibot';
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments, parseDocument } from 'yaml';
import { type EleventhError, refusal } from '../error.ts';
import { suggestion } from '../names/suggestion.ts';
import { ambiguity } from './ambiguous-yaml.ts';

const API_VERSION = 'eleventh.dev/v1alpha1';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Returns the text of UTF-8 bytes, or throws `NOT_UTF8` naming the file. */
export function utf8(path: string, bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw refusal('NOT_UTF8', `${path} is not UTF-8 text.`, { hint: `iconv -t UTF-8 ${path}`, cause });
  }
}

/** What is wrong with a YAML text: half a sentence, and the line if it is known. */
type YamlProblem = (problem: string, line: number | undefined, cause: unknown) => EleventhError;

interface YamlOptions {
  /** Whether a key given twice is refused. */
  readonly uniqueKeys?: boolean;
}

function contents(document: Document, refuse: YamlProblem): unknown {
  const error = document.errors[0] ?? document.warnings[0];
  if (error !== undefined) {
    const sentence = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
    throw refuse(sentence, error.linePos?.[0].line, error);
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw refuse((cause as Error).message, undefined, cause);
  }
}

/** Returns the values of all documents of a YAML text as kubectl reads them; throws what `refuse` makes of a problem. */
export function yamlDocuments(text: string, refuse: YamlProblem, options: YamlOptions = {}): unknown[] {
  return parseAllDocuments(text, { merge: true, ...options }).map((document) => contents(document, refuse));
}

/**
 * Returns the values of all documents of a text that kustomize reads too. Throws `BAD_YAML`, also for what it would
 * understand otherwise, and for tags such as `!!binary`, which hide words.
 */
export function kustomizeDocuments(
  path: string,
  text: string,
  options: Pick<YamlOptions, 'uniqueKeys'> = {},
): unknown[] {
  const refuse = badYaml(path);
  return parseAllDocuments(text, { merge: true, ...options, resolveKnownTags: false }).map((document) =>
    unambiguous(document, text, refuse),
  );
}

function unambiguous(document: Document, text: string, refuse: YamlProblem): unknown {
  const value = contents(document, refuse);
  const problem = ambiguity(text, document);
  if (problem !== undefined) throw refuse(problem, undefined, undefined);
  return value;
}

/** Returns the error of a file that is no YAML: `BAD_YAML` with the place (exit code 3). */
export function badYaml(path: string): YamlProblem {
  return (problem, line, cause) =>
    refusal('BAD_YAML', `${path} is not valid YAML: ${problem}.`, {
      hint: `See ${place(path, line)}`,
      details: { path, line },
      cause,
    });
}

function place(path: string, line: number | undefined): string {
  return line === undefined ? path : `${path}:${line}`;
}

/** Returns the value of a file with one YAML document, which kustomize reads too, or throws `BAD_YAML` with the place. */
export function parseYaml(path: string, text: string): unknown {
  return unambiguous(parseDocument(text), text, badYaml(path));
}

/**
 * Returns a file's value checked against its schema. Policy and service definitions fail closed: what is unknown or
 * malformed throws `BAD_YAML` or `INVALID_FILE` (exit code 3) naming file and field.
 */
export function parseFile<const S extends v.GenericSchema>(path: string, text: string, schema: S): v.InferOutput<S> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const result = v.safeParse(schema, contents(document, badYaml(path)));
  if (result.success) return result.output;
  // A field that is missing may be there under a name that nobody knows, which says more.
  const issue = result.issues.find(isUnknownField) ?? result.issues[0];
  const keys = (issue.path ?? []).map(({ key }) => key);
  const field = keys.join('.');
  const line = lineOf(document, keys, lines);
  const near = isUnknownField(issue)
    ? suggestion(String(keys.at(-1)), fieldNames(schema, keys.slice(0, -1)))
    : undefined;
  throw refusal('INVALID_FILE', `${path}: ${problem(field, issue)}.`, {
    hint: near === undefined ? `See ${place(path, line)}` : `Did you mean ${near} ? See ${place(path, line)}`,
    details: { path, field, line },
  });
}

function isUnknownField(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never';
}

function problem(field: string, issue: v.BaseIssue<unknown>): string {
  if (isUnknownField(issue)) return `${field} is not a known field`;
  if (issue.type === 'strict_object' && issue.received === 'undefined') return `${field} is missing`;
  return `${field === '' ? 'the file' : field} is not valid: ${issue.message.replace(/^Invalid \w+: /, '')}`;
}

/** Returns the line of the deepest part of a path that the document has. */
function lineOf(document: Document, keys: readonly unknown[], lines: LineCounter): number | undefined {
  let node: unknown = document.contents;
  let line: number | undefined;
  for (const key of keys) {
    let named: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      named = pair?.key;
      node = pair?.value;
    } else if (isSeq(node)) named = node = node.items[Number(key)];
    if (!isNode(named) || !named.range) break;
    line = lines.linePos(named.range[0]).line;
  }
  return line;
}

/** The parts of a schema that lead to the schemas within it. */
interface Inner {
  readonly entries?: Readonly<Record<string, Inner>>;
  readonly wrapped?: Inner;
  readonly item?: Inner;
}

/** Returns the names of the fields that a schema knows at a path. */
function fieldNames(schema: object, keys: readonly unknown[]): string[] {
  let inner = unwrapped(schema);
  for (const key of keys) inner = unwrapped(inner?.item ?? inner?.entries?.[String(key)]);
  return Object.keys(inner?.entries ?? {});
}

function unwrapped(schema: Inner | undefined): Inner | undefined {
  return schema?.wrapped === undefined ? schema : unwrapped(schema.wrapped);
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
