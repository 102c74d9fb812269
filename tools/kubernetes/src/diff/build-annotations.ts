import { isMap } from '@eleventh/core';
import type { FieldChange } from './field-changes.ts';
import type { FieldPath } from './field-path.ts';
import type { ObjectChange } from './object-changes.ts';
import { byText } from './value.ts';

const PREFIX = 'eleventh.dev/';

/** Returns whether a change is of nothing but the annotations by which an object says which build it is. */
export function isBuildAnnotation(change: FieldChange): boolean {
  const [list, field] = change.path.slice(-2);
  if (list === 'annotations') return typeof field === 'string' && field.startsWith(PREFIX);
  if (field !== 'annotations' || (change.kind !== 'added' && change.kind !== 'removed')) return false;
  const value = change.kind === 'added' ? change.after : change.before;
  const names = isMap(value) ? Object.keys(value) : [];
  return names.length > 0 && names.every((name) => name.startsWith(PREFIX));
}

/** An annotation of ours that changes, by its name after `eleventh.dev/`. null: objects of that side have none. */
export interface BuildChange {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Returns how the annotations of ours change in objects that stay, each change once. */
export function buildChanges(changes: readonly ObjectChange[]): BuildChange[] {
  const found = new Map<string, BuildChange>();
  for (const change of changes.flatMap((one) => (one.kind === 'changed' ? one.fields : []))) {
    if (!isBuildAnnotation(change) || change.kind === 'reordered') continue;
    const [before, after] = [
      annotations(change.path.at(-1), change.kind === 'added' ? {} : change.before),
      annotations(change.path.at(-1), change.kind === 'removed' ? {} : change.after),
    ];
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      const one = { name, before: before.get(name) ?? null, after: after.get(name) ?? null };
      found.set(JSON.stringify(one), one);
    }
  }
  return [...found.values()].sort((a, b) => byText(JSON.stringify(a), JSON.stringify(b)));
}

/** Returns annotations of ours from the value at the end of a path: one of them, or all. */
function annotations(end: FieldPath[number] | undefined, value: unknown): Map<string, string> {
  const all = end === 'annotations' ? value : { [String(end)]: value };
  const ours = Object.entries(isMap(all) ? all : {}).filter(([, each]) => typeof each === 'string');
  return new Map(ours.map(([name, each]) => [name.slice(PREFIX.length), String(each)]));
}
