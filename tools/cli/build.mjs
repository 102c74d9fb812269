// Bundles the command line into dist/ and puts the example workspace beside it, for `init --examples` and `demo`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const here = import.meta.dirname;
const dist = `${here}/dist`;

/** Leaves out the module with which commander would start commands that are programs of their own: we have none. */
const noPrograms = {
  name: 'no-programs',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path, namespace: 'nothing' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'nothing' }, () => ({ contents: '' }));
  },
};

const { outputFiles } = await build({
  entryPoints: [`${here}/src/main.ts`],
  outfile: `${dist}/main.cjs`,
  bundle: true,
  write: false,
  // One script, as V8 can keep it compiled. A module that is imported on use is in it, and is evaluated on use.
  format: 'cjs',
  supported: { 'dynamic-import': false },
  platform: 'node',
  target: 'node20',
  conditions: ['@eleventh/source'],
  external: ['zx'],
  plugins: [noPrograms],
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
});

const code = outputFiles[0].text;
const mark = createHash('sha256').update(code).digest('hex').slice(0, 16);
mkdirSync(dist, { recursive: true });
// The file appears whole: a command that runs meanwhile finds the old bundle or the new.
writeFileSync(`${dist}/main.new`, `//${mark}\n${code}`);
renameSync(`${dist}/main.new`, `${dist}/main.cjs`);
for (const name of readdirSync(dist)) if (name.endsWith('.cache') && !name.includes(mark)) rmSync(`${dist}/${name}`);

// The schemas that `check` reads; whole at any time, as the bundle is.
cpSync(`${here}/../kubernetes/data/schemas.json.br`, `${dist}/schemas.new`);
renameSync(`${dist}/schemas.new`, `${dist}/schemas.json.br`);

const examples = `${dist}/examples.new-${process.pid}`;
for (const folder of ['apps', 'environments']) {
  cpSync(`${here}/../../${folder}`, `${examples}/${folder}`, { recursive: true });
}
rmSync(`${dist}/examples`, { recursive: true, force: true });
renameSync(examples, `${dist}/examples`);

execFileSync(process.execPath, [`${here}/bin/eleventh.cjs`, '--help'], { stdio: 'ignore' });
