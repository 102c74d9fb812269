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
  const documents = parseAllDocuments(text, { ...OPTIONS, lineCounter: lines });
  return { documents: [...documents] as Document.Parsed<ParsedNode>[], lines };
}
