// Bundles the plugin into dist/, with what it takes of the core and nothing more, and writes its types beside it. Nx
// loads a plugin in every command, so it starts as one script in the format that Nx requires.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

const here = import.meta.dirname;

rmSync(`${here}/dist`, { recursive: true, force: true });
await build({
  entryPoints: [`${here}/src/index.ts`, `${here}/src/main.ts`],
  outdir: `${here}/dist`,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  conditions: ['@eleventh/source'],
  external: ['@nx/devkit'],
  logLevel: 'warning',
});
execFileSync('tsc', ['-p', `${here}/tsconfig.build.json`, '--emitDeclarationOnly'], { stdio: 'inherit' });
