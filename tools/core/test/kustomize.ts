import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Content } from './memory-snapshot.ts';

const kubectl = process.env.KUBECTL ?? 'kubectl';

/** Whether there is a kubectl to ask; without one, what kustomize makes of our files is not looked at. */
export const hasKubectl = spawnSync(kubectl, ['version', '--client']).status === 0;
if (!hasKubectl) console.log('No kubectl: the tests that ask kustomize are skipped.');

/** Returns the objects that kustomize builds from a folder of some files, or null when it refuses. */
export async function build(files: Readonly<Record<string, Content>>, folder: string): Promise<unknown[] | null> {
  const root = mkdtempSync(join(tmpdir(), 'eleventh-kustomize-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, join(root, path));
      else writeFileSync(join(root, path), content);
    }
    const output = await new Promise<string | null>((resolve) => {
      execFile(kubectl, ['kustomize', join(root, folder)], (error, stdout) => resolve(error === null ? stdout : null));
    });
    return output === null ? null : parseAllDocuments(output).map((document): unknown => document.toJS());
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
