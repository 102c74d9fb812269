// Makes one module of a TypeScript program of these scripts and all that it imports, so that plain Node can load it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Writes the module into a folder below `node_modules`, where what is `external` is found; returns its URL. */
export async function bundle(entry, folder, external = []) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@eleventh/source'],
    external,
    banner: { js: "import { createRequire as make } from 'node:module';\nconst require = make(import.meta.url);" },
  });
  const path = join(folder, 'program.mjs');
  writeFileSync(path, outputFiles[0].contents);
  return pathToFileURL(path).href;
}
