import { isMap } from './field-name.ts';

/** A place in a Kubernetes object: the keys that lead there, positions in lists left out. */
export type Place = readonly string[];

/** Keys below which `image` is a word of somebody's own and no container's image. */
const FREE_WORDS = ['labels', 'annotations', 'matchLabels', 'selector', 'nodeSelector', 'openAPIV3Schema'];
/** The contents of a ConfigMap or a Secret. */
const DATA = ['data', 'binaryData', 'stringData'];
/** Keys whose value, when it cannot be seen, may hold containers; `*` stands for any key. */
const HOLDERS = [
  'spec',
  'template',
  'jobTemplate',
  'containers',
  'initContainers',
  'ephemeralContainers',
  'volumes',
  '*',
];

function isFree(place: Place): boolean {
  return DATA.includes(place[0] ?? '') || place.slice(0, -1).some((key) => FREE_WORDS.includes(key));
}

/** @param pinned other places that a pin sets. */
function isImage(place: Place, pinned: readonly Place[]): boolean {
  return (place.at(-1) === 'image' && !isFree(place)) || pinned.some((one) => one.join('\n') === place.join('\n'));
}

/** Returns whether a value that is not known, put at a place, could set an image, or another place that a pin sets. */
export function mayHoldImage(place: Place, pinned: readonly Place[] = []): boolean {
  const leadsThere = (one: Place) => place.every((key, index) => one[index] === key);
  return (
    isImage(place, pinned) || pinned.some(leadsThere) || (!isFree(place) && HOLDERS.includes(place.at(-1) ?? 'spec'))
  );
}

/** Returns whether an object, or a part of one to be merged into another, sets an image or another pinned place. */
export function setsImage(value: unknown, pinned: readonly Place[] = [], place: Place = []): boolean {
  if (isImage(place, pinned)) return true;
  if (Array.isArray(value)) return value.some((item) => setsImage(item, pinned, place));
  if (!isMap(value)) return pinned.some((one) => place.length > 0 && place.every((key, index) => one[index] === key));
  return Object.entries(value).some(([key, inner]) => {
    // Each item of a List is an object of its own.
    return setsImage(inner, pinned, place.length === 0 && key === 'items' ? [] : [...place, key]);
  });
}

/** Returns whether a patch sets, moves or takes away an image: a JSON patch (RFC 6902), or an object to be merged. */
export function patchesImage(patch: unknown, pinned: readonly Place[] = []): boolean {
  return Array.isArray(patch) ? patch.some((operation) => operationSets(operation, pinned)) : setsImage(patch, pinned);
}

function operationSets(operation: unknown, pinned: readonly Place[]): boolean {
  if (!isMap(operation) || operation.op === 'test') return false;
  const place = pointerPlace(String(operation.path));
  const takesAway = (from: Place) =>
    isImage(from, pinned) || pinned.some((one) => from.every((key, index) => one[index] === key));
  if (operation.op === 'remove') return takesAway(place);
  // What stood there before is gone.
  if (operation.op === 'add' || operation.op === 'replace')
    return setsImage(operation.value, pinned, place) || takesAway(place);
  // `copy` and `move`: what they put there is not in sight.
  return mayHoldImage(place, pinned) || takesAway(pointerPlace(String(operation.from)));
}

/** Returns the place that a JSON pointer (RFC 6901) names. */
function pointerPlace(pointer: string): Place {
  const keys = pointer.split('/').slice(1);
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')).filter(isKey);
}

/** Returns the place that a path of kustomize's replacements names: keys between dots, `[name=…]` for an item of a list. */
export function fieldPathPlace(path: string): Place {
  const keys = path.match(/\[[^\]]*\]|(?:\\.|[^.[])+/g) ?? [];
  return keys
    .filter((key) => !key.startsWith('['))
    .map((key) => key.replace(/\\(.)/g, '$1'))
    .filter(isKey);
}

/** Returns the place that a field of kustomize's configuration names: keys between slashes. */
export function fieldSpecPlace(path: string): Place {
  return path
    .split('/')
    .map((key) => key.replace(/\[\]$/, ''))
    .filter(isKey);
}

/** Positions in a list are no keys. */
export function isKey(key: string): boolean {
  return key !== '' && !/^(?:\d+|-)$/.test(key);
}
