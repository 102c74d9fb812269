#!/usr/bin/env node
// Runs the bundle, from what V8 made of it the first time if that is still there: Node itself can do so only from 22 on.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const bundle = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));
const code = readFileSync(bundle, 'latin1');
// V8 refuses what another version or other options made, but knows a source by its length alone: hence the build's mark.
const mark = code.slice(2, 18);
const compiled = `${dirname(bundle)}/${mark}-${process.version}-${process.arch}.cache`;

const script = new Script(`(function (require, __filename) {${code}\n})`, {
  filename: bundle,
  cachedData: read(compiled),
});
if (script.cachedDataRejected === undefined) process.once('exit', keep);
script.runInThisContext()(createRequire(bundle), bundle);

function read(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Leaves what V8 has compiled by now beside the bundle; where that may not be written, the next start is like this one. */
function keep() {
  try {
    writeFileSync(`${compiled}.${process.pid}`, script.createCachedData());
    renameSync(`${compiled}.${process.pid}`, compiled);
  } catch {}
}
