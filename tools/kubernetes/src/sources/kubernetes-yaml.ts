import {
  type Document,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  type ScalarTag,
  Schema,
  type Tags,
} from 'yaml';

const OCTAL: ScalarTag = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
};

function isOfTime(tag: object): boolean {
  return (tag as ScalarTag).format === 'TIME' || (tag as ScalarTag).tag === 'tag:yaml.org,2002:timestamp';
}

/**
 * How Kubernetes' own tools read YAML (sigs.k8s.io/yaml): version 1.1, in which `yes` is true and 0755 is octal, but
 * without times and numbers to the base of 60, and with the octal numbers of version 1.2. Made once: making it takes as
 * long as reading a short text.
 */
const KUBERNETES_SCHEMA = new Schema({
  schema: 'yaml-1.1',
  merge: true,
  customTags: (tags: Tags): Tags => [OCTAL, ...tags.filter((tag) => typeof tag === 'string' || !isOfTime(tag))],
});
const OPTIONS = { version: '1.1', schema: KUBERNETES_SCHEMA, logLevel: 'error', prettyErrors: false } as const;

/** A YAML text, its documents with the places of their nodes. */
export interface YamlText {
  readonly documents: readonly Document.Parsed<ParsedNode>[];
  readonly lines: LineCounter;
}

/** Returns the documents of a text as Kubernetes' tools read it; each keeps its own errors. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const documents = parsed(text, lines);
  if (!documents.some(({ errors }) => errors.some(({ code }) => code === 'MISSING_CHAR'))) return { documents, lines };
  const again = parsed(withQuotesOnOneLine(text));
  return { documents: errorsIn(again) < errorsIn(documents) ? again : documents, lines };
}

type Documents = Document.Parsed<ParsedNode>[];

function parsed(text: string, lineCounter?: LineCounter): Documents {
  return [...parseAllDocuments(text, { ...OPTIONS, ...(lineCounter && { lineCounter }) })] as Documents;
}

function errorsIn(documents: Documents): number {
  return documents.reduce((count, { errors }) => count + errors.length, 0);
}

/** A quoted text of more than one line in place of a value, with what stands before it in its first line. */
const QUOTED =
  /^( *(?:- +)*(?:[^\s#'"-][^\n'"]*: +)?)('(?:[^'\n]|'')*\n(?:[^']|'')*'|"(?:[^"\\\n]|\\.)*\n(?:[^"\\]|\\[\s\S])*")(?=\s*$)/gm;

/**
 * Returns a text in which quoted texts that go on in the next line do so in the same, every character at its place.
 * Kubernetes' tools (go-yaml) let them go on without indentation, as those of Istio's definitions do; YAML does not.
 */
function withQuotesOnOneLine(text: string): string {
  return text.replace(QUOTED, (_, before: string, quoted: string) => before + quoted.replaceAll(/[\r\n]/g, ' '));
}
