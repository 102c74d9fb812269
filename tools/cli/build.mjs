// Bundles the command line into dist/ and puts the example workspace beside it, for `init --examples` and `demo`.
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname;
const dist = `${here}/dist`;

const { outputFiles } = await build({
  entryPoints: [`${here}/src/main.ts`],
  outdir: dist,
  bundle: true,
  write: false,
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
// Every file appears whole, and the entry point last: a command that runs meanwhile finds the old bundle or the new.
for (const { path, contents } of [...outputFiles].sort((a) => (a.path.endsWith('/main.js') ? 1 : -1))) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, contents);
  renameSync(`${path}.new`, path);
}
const chunks = existsSync(`${dist}/chunks`) ? readdirSync(`${dist}/chunks`) : [];
for (const name of chunks)
  if (!outputFiles.some(({ path }) => path.endsWith(`/${name}`))) rmSync(`${dist}/chunks/${name}`);

const examples = `${dist}/examples.new-${process.pid}`;
for (const folder of ['apps', 'environments']) {
  cpSync(`${here}/../../${folder}`, `${examples}/${folder}`, { recursive: true });
}
rmSync(`${dist}/examples`, { recursive: true, force: true });
renameSync(examples, `${dist}/examples`);
