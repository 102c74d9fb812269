import { fields, isMap, KUSTOMIZATIONS, localPath, type Mention, mentions } from '@eleventh/core';
import type { Fields } from '../summary/fields.ts';
import type { YamlText } from './kubernetes-yaml.ts';

/** Something that a kustomization mentions. */
interface Part extends Mention {
  /** Its path in the repository; null for what stands in the kustomization itself, and for what is nowhere. */
  readonly path: string | null;
}

/** A kustomization. */
export interface Layer {
  readonly file: string;
  /** Its fields by their names as kustomize compares them. */
  readonly value: Fields;
  readonly parts: readonly Part[];
}

/** The files that a folder builds from, outermost first. */
export interface Build {
  readonly layers: readonly Layer[];
  /** Files with objects. */
  readonly manifests: readonly string[];
  /** Files with patches. */
  readonly patches: readonly string[];
}

/** Returns what a folder builds from, as far as it is among some files; what is not there is left to the renderer. */
export function buildOf(files: ReadonlyMap<string, string>, root: string, read: (file: string) => YamlText): Build {
  const layers = new Map<string, Layer>();
  const manifests = new Set<string>();
  const patches = new Set<string>();
  const visit = (folder: string): void => {
    const file = KUSTOMIZATIONS.map((name) => `${folder}/${name}`).find((path) => files.has(path));
    if (file === undefined || layers.has(file)) return;
    const value = fields(firstMap(read(file)));
    const parts = partsOf(file, value);
    layers.set(file, { file, value, parts });
    const pathsOf = (use: Mention['use']) =>
      parts.flatMap((part) => (part.use === use && part.path !== null ? [part.path] : []));
    for (const path of pathsOf('patch')) if (files.has(path)) patches.add(path);
    // What components do is done after what the resources do.
    for (const path of [...pathsOf('component'), ...pathsOf('resource')]) {
      if (files.has(path)) manifests.add(path);
      else visit(path);
    }
  };
  visit(root);
  return { layers: [...layers.values()], manifests: [...manifests], patches: [...patches] };
}

function partsOf(file: string, value: Fields): Part[] {
  return Object.entries(value).flatMap(([field, inner]) => {
    try {
      return [...mentions(file, field, inner)].map((mention) => ({
        ...mention,
        path: mention.isInline ? null : localPath(file, mention.value),
      }));
    } catch {
      // What is no YAML the renderer refuses, and says so.
      return [];
    }
  });
}

function firstMap({ documents }: YamlText): unknown {
  const values = documents.filter(({ errors }) => errors.length === 0);
  return values.map((document): unknown => document.toJS({ maxAliasCount: -1 })).find(isMap);
}
