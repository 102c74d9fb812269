// Writes the schemas that `check` holds manifests against: what the API servers of some Kubernetes versions publish
// (their OpenAPI, and the closed lists of values that only its Go source has), with nothing but what validation needs.
// Every definition is stored once, whichever versions have it. Run it when a minor version appears:
//   node scripts/schemas.mjs 1.36.0 1.37.0
// All versions are named each time; it needs `go`, which fetches the sources and verifies their checksums.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const TARGET = join(import.meta.dirname, '../tools/kubernetes/data/schemas.json.br');
const KEPT = ['type', 'format', 'required', 'enum'];
const REF = '#/definitions/';
/** What every group answers with, and nobody writes in a manifest. */
const NO_MANIFESTS = [
  'DeleteOptions',
  'WatchEvent',
  'Status',
  'APIGroup',
  'APIGroupList',
  'APIResourceList',
  'APIVersions',
];

/** Returns the folder with the sources of a version, `1.37.0`. */
function sources(version) {
  const output = execFileSync('go', ['mod', 'download', '-json', `k8s.io/kubernetes@v${version}`], {
    encoding: 'utf8',
  });
  return JSON.parse(output).Dir;
}

/** Returns the values that fields are confined to, by definition and field; `[]` behind a field means its items. */
function enumsOf(source) {
  const found = new Map();
  let [definition, field, isItem] = ['', '', false];
  for (const line of source.split('\n')) {
    const start = /^func schema_(\w+)\(/.exec(line)?.[1];
    if (start !== undefined) definition = start;
    const named = /^\t{5}"([^"]+)": \{$/.exec(line)?.[1];
    if (named !== undefined) [field, isItem] = [named, false];
    if (/^\t+(?:Items|AdditionalProperties): /.test(line)) isItem = true;
    const values = /^\t+Enum:\s+\[\]interface\{\}\{(.*)\},$/.exec(line)?.[1];
    if (values !== undefined) found.set(`${definition} ${field}${isItem ? '[]' : ''}`, JSON.parse(`[${values}]`));
  }
  return found;
}

/** Returns the name that the generated Go source has for a definition: `io.k8s.api.core.v1.Pod` → `k8sio_api_core_v1_Pod`. */
function goName(name) {
  const [, host, rest] = /^io\.(k8s)\.(.*)$/.exec(name) ?? [];
  return host === undefined ? name : `k8sio_${rest.replaceAll(/[.-]/g, (mark) => (mark === '.' ? '_' : ''))}`;
}

/** Returns a schema without what validation does not need. */
function compact(schema, enums, place) {
  const made = Object.fromEntries(KEPT.filter((key) => key in schema).map((key) => [key, schema[key]]));
  if (schema.$ref !== undefined) made.$ref = schema.$ref.slice(REF.length);
  const values = enums.get(place);
  if (values !== undefined) made.enum = values;
  if (schema.properties !== undefined) {
    const fields = Object.entries(schema.properties).sort(([a], [b]) => (a < b ? -1 : 1));
    made.properties = Object.fromEntries(
      fields.map(([name, inner]) => [name, compact(inner, enums, `${place} ${name}`)]),
    );
  }
  if (schema.items !== undefined) made.items = compact(schema.items, enums, `${place}[]`);
  if (schema.additionalProperties !== undefined)
    made.additionalProperties = compact(schema.additionalProperties, enums, `${place}[]`);
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'map' && keys !== undefined) made.keys = keys;
  return made;
}

/** Returns the names of the definitions that one leads to, itself among them. */
function reached(definitions, name, seen = new Set()) {
  if (seen.has(name) || definitions[name] === undefined) return seen;
  seen.add(name);
  const visit = (value) => {
    if (typeof value !== 'object' || value === null) return;
    if (typeof value.$ref === 'string') reached(definitions, value.$ref, seen);
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(definitions[name]);
  return seen;
}

const pool = new Map();
const versions = {};
for (const version of process.argv.slice(2).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))) {
  const folder = sources(version);
  const { definitions, paths } = JSON.parse(readFileSync(join(folder, 'api/openapi-spec/swagger.json'), 'utf8'));
  const enums = enumsOf(readFileSync(join(folder, 'pkg/generated/openapi/zz_generated.openapi.go'), 'utf8'));
  const small = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, compact(schema, enums, goName(name))]),
  );
  small['io.k8s.apimachinery.pkg.api.resource.Quantity'].format = 'quantity';
  const kinds = {};
  for (const [name, schema] of Object.entries(definitions)) {
    const [gvk, ...more] = schema['x-kubernetes-group-version-kind'] ?? [];
    if (gvk === undefined || more.length > 0 || NO_MANIFESTS.includes(gvk.kind)) continue;
    if (gvk.kind.endsWith('List') && schema.properties?.items !== undefined) continue;
    kinds[`${gvk.group === '' ? '' : `${gvk.group}/`}${gvk.version}/${gvk.kind}`] = name;
  }
  // Kinds that live in no namespace: their objects are created at a path without one.
  const global = new Set();
  const namespaced = new Set();
  for (const [path, methods] of Object.entries(paths)) {
    const gvk = methods.post?.['x-kubernetes-group-version-kind'];
    if (gvk === undefined) continue;
    const kind = `${gvk.group === '' ? '' : `${gvk.group}/`}${gvk.version}/${gvk.kind}`;
    if (kind in kinds) (path.includes('{namespace}') ? namespaced : global).add(kind);
  }
  const wanted = new Set(Object.values(kinds).flatMap((name) => [...reached(small, name)]));
  const index = {};
  for (const name of [...wanted].sort()) {
    const text = JSON.stringify(small[name]);
    if (!pool.has(text)) pool.set(text, pool.size);
    index[name] = pool.get(text);
  }
  versions[version.split('.').slice(0, 2).join('.')] = {
    kinds,
    global: [...global].filter((kind) => !namespaced.has(kind)).sort(),
    definitions: index,
  };
  console.log(`${version}: ${Object.keys(kinds).length} kinds, ${wanted.size} definitions, ${enums.size} closed lists`);
}
const text = `{"versions":${JSON.stringify(versions)},"definitions":[${[...pool.keys()].join(',')}]}`;
const bytes = brotliCompressSync(text, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
});
writeFileSync(TARGET, bytes);
console.log(`${pool.size} definitions, ${text.length} characters, ${bytes.length} bytes`);
