import { type Document, LineCounter, type ParsedNode, parseAllDocuments, type ScalarTag, type Tags } from 'yaml';

/**
 * How Kubernetes' own tools read YAML (sigs.k8s.io/yaml): version 1.1, in which `yes` is true and 0755 is octal, but
 * without times and numbers to the base of 60, and with the octal numbers of version 1.2.
 */
const KUBERNETES_YAML = {
  version: '1.1',
  merge: true,
  logLevel: 'error',
  customTags: (tags: Tags): Tags => [OCTAL, ...tags.filter((tag) => typeof tag === 'string' || !isOfTime(tag))],
} as const;

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

/** A YAML text, its documents with the places of their nodes. */
export interface YamlText {
  readonly documents: readonly Document.Parsed<ParsedNode>[];
  readonly lines: LineCounter;
}

/** Returns the documents of a text as Kubernetes' tools read it; each keeps its own errors. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { ...KUBERNETES_YAML, lineCounter: lines, prettyErrors: false });
  return { documents: [...documents] as Document.Parsed<ParsedNode>[], lines };
}
