// Bundles the command line into dist/ and puts the example workspace beside it, for `init --examples` and `demo`.
import { cpSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const here = import.meta.dirname;
const dist = `${here}/dist`;

rmSync(dist, { recursive: true, force: true });
await build({
  entryPoints: [`${here}/src/main.ts`],
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['@eleventh/source'],
  external: ['zx'],
  chunkNames: 'chunks/[name]-[hash]',
  // Some dependencies are CommonJS and call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
for (const folder of ['apps', 'environments']) {
  cpSync(`${here}/../../${folder}`, `${dist}/examples/${folder}`, { recursive: true });
}
