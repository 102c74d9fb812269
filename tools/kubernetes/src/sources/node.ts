import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { Path } from '../schemas/schema.ts';

/** What stands at a path of a document, as deep as the document leads. */
export interface Descent {
  /** How many steps of the path the document has. */
  readonly depth: number;
  /** Where the last of them stands: a position in its text. */
  readonly position: number;
  readonly node: Node | undefined;
}

/** Fields that tell the items of a list apart, for lists that are merged. */
const IDENTITIES = ['name', 'containerPort', 'mountPath', 'devicePath', 'port', 'ip', 'key', 'topologyKey', 'host'];

/**
 * Returns where a path of a value leads in a document that sets all of it or a part. A list may hold other items there:
 * each is found by what names it. @param value the whole value, to name items by; @param isNamed whether a key of the
 * document is a step's name.
 */
export function descend(root: Node, path: Path, value: unknown, document: Document, isNamed = isSame): Descent {
  let node = resolved(root, document);
  let position = start(node) ?? 0;
  let inner = value;
  for (const [depth, step] of path.entries()) {
    const found = typeof step === 'number' ? item(node, step, inner, document) : field(node, step, document, isNamed);
    if (found === undefined) return { depth, position, node };
    position = found.position ?? position;
    node = resolved(found.node, document);
    inner = (inner as Record<string | number, unknown> | undefined | null)?.[step];
  }
  return { depth: path.length, position, node };
}

/** Returns the node that an alias stands for, or the node itself. */
function resolved(node: unknown, document: Document): Node | undefined {
  return isAlias(node) ? node.resolve(document) : (node as Node | undefined);
}

function start(node: Node | undefined): number | undefined {
  return node?.range?.[0];
}

interface Found {
  readonly node: unknown;
  readonly position: number | undefined;
}

function isSame(key: string, name: string): boolean {
  return key === name;
}

function field(node: Node | undefined, name: string, document: Document, isNamed = isSame): Found | undefined {
  if (!isMap(node)) return undefined;
  const own = node.items.find((pair) => isNamed(keyText(pair), name));
  if (own !== undefined) return { node: own.value, position: start(own.key as Node) };
  for (const pair of node.items) {
    if (keyText(pair) !== '<<') continue;
    const merged = resolved(pair.value, document);
    for (const part of isSeq(merged) ? merged.items : [merged]) {
      const found = field(resolved(part, document), name, document, isNamed);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function item(node: Node | undefined, index: number, list: unknown, document: Document): Found | undefined {
  if (!isSeq(node)) return undefined;
  const wanted = Array.isArray(list) ? (list[index] as unknown) : undefined;
  const at = identified(node.items, index, wanted, document) ?? index;
  const found = node.items[at];
  return found === undefined ? undefined : { node: found, position: start(found as Node) };
}

/** Returns the position of the item that has the name of another, `-1` where they have names and none is that. */
function identified(items: readonly unknown[], index: number, wanted: unknown, document: Document): number | undefined {
  if (typeof wanted !== 'object' || wanted === null) return undefined;
  const identity = IDENTITIES.find((key) => Object.hasOwn(wanted, key));
  if (identity === undefined) return undefined;
  const value = (wanted as Record<string, unknown>)[identity];
  const values = items.map((each) => {
    const found = field(resolved(each, document), identity, document)?.node;
    return isScalar(found) ? found.value : undefined;
  });
  if (values.every((each) => each === undefined)) return undefined;
  return values[index] === value ? index : values.indexOf(value);
}
