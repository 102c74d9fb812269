import { folded, isMap } from '@eleventh/core';
import {
  isMap as isMapNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
} from 'yaml';

/** A change of some characters of a text. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

type Entry = Pair<Node, Node | null>;

/** The text of a kustomization, of which single entries change and every other byte stays. */
export class KustomizationText {
  readonly text: string;
  readonly #root: YAMLMap<Node, Node | null> | null;

  constructor(text: string) {
    this.text = text;
    const { contents } = parseDocument(text, { keepSourceTokens: true });
    this.#root = isMapNode(contents) ? (contents as unknown as YAMLMap<Node, Node | null>) : null;
  }

  /** Returns the names of its fields, as kustomize compares them. */
  get fields(): string[] {
    return (this.#root?.items ?? []).map((pair) => folded(keyOf(pair)));
  }

  /** Returns the value of a field. */
  value(field: string): unknown {
    const pair = this.#pair(field);
    return pair?.value == null ? undefined : pair.value.toJSON();
  }

  /** Returns the items of a field that is a list. */
  items(field: string): readonly unknown[] {
    const value = this.value(field);
    return Array.isArray(value) ? value : [];
  }

  /** Returns the text without some fields. */
  without(fields: readonly string[]): string {
    const edits = (this.#root?.items ?? [])
      .filter((pair) => fields.includes(folded(keyOf(pair))))
      .map((pair) => this.#lines(pair.key.range?.[0] ?? 0, endOf(pair)));
    return applied(this.text, edits);
  }

  /** Returns the text with only those items of a list that are wanted; the field goes when none is. */
  keeping(field: string, isWanted: (item: unknown, index: number) => boolean): string {
    const pair = this.#pair(field);
    if (pair === undefined || !isSeq(pair.value)) return this.text;
    const items = pair.value.items as Node[];
    const gone = items.filter((item, index) => !isWanted(item.toJSON(), index));
    if (gone.length === 0) return this.text;
    if (gone.length === items.length) return this.without([field]);
    if (pair.value.flow === true) {
      const kept = items.filter((item) => !gone.includes(item)).map((item) => this.text.slice(...span(item)));
      const [from, to] = span(pair.value);
      return applied(this.text, [{ from, to, text: `[${kept.join(', ')}]` }]);
    }
    return applied(
      this.text,
      gone.map((item) => this.#lines(dashBefore(this.text, span(item)[0]), span(item)[1])),
    );
  }

  /** Returns the text in which the texts of lists are others; `null` leaves one as it is. */
  renamed(fields: readonly string[], rename: (text: string, field: string) => string | null): string {
    const edits: Edit[] = [];
    for (const field of fields) {
      const pair = this.#pair(field);
      if (pair === undefined || !isSeq(pair.value)) continue;
      for (const item of pair.value.items) {
        if (!isScalar(item) || typeof item.value !== 'string') continue;
        const name = rename(item.value, field);
        if (name === null || name === item.value) continue;
        const [from, to] = span(item as Node);
        edits.push({ from, to, text: name });
      }
    }
    return applied(this.text, edits);
  }

  /** Returns the text with one item more in a list. */
  adding(field: string, item: unknown): string {
    const pair = this.#pair(field);
    const lines = stringify([item], { lineWidth: 0 }).trimEnd().split('\n');
    if (pair === undefined) return appended(this.text, [`${field}:`, ...lines.map((line) => `  ${line}`)]);
    const { value } = pair;
    if (!isSeq(value) || value.flow === true || value.items.length === 0) {
      const all = stringify({ [field]: [...this.items(field), item] }, { lineWidth: 0 })
        .trimEnd()
        .split('\n');
      return appended(this.without([field]), all);
    }
    const first = span(value.items[0] as Node)[0];
    const dash = dashBefore(this.text, first);
    const indent = ' '.repeat(dash - (this.text.lastIndexOf('\n', dash) + 1));
    const at = this.#lines(span(value)[0], span(value)[1]).to;
    const before = this.text.slice(0, at);
    return `${appended(
      before,
      lines.map((line) => `${indent}${line}`),
    )}${this.text.slice(at)}`;
  }

  #pair(field: string): Entry | undefined {
    return (this.#root?.items as Entry[] | undefined)?.find((pair) => folded(keyOf(pair)) === field);
  }

  /** Returns the edit that takes whole lines away, where nothing else stands in them. */
  #lines(from: number, to: number): Edit {
    const start = this.text.lastIndexOf('\n', from - 1) + 1;
    const end = this.text.indexOf('\n', Math.max(to - 1, from));
    const isWhole = this.text.slice(start, from).trim() === '' || this.text.slice(start, from).trim() === '-';
    const upTo = this.text[to - 1] === '\n' ? to : end < 0 ? this.text.length : end + 1;
    return { from: isWhole ? start : from, to: upTo, text: '' };
  }
}

/** Returns a text with lines at its end. */
export function appended(text: string, lines: readonly string[]): string {
  return `${text === '' || text.endsWith('\n') ? text : `${text}\n`}${lines.join('\n')}\n`;
}

/** Returns the items of some value that is a list of maps. */
export function mapsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

function keyOf(pair: { key: unknown }): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

/** Returns where the last character of an entry's value is, comments after it aside. */
function endOf({ key, value }: Entry): number {
  return (value ?? key).range?.[1] ?? key.range?.[1] ?? 0;
}

function span(node: Node): [number, number] {
  return [node.range?.[0] ?? 0, node.range?.[1] ?? 0];
}

function dashBefore(text: string, at: number): number {
  return Math.max(0, text.lastIndexOf('-', at - 1));
}

function applied(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.from - a.from)
    .reduce((result, edit) => result.slice(0, edit.from) + edit.text + result.slice(edit.to), text);
}

/** Returns the texts of some value that is a list of them. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Returns the fields of a map under their own names; none of anything else. */
export function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : {};
}
