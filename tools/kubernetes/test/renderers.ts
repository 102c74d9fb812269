import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Renderer, type RendererOptions } from '../src/render/render.ts';
import type { Contents } from './snapshot.ts';

const kubectl = process.env.KUBECTL ?? 'kubectl';
const helm = process.env.HELM ?? 'helm';

/** Whether there is a kubectl to render with, and a helm. */
export const hasKubectl = spawnSync(kubectl, ['version', '--client']).status === 0;
export const hasHelm = spawnSync(helm, ['version']).status === 0;
if (!hasKubectl) console.log('No kubectl: the tests that render are skipped.');
if (!hasHelm) console.log('No helm: the tests that render charts are skipped.');

/** Returns a folder that goes when the test has ended. */
export function scratch(): string {
  const root = mkdtempSync(join(tmpdir(), 'eleventh-kubernetes-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** Returns a renderer with an empty cache, through the kubectl that the tests have. */
export function renderer(options: Partial<RendererOptions> = {}): Promise<Renderer> {
  const root = scratch();
  const env = { PATH: process.env.PATH, KUBECTL: kubectl, HELM: helm, KUSTOMIZE: process.env.KUSTOMIZE };
  return Renderer.open({
    env,
    cwd: root,
    cacheFolder: join(root, 'cache'),
    temporary: root,
    processors: 2,
    ...options,
  });
}

/** Writes files to disk and returns their folder, as a checkout has them. */
export function checkout(contents: Contents): string {
  const root = scratch();
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, join(root, path));
    else if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(join(root, path), content);
  }
  return root;
}

/** Returns what `kubectl kustomize` prints of a folder, or null when it fails. */
export function kustomize(root: string, folder: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(kubectl, ['kustomize', join(root, folder)], { maxBuffer: 2 ** 26 }, (error, stdout) =>
      resolve(error === null ? stdout : null),
    );
  });
}
