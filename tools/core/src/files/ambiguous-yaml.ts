import { type Document, isScalar, type Node, type Pair, visit, type YAMLMap } from 'yaml';

/** What YAML 1.1 breaks a line at and YAML 1.2 does not, and what we do not though both do. */
const ODD_BREAK = /[\u0085\u2028\u2029]|\r(?!\n)|(?!^)\ufeff/;

/**
 * Returns what kustomize, which reads YAML 1.1 in Go, would understand otherwise than we do, as half a sentence; undefined
 * where nothing is. Who writes such a file shows us one thing and kustomize another.
 */
export function ambiguity(text: string, document: Document): string | undefined {
  if (ODD_BREAK.test(text)) return 'it breaks a line with a character at which only some programs do';
  if (document.directives?.yaml.explicit === true) return 'it says which version of YAML it is';
  let problem: string | undefined;
  visit(document, {
    Map: (_, map) => {
      if (!repeatsMerged(document, map)) return undefined;
      problem = 'a merge key (<<) repeats a field';
      return visit.BREAK;
    },
  });
  return problem;
}

/** Returns whether fields that a map merges are there twice: the Go library takes the later one, others its own. */
function repeatsMerged(document: Document, map: YAMLMap): boolean {
  const merges = map.items.filter(isMerge);
  if (merges.length === 0) return false;
  const own = map.items.filter((pair) => !isMerge(pair)).map(({ key }) => String(isScalar(key) ? key.value : key));
  const merged = merges.flatMap(({ value }) => [...new Set(keysOf(document, value as Node | null))]);
  const keys = [...own, ...merged];
  return new Set(keys).size < keys.length;
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol');
}

function keysOf(document: Document, value: Node | null): string[] {
  const merged: unknown = value?.toJS(document, { maxAliasCount: 100 });
  return (Array.isArray(merged) ? merged : [merged]).flatMap((one) => Object.keys(Object(one)));
}
