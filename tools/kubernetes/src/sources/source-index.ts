import { fields, folded } from '@eleventh/core';
import { type Document, isMap, isSeq, type Node, type ParsedNode } from 'yaml';
import { isGenerated } from '../objects/generated-name.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { groupOf } from '../schemas/kubernetes-schemas.ts';
import type { Path } from '../schemas/schema.ts';
import { type Fields, items } from '../summary/fields.ts';
import { readYaml, type YamlText } from './kubernetes-yaml.ts';
import { type Build, buildOf, type Layer } from './kustomization.ts';
import { type Descent, descend } from './node.ts';
import { type Patch, patchesOf, setterPath } from './setters.ts';

/** Where something stands: a file of the repository, and line and column from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** An object, or a patch of one, as a file writes it. */
export interface SourceObject {
  readonly file: string;
  readonly node: Node;
  readonly document: Document.Parsed<ParsedNode>;
  readonly value: Fields;
  readonly isPatch: boolean;
}

/** What of a file is no YAML. */
export interface FileProblem extends Place {
  readonly isDuplicate: boolean;
  /** Half a sentence. */
  readonly problem: string;
}

/** Texts are read once, however many services and environments share them. */
export type Reader = (text: string) => YamlText;

/** Returns a reader that remembers what it read. */
export function rememberingReader(): Reader {
  const known = new Map<string, YamlText>();
  return (text) => {
    const found = known.get(text) ?? readYaml(text);
    known.set(text, found);
    return found;
  };
}

/** The files that a service is built from in an environment: finds where a field of a rendered object is set. */
export class SourceIndex {
  readonly files: ReadonlyMap<string, string>;
  readonly #read: Reader;
  readonly #root: string;
  #build: Build | undefined;
  #objects: readonly SourceObject[] | undefined;
  #patches: readonly Patch[] | undefined;

  /**
   * @param files every file of the service and of its overlay, by its path in the repository
   * @param root the folder that is built: the overlay's, `environments/prod/payments`
   */
  constructor(files: ReadonlyMap<string, string>, root: string, read: Reader = rememberingReader()) {
    this.files = files;
    this.#root = root;
    this.#read = read;
  }

  /** What the service is built from, the overlay first. */
  get build(): Build {
    this.#build ??= buildOf(this.files, this.#root, (file) => this.read(file));
    return this.#build;
  }

  read(file: string): YamlText {
    return this.#read(this.files.get(file) ?? '');
  }

  /** The objects and patches that the files write, outermost first. */
  get objects(): readonly SourceObject[] {
    const { patches, manifests } = this.build;
    this.#objects ??= [
      ...patches.flatMap((file) => this.#objectsOf(file, true)),
      ...manifests.flatMap((file) => this.#objectsOf(file, false)),
    ];
    return this.#objects;
  }

  /**
   * Returns what of the files is no YAML, or says a key twice. @param isBuilt whether they were built: kustomize takes
   * neither in a file of objects, and a key that is twice in a patch or a kustomization it takes without a word
   */
  problems(isBuilt: boolean): FileProblem[] {
    const { layers, patches, manifests } = this.build;
    const files = [...layers.map(({ file }) => file), ...patches, ...(isBuilt ? [] : manifests)];
    return files.flatMap((file) => {
      const { documents, lines } = this.read(file);
      return documents.flatMap(({ errors }) =>
        errors.slice(0, 1).map(({ code, message, pos }) => {
          const { line, col } = lines.linePos(pos[0]);
          return { file, line, column: col, isDuplicate: code === 'DUPLICATE_KEY', problem: message };
        }),
      );
    });
  }

  #objectsOf(file: string, isPatch: boolean): SourceObject[] {
    return this.read(file).documents.flatMap((document) => {
      if (document.errors.length > 0 || document.contents === null) return [];
      const value = (document.toJS({ maxAliasCount: -1 }) ?? {}) as Fields;
      const items = isMap(document.contents) ? document.contents.get('items') : undefined;
      if (isSeq(items) && String(value.kind).endsWith('List')) {
        return items.items.flatMap((node, index) => {
          const item = (value.items as Fields[])[index];
          return item === undefined ? [] : [{ file, node: node as Node, document, value: item, isPatch }];
        });
      }
      return !Array.isArray(value) ? [{ file, node: document.contents as Node, document, value, isPatch }] : [];
    });
  }

  /** Returns the object that a file writes for a rendered one, the base before its patches; undefined for a generated one. */
  sourceOf(object: KubernetesObject): SourceObject | undefined {
    return this.objects.find((source) => !source.isPatch && this.#writes(source.value, object));
  }

  /** Returns whether what a file writes becomes an object. */
  #writes({ apiVersion, kind, metadata }: Fields, object: KubernetesObject): boolean {
    const name = String((metadata as Fields | undefined)?.name);
    if (kind !== object.kind || groupOf(String(apiVersion)) !== groupOf(object.apiVersion)) return false;
    if (name === object.metadata.name) return true;
    const parts = (field: string) => this.build.layers.map(({ value }) => String(value[field] ?? ''));
    return becomes(String(name), object.metadata.name, parts('nameprefix'), parts('namesuffix').reverse());
  }

  /**
   * Returns where a field of a rendered object is set: what leads deepest into it, and of those the outermost. A field
   * that nothing sets is where it would stand; of an object that no file writes, it is the kustomization.
   */
  locate(object: KubernetesObject, path: Path): Place {
    let best: { depth: number; place: () => Place } | undefined;
    const consider = (depth: number, place: () => Place) => {
      if (best === undefined || depth > best.depth) best = { depth, place };
    };
    for (const source of this.objects) {
      if (!source.isPatch || !this.#writes(source.value, object)) continue;
      const { depth, position } = descend(source.node, path, object, source.document);
      if (depth > 0) consider(depth, () => this.#placeAt(source.file, position));
    }
    this.#patches ??= this.build.layers.flatMap((layer) => patchesOf(layer, this));
    for (const patch of this.#patches) {
      const found = patch.descend(object, path, (written) => this.#writes(written, object));
      if (found !== undefined) consider(found.depth, () => this.#placeAt(patch.file, found.position));
    }
    for (const layer of this.build.layers) {
      const field = setterPath(layer, object, path);
      if (field !== undefined) consider(path.length, () => this.fieldPlace(layer, field));
    }
    const base = this.sourceOf(object);
    if (base !== undefined) {
      const { depth, position } = descend(base.node, path, object, base.document);
      // What nothing sets would stand in the base.
      consider(depth < path.length ? depth + 0.5 : depth, () => this.#placeAt(base.file, position));
    }
    return best?.place() ?? this.generated(object, path) ?? this.fallback;
  }

  /** The kustomizations of the service itself, the overlay's first: what others share is not its own. */
  get own(): readonly Layer[] {
    return this.build.layers.filter(({ file }) => file.startsWith('apps/') || file.startsWith(`${this.#root}/`));
  }

  /** The file to name where nothing better is known. */
  get fallback(): Place {
    const file = this.own.at(-1)?.file ?? [...this.files.keys()][0] ?? `${this.#root}/kustomization.yaml`;
    return { file, line: 1, column: 1 };
  }

  /** Returns the place of a field of a kustomization, as deep as it leads. */
  fieldPlace(layer: Layer, path: Path): Place {
    const position = this.#field(layer, path)?.position;
    return position === undefined ? { file: layer.file, line: 1, column: 1 } : this.#placeAt(layer.file, position);
  }

  /** Returns the node that stands at a path of a kustomization. */
  fieldNode(layer: Layer, path: Path): Node | undefined {
    const found = this.#field(layer, path);
    return found?.depth === path.length ? found.node : undefined;
  }

  /** @param path its fields by their names as kustomize compares them */
  #field({ file }: Layer, path: Path): Descent | undefined {
    const document = this.read(file).documents.find(({ contents }) => isMap(contents));
    if (document?.contents == null) return undefined;
    return descend(document.contents, path, undefined, document, (key, name) => key === name || folded(key) === name);
  }

  /** Returns the place of a field of an object as a file writes it. */
  objectPlace({ file, node, document, value }: SourceObject, path: Path): Place {
    return this.#placeAt(file, descend(node, path, value, document).position);
  }

  /** Returns where a generator of a kustomization makes an object, or undefined where none does. */
  generated(object: KubernetesObject, path: Path): Place | undefined {
    const field = { ConfigMap: 'configmapgenerator', Secret: 'secretgenerator' }[object.kind];
    if (field === undefined) return undefined;
    for (const layer of this.build.layers) {
      for (const [index, generator] of items(layer.value[field])) {
        const { name, literals } = fields(generator);
        if (!isGenerated(String(name), object.metadata.name)) continue;
        const literal = items(literals).find(([, text]) => String(text).startsWith(`${path[1]}=`));
        return this.fieldPlace(layer, literal === undefined ? [field, index] : [field, index, 'literals', literal[0]]);
      }
    }
    return undefined;
  }

  #placeAt(file: string, position: number): Place {
    const { line, col } = this.read(file).lines.linePos(position);
    return { file, line, column: col };
  }
}

/** Returns whether a name becomes another when some kustomizations put theirs around it: not each has to do with all. */
function becomes(name: string, full: string, prefixes: readonly string[], suffixes: readonly string[]): boolean {
  for (let at = name === '' ? -1 : full.indexOf(name); at >= 0; at = full.indexOf(name, at + 1))
    if (isMadeOf(full.slice(0, at), prefixes) && isMadeOf(full.slice(at + name.length), suffixes)) return true;
  return false;
}

/** Returns whether a text is made of some of the parts, in their order. */
function isMadeOf(text: string, parts: readonly string[]): boolean {
  const rests = new Set([text]);
  for (const part of parts)
    for (const rest of [...rests]) if (rest.startsWith(part)) rests.add(rest.slice(part.length));
  return rests.has('');
}
