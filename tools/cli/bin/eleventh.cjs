#!/usr/bin/env node
// Runs the bundle, from what V8 made of it the first time if that is still there: Node itself can do so only from 22 on.
// It is a script and no module, since Node 20 takes a fifth longer to start one of those.
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const dist = join(__dirname, '../dist');
const bundle = join(dist, 'main.cjs');
const code = readFileSync(bundle, 'latin1');
// V8 refuses what another version or other options made, but knows a source by its length alone: hence the build's mark.
// Help needs so little of it that it has a file of its own, which is read in half the time.
const part = process.argv.length < 3 || /^(-h|--help|-V|--version)$/.test(process.argv.at(-1)) ? 'help' : 'run';
const compiled = join(dist, `${code.slice(2, 18)}-${part}-${process.version}-${process.arch}.cache`);

const script = new Script(`(function (require, __filename) {${code}\n})`, {
  filename: bundle,
  cachedData: read(compiled),
});
if (script.cachedDataRejected === undefined) process.once('exit', keep);
script.runInThisContext()(require, bundle);

function read(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Leaves what V8 has compiled by now beside the bundle; where that may not be written, the next start is like this one. */
function keep(exitCode) {
  // What failed has hardly begun.
  if (exitCode !== 0) return;
  try {
    writeFileSync(`${compiled}.${process.pid}`, script.createCachedData());
    renameSync(`${compiled}.${process.pid}`, compiled);
  } catch {}
}
