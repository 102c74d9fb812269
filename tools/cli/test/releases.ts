import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Result, World } from './world.ts';

/** One release of an application: a YAML file for each service, and what `release.json` says of it. */
export interface Release {
  readonly version: string;
  readonly commit: string;
  readonly date: string;
  /** The references that each service's manifests use. */
  readonly images: Readonly<Record<string, readonly string[]>>;
  readonly folder: string;
  readonly services: readonly string[];
}

// Any folder of that shape can be replayed: REPLAY=<folder> npx vitest run tools/cli/test/replay
export const FOLDER = process.env.REPLAY ?? join(import.meta.dirname, '../../../../shared/online-boutique');

function readReleases(): Release[] {
  return readdirSync(FOLDER)
    .map((name) => join(FOLDER, name))
    .filter((folder) => existsSync(join(folder, 'release.json')))
    .map((folder): Release => {
      const facts = JSON.parse(readFileSync(join(folder, 'release.json'), 'utf8')) as Omit<Release, 'folder'>;
      const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
      return { ...facts, folder, services: files.map((file) => file.replace('.yaml', '')).sort() };
    })
    .sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
}

/** Returns the images that a service's own builds make: what it borrows (redis, busybox) stays as its manifests say. */
export function ownImages({ images }: Release, id: string): string[] {
  return (images[id] ?? []).filter((image) => repositoryOf(image).endsWith(`/${id}`));
}

function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}

export const isThere = existsSync(FOLDER);
export const releases = isThere ? readReleases() : [];

/** Brings releases to staging, one after the other. */
export class Replay {
  readonly #world: World;
  readonly #run: (args: readonly string[], input?: string) => Promise<Result>;
  readonly #known = new Set<string>();

  constructor(world: World, run: (args: readonly string[], input?: string) => Promise<Result>) {
    this.#world = world;
    this.#run = run;
  }

  /** Pins all services of a release, after the workspace was brought in line with it. */
  async pin(release: Release): Promise<void> {
    await this.#settle(release);
    const { commit, version, date: built } = release;
    const lines = release.services.map((id) => {
      const images = ownImages(release, id);
      const manifests = this.#manifests(release, id);
      return JSON.stringify({ id, images: images.length > 0 ? images : undefined, commit, version, built, manifests });
    });
    await this.#ok(['pin', '--batch', '-'], lines.join('\n'));
  }

  async #ok(args: readonly string[], input?: string): Promise<void> {
    const { code, stderr } = await this.#run(args, input);
    expect(`${code} ${stderr}`).toBe('0 ');
  }

  /** Brings the workspace's services in line with a release: new ones are added, those that it lacks are removed. */
  async #settle(release: Release): Promise<void> {
    for (const id of release.services.filter((id) => !this.#known.has(id))) {
      const repositories = new Set(releases.flatMap((other) => ownImages(other, id).map(repositoryOf)));
      await this.#ok(['service', 'add', id, ...[...repositories].flatMap((image) => ['--image', image])]);
      this.#known.add(id);
    }
    const gone = [...this.#known].filter((id) => !release.services.includes(id));
    for (const id of gone) {
      await this.#ok(['service', 'remove', id]);
      this.#known.delete(id);
    }
    if (gone.length > 0) await this.#ok(['update', 'staging']);
  }

  /** Returns a folder with a service's manifests of a release. */
  #manifests(release: Release, id: string): string {
    const folder = join(this.#world.root, 'manifests', release.version, id);
    mkdirSync(folder, { recursive: true });
    cpSync(join(release.folder, `${id}.yaml`), join(folder, `${id}.yaml`));
    return folder;
  }
}
