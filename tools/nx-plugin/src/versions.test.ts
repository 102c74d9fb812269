import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { versions } from './versions.ts';

const folder = mkdtempSync(join(tmpdir(), 'eleventh-versions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the path of a program that answers whatever it is asked. */
function program(name: string, answer: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\nprintf '${answer}'\n`);
  chmodSync(path, 0o755);
  return path;
}

test('says what is there and what is not, without saying where', async () => {
  program('here/kustomize', 'v5.7.1\\n');
  const named = program('there/kubectl', 'Client Version: v1.35.2\\nKustomize Version: v5.7.1\\n');
  mkdirSync(join(folder, 'node_modules/@eleventh/cli'), { recursive: true });
  writeFileSync(join(folder, 'node_modules/@eleventh/cli/package.json'), '{"version": "1.2.3"}');
  const PATH = `${join(folder, 'here')}:/bin`;
  expect(await versions({ PATH, KUBECTL: named }, folder)).toBe(
    'eleventh: 1.2.3\nkustomize: v5.7.1\nkubectl (KUBECTL): Client Version: v1.35.2, Kustomize Version: v5.7.1\nhelm: absent\n',
  );
  expect(await versions({ PATH: folder, KUSTOMIZE: '/nowhere' }, tmpdir())).toBe(
    'eleventh: absent\nkustomize (KUSTOMIZE): absent\nkubectl: absent\nhelm: absent\n',
  );
});

test('says it of the checkers of others that are asked for', async () => {
  program('here/conftest', 'Conftest: 0.62.0\\nOPA: 1.6.0\\n');
  const PATH = `${join(folder, 'here')}:/bin`;
  const text = await versions({ PATH }, tmpdir(), ['conftest', 'kubeconform', 'no-checker']);
  expect(text.split('\n').slice(-3)).toEqual(['conftest: Conftest: 0.62.0, OPA: 1.6.0', 'kubeconform: absent', '']);
});
