import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';

/** A value with a comment above it. */
class Commented {
  readonly comment: string;
  readonly value: unknown;

  constructor(comment: string, value: unknown) {
    this.comment = comment;
    this.value = value;
  }
}

/** Returns a value with a comment: of a key in a map, or of an item in a list. Lines are divided by `\n`. */
export function commented(comment: string, value: unknown): unknown {
  return new Commented(comment, value);
}

/** Returns plain values as YAML, with empty lines where every part has a comment: keys that are undefined are left out, texts of several lines stand as they are. @param heading the first comment. */
export function commentedYaml(heading: string, value: Readonly<Record<string, unknown>>): string {
  const document = new Document();
  const map = nodeOf(value) as YAMLMap<Scalar>;
  map.items.forEach(({ key }, index) => {
    key.spaceBefore = index > 0;
  });
  document.contents = map;
  // A document's own comment is divided from the first key's by an empty line.
  document.commentBefore = above(heading);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function nodeOf(value: unknown): Scalar | YAMLMap<Scalar> | YAMLSeq {
  if (value instanceof Commented) return nodeOf(value.value);
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    const isDivided = value.every((item) => item instanceof Commented);
    for (const item of value) {
      const node = nodeOf(item);
      if (item instanceof Commented) node.commentBefore = above(item.comment);
      node.spaceBefore = isDivided && list.items.length > 0;
      list.items.push(node);
    }
    list.flow = value.every((item) => typeof item === 'string' && /^[\w./-]+$/.test(item));
    return list;
  }
  if (typeof value === 'object' && value !== null) {
    const map = new YAMLMap<Scalar>();
    const isDivided = Object.values(value).every((item) => item instanceof Commented);
    for (const [name, item] of Object.entries(value)) {
      if (item === undefined) continue;
      const key = new Scalar(name);
      if (item instanceof Commented) key.commentBefore = above(item.comment);
      key.spaceBefore = isDivided && map.items.length > 0;
      map.items.push(new Pair(key, nodeOf(item)));
    }
    map.flow = map.items.length === 0;
    return map;
  }
  const scalar = new Scalar(value);
  if (typeof value === 'string' && value.includes('\n')) scalar.type = Scalar.BLOCK_LITERAL;
  return scalar;
}

function above(text: string): string {
  return text.replace(/^(?=.)/gm, ' ');
}
