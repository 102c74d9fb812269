import type { Schema } from './schema.ts';

/**
 * Returns what the API server judges in place of a custom object: what is left out has its default, and a field without
 * a value is left out unless it is `nullable`. Paths of what was written lead to the same values as before. Rules are
 * those of `k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting`, which looks at `properties`,
 * `additionalProperties` and `items` alone.
 */
export function withDefaults(value: unknown, schema: Schema | undefined): unknown {
  if (schema === undefined) return value;
  if (Array.isArray(value)) {
    return value.map((item) =>
      withDefaults(isPruned(item, schema.items) ? defaultOf(schema.items) : item, schema.items),
    );
  }
  if (typeof value !== 'object' || value === null) return value;
  const { properties = {}, additionalProperties } = schema;
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const of = (name: string) => (Object.hasOwn(properties, name) ? properties[name] : others);
  const written = Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    const own = of(name);
    if (!isPruned(inner, own)) return [[name, withDefaults(inner, own)]];
    const usual = defaultOf(own);
    return usual === null ? [] : [[name, withDefaults(usual, own)]];
  });
  const absent = Object.entries(properties).flatMap(([name, own]): [string, unknown][] => {
    const usual = Object.hasOwn(value, name) ? null : defaultOf(own);
    return usual === null ? [] : [[name, withDefaults(usual, own)]];
  });
  return Object.fromEntries([...written, ...absent]);
}

/** Returns whether the API server takes a field without a value for one that is not there. */
function isPruned(value: unknown, schema: Schema | undefined): boolean {
  return value === null && schema !== undefined && schema.nullable !== true;
}

/** Returns the default of a schema, null for none: the two are the same to the API server. */
function defaultOf(schema: Schema | undefined): unknown {
  return schema?.default ?? null;
}
