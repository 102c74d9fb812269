import { brotliDecompressSync } from 'node:zlib';
import { EleventhError, nameHint } from '@eleventh/core';
import type { Schema } from './schema.ts';

/** The schemas of several versions, every definition once, as `scripts/schemas.mjs` writes them. */
interface Data {
  readonly versions: Readonly<Record<string, VersionData>>;
  readonly definitions: readonly Schema[];
}

interface VersionData {
  /** The definition of each `group/version/Kind`. */
  readonly kinds: Readonly<Record<string, string>>;
  /** The kinds whose objects live in no namespace. */
  readonly global: readonly string[];
  /** The position of each definition. */
  readonly definitions: Readonly<Record<string, number>>;
}

/** The schemas of Kubernetes' own kinds, for the versions that are carried. */
export class KubernetesSchemas {
  readonly #data: Data;

  /** @param bytes what `scripts/schemas.mjs` wrote, still compressed. */
  constructor(bytes: Uint8Array) {
    this.#data = JSON.parse(brotliDecompressSync(bytes).toString()) as Data;
  }

  /** The minor versions, `1.37`, oldest first. */
  get versions(): string[] {
    return Object.keys(this.#data.versions).sort((a, b) => minor(a) - minor(b));
  }

  /** Returns the schemas of a minor version, or of the newest; throws `UNKNOWN_KUBERNETES` for one that is not carried. */
  version(name = this.versions.at(-1) ?? ''): VersionSchemas {
    const data = this.#data.versions[name];
    if (data !== undefined) return new VersionSchemas(name, data, this.#data.definitions);
    throw new EleventhError('UNKNOWN_KUBERNETES', `There are no schemas of Kubernetes ${name}.`, {
      hint: nameHint(name, this.versions) ?? '',
      exitCode: 2,
    });
  }
}

function minor(version: string): number {
  return Number(version.split('.')[1]);
}

/** The schemas of one version of Kubernetes. */
export class VersionSchemas {
  readonly name: string;
  readonly #data: VersionData;
  readonly #definitions: readonly Schema[];
  readonly #global: ReadonlySet<string>;

  constructor(name: string, data: VersionData, definitions: readonly Schema[]) {
    this.name = name;
    this.#data = data;
    this.#definitions = definitions;
    this.#global = new Set(data.global);
  }

  /** The names `group/version/Kind` of all kinds. */
  get kinds(): string[] {
    return Object.keys(this.#data.kinds);
  }

  /** Returns the API versions that have a kind in a group: `['apps/v1']`. */
  versionsOf(group: string, kind: string): string[] {
    const end = `/${kind}`;
    const versions = this.kinds.filter((name) => name.endsWith(end)).map((name) => name.slice(0, -end.length));
    return versions.filter((version) => groupOf(version) === group);
  }

  /** Returns the kinds of a group that is Kubernetes' own; none for another. */
  kindsOf(group: string): string[] {
    const own = this.kinds.filter((name) => groupOf(name.slice(0, name.lastIndexOf('/'))) === group);
    return [...new Set(own.map((name) => name.slice(name.lastIndexOf('/') + 1)))];
  }

  /** Returns the schema of a kind, or undefined. */
  kind(apiVersion: string, kind: string): Schema | undefined {
    const name = this.#data.kinds[`${apiVersion}/${kind}`];
    return name === undefined ? undefined : this.definition(name);
  }

  /** Returns whether objects of a kind live outside namespaces; undefined for a kind that is not known. */
  isGlobal(apiVersion: string, kind: string): boolean | undefined {
    const name = `${apiVersion}/${kind}`;
    return name in this.#data.kinds ? this.#global.has(name) : undefined;
  }

  /** Returns the definition of a name, `io.k8s.api.core.v1.Pod`. */
  readonly definition = (name: string): Schema | undefined => {
    return this.#definitions[this.#data.definitions[name] ?? -1];
  };
}

/** Returns the API group of an `apiVersion`; empty for the core's. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
