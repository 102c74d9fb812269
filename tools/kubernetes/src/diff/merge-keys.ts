import { isMap } from '@eleventh/core';

/**
 * The fields that tell the items of a list apart, by the list's name: `x-kubernetes-list-map-keys` of the Kubernetes
 * API (1.34), in whose absence `x-kubernetes-patch-merge-key`. `ports` are a container's, else a Service's. `versions`
 * are a CustomResourceDefinition's and `listeners` a Gateway's, whose names have to differ too.
 */
const MERGE_KEYS: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ['claims', [['name']]],
  ['conditions', [['type']]],
  ['containers', [['name']]],
  ['env', [['name']]],
  ['ephemeralContainers', [['name']]],
  ['hostAliases', [['ip']]],
  ['imagePullSecrets', [['name']]],
  ['initContainers', [['name']]],
  ['listeners', [['name']]],
  ['matchConditions', [['name']]],
  ['ownerReferences', [['uid']]],
  [
    'ports',
    [
      ['containerPort', 'protocol'],
      ['port', 'protocol'],
    ],
  ],
  ['resourceClaims', [['name']]],
  ['schedulingGates', [['name']]],
  ['secrets', [['name']]],
  ['topologySpreadConstraints', [['topologyKey', 'whenUnsatisfiable']]],
  ['variables', [['name']]],
  ['versions', [['name']]],
  ['volumeDevices', [['devicePath']]],
  ['volumeMounts', [['mountPath']]],
  ['volumes', [['name']]],
  ['webhooks', [['name']]],
]);

/** What the API takes where a key is not written. */
const DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' };

/** What tells one item of a list apart: some of its fields. */
export type ItemKey = readonly (readonly [field: string, value: string | number | boolean])[];

/**
 * Returns what tells the items of a list apart, in both of its states, or null where they are only told apart by where
 * they stand: the API has no key for the list, or the items do not keep to it.
 */
export function itemKeys(
  list: string,
  before: readonly unknown[],
  after: readonly unknown[],
): { readonly before: readonly ItemKey[]; readonly after: readonly ItemKey[] } | null {
  for (const fields of MERGE_KEYS.get(list) ?? []) {
    const [first, second] = [keysOf(before, fields), keysOf(after, fields)];
    if (first !== null && second !== null) return { before: first, after: second };
  }
  return null;
}

function keysOf(items: readonly unknown[], fields: readonly string[]): readonly ItemKey[] | null {
  const keys = items.map((item) => keyOf(item, fields));
  if (!keys.every((key) => key !== null)) return null;
  return new Set(keys.map((key) => JSON.stringify(key))).size === keys.length ? keys : null;
}

function keyOf(item: unknown, fields: readonly string[]): ItemKey | null {
  if (!isMap(item)) return null;
  const values = fields.map((field) => [field, item[field] ?? DEFAULTS[field]] as const);
  return values.every(isNamed) ? values : null;
}

function isNamed(entry: readonly [string, unknown]): entry is readonly [string, string | number | boolean] {
  return ['string', 'number', 'boolean'].includes(typeof entry[1]);
}

/** Returns a key without what the API takes anyway: `protocol: TCP` of a port. */
export function writtenKey(key: ItemKey): ItemKey {
  return key.filter(([field, value]) => DEFAULTS[field] !== value);
}
