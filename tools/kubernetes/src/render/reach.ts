import { EleventhError, localPath, type Snapshot } from '@eleventh/core';
import { parseAllDocuments } from 'yaml';

/** The files that a rendering may read, by path, with the id of each. */
export type Reached = ReadonlyMap<string, string>;

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
/** Fields that name files or folders of objects. */
const FOLDERS = new Set(['resources', 'bases', 'components']);
/** Fields that name files. */
const FILES = new Set(['crds', 'configurations']);
/** Fields whose items name a file, or hold what it would. */
const PLUGINS = new Set(['generators', 'transformers', 'validators']);
/** Fields that run Helm, which fetches charts. */
const CHARTS = new Set(['helmcharts', 'helmchartinflationgenerator', 'helmglobals']);
/** What makes a plugin a program or a container (kustomize's KRM functions). */
const FUNCTION = /^config\.(?:kubernetes|k8s)\.io\/function$/;

/**
 * Returns every file that kustomize may read to build a folder of a state, links to other folders followed. Throws
 * before anything runs: `RENDER_REMOTE` for what is not in the repository, `RENDER_PROGRAM` for what would start a
 * program, and `RENDER_UNREADABLE` for a link, a submodule or what is no YAML.
 */
export async function reach(snapshot: Snapshot, folder: string): Promise<Reached> {
  const walk = new Walk(snapshot);
  await walk.folder(folder, folder);
  return walk.reached;
}

class Walk {
  readonly reached = new Map<string, string>();
  readonly #snapshot: Snapshot;
  readonly #folders = new Set<string>();

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  async folder(path: string, namedBy: string): Promise<void> {
    if (this.#folders.has(path)) return;
    this.#folders.add(path);
    const names = (await this.#snapshot.list(path)).map(({ name }) => name);
    const files = KUSTOMIZATIONS.filter((name) => names.includes(name)).map((name) => `${path}/${name}`);
    if (files.length === 0) throw unreadable(namedBy, `${path} holds no kustomization.yaml`);
    for (const file of files) for (const value of await this.#documents(file, namedBy)) await this.#fields(file, value);
  }

  async #fields(file: string, kustomization: unknown): Promise<void> {
    // Kustomize takes the names of its fields in any case.
    for (const [field, value] of entries(kustomization)) {
      const key = field.toLowerCase();
      if (CHARTS.has(key)) throw program(file, `${field} fetches and runs a chart`);
      if (FOLDERS.has(key)) for (const item of list(value)) await this.#place(file, item);
      else if (FILES.has(key)) for (const item of list(value)) await this.#file(file, item);
      else if (PLUGINS.has(key)) for (const item of list(value)) await this.#plugin(file, item);
      else if (key === 'openapi') await this.#file(file, inside(value, 'path'));
      else if (/^patches|^replacements$/.test(key)) for (const item of list(value)) await this.#patch(file, item);
      else if (/^(?:configmap|secret)generator$/.test(key))
        for (const item of list(value)) await this.#sources(file, item);
    }
  }

  /** A file of objects, or a folder with a kustomization. */
  async #place(file: string, reference: unknown): Promise<void> {
    const path = this.#local(file, reference);
    const entry = await this.#snapshot.entry(path);
    if (entry?.mode === '40000') await this.folder(path, file);
    else await this.#file(file, reference);
  }

  async #file(file: string, reference: unknown): Promise<void> {
    if (reference === undefined || reference === null) return;
    const path = this.#local(file, reference);
    const entry = await this.#snapshot.entry(path);
    if (entry === null) throw remote(file, reference, 'which is not in this repository');
    if (!entry.mode.startsWith('100')) throw unreadable(file, `${path} is no plain file`);
    this.reached.set(path, entry.oid);
  }

  /** A patch or replacement: inline, or in a file. */
  async #patch(file: string, item: unknown): Promise<void> {
    if (typeof item !== 'string') return this.#file(file, inside(item, 'path'));
    if (isInline(item)) return;
    await this.#file(file, item);
  }

  async #sources(file: string, generator: unknown): Promise<void> {
    for (const [field, value] of entries(generator)) {
      if (!/^(?:files|envs|env)$/i.test(field)) continue;
      for (const source of list(value)) {
        const text = String(source);
        await this.#file(file, field.toLowerCase() === 'files' ? text.slice(text.indexOf('=') + 1) : text);
      }
    }
  }

  async #plugin(file: string, item: unknown): Promise<void> {
    if (typeof item !== 'string') return;
    if (isInline(item)) return refusePrograms(file, parsed(file, item));
    const path = this.#local(file, item);
    if ((await this.#snapshot.entry(path))?.mode === '40000') {
      await this.folder(path, file);
      for (const reached of [...this.reached.keys()].filter((one) => one.startsWith(`${path}/`)))
        refusePrograms(reached, await this.#documents(reached, file));
      return;
    }
    await this.#file(file, item);
    refusePrograms(path, await this.#documents(path, file));
  }

  async #documents(path: string, namedBy: string): Promise<unknown[]> {
    const entry = await this.#snapshot.entry(path);
    const bytes = await this.#snapshot.read(path);
    if (entry === null || bytes === null) throw unreadable(namedBy, `${path} is no plain file`);
    this.reached.set(path, entry.oid);
    return parsed(path, new TextDecoder().decode(bytes));
  }

  #local(file: string, reference: unknown): string {
    const path = typeof reference === 'string' ? localPath(file, reference) : null;
    if (path === null) throw remote(file, reference, 'which is not in this repository');
    return path;
  }
}

function refusePrograms(file: string, documents: readonly unknown[]): void {
  for (const document of documents) {
    const annotations = inside(inside(document, 'metadata'), 'annotations');
    const [annotation] = entries(annotations).find(([key]) => FUNCTION.test(key)) ?? [];
    if (annotation !== undefined) throw program(file, `${annotation} starts a program`);
    const { apiVersion, kind } = Object.fromEntries(entries(document));
    if (kind === 'HelmChartInflationGenerator') throw program(file, `${kind} fetches and runs a chart`);
    if (apiVersion !== undefined && apiVersion !== 'builtin')
      throw program(file, `${kind} is a plugin of somebody's own`);
  }
}

function parsed(path: string, text: string): unknown[] {
  return parseAllDocuments(text, { merge: true, uniqueKeys: false }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw unreadable(path, `it is no YAML: ${error.message.split('\n')[0]}`);
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  });
}

function isInline(text: string): boolean {
  return /[\n:{]/.test(text.trim()) && typeof parseAllDocuments(text)[0]?.toJS() === 'object';
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === null || value === undefined ? [] : [value];
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** Returns the value of a field of a map, whose name kustomize takes in any case. */
function inside(value: unknown, name: string): unknown {
  return entries(value).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function remote(file: string, reference: unknown, why: string): EleventhError {
  return new EleventhError('RENDER_REMOTE', `${file} names ${JSON.stringify(reference)}, ${why}; nothing was run.`, {
    exitCode: 3,
    hint: 'Copy it into the repository: what is deployed must not change elsewhere.',
    details: { file, reference: String(reference) },
  });
}

function program(file: string, what: string): EleventhError {
  return new EleventhError('RENDER_PROGRAM', `${file} would start a program (${what}); nothing was run.`, {
    exitCode: 3,
    hint: 'Let CI run it, and commit what it makes.',
    details: { file },
  });
}

function unreadable(file: string, why: string): EleventhError {
  return new EleventhError('RENDER_UNREADABLE', `${file} cannot be rendered: ${why}.`, {
    exitCode: 3,
    hint: `git show <revision>:${file}`,
    details: { file },
  });
}
