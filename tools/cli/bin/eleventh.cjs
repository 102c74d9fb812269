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
// Each command has a file of its own, since what it does not need would only be read, and the first runs of it leave what
// they came to need besides. The file begins with how many have.
const [name = 'help'] = process.argv.slice(2);
const isHelp = /^(-h|--help|-V|--version)$/.test(process.argv.at(-1));
const part = isHelp || !/^[a-z]{1,20}$/.test(name) ? 'help' : name;
const path = join(dist, `${code.slice(2, 18)}-${part}-${process.version}-${process.arch}.cache`);
const RUNS = 4;
const HEADER = 8;

const made = read();
const script = new Script(`(function (require, __filename) {${code}\n})`, {
  filename: bundle,
  cachedData: made?.subarray(HEADER),
});
const runs = made === undefined || script.cachedDataRejected ? 0 : made[0];
if (runs < RUNS) process.once('exit', keep);
script.runInThisContext()(require, bundle);

function read() {
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
  const header = Buffer.alloc(HEADER);
  header[0] = runs + 1;
  try {
    writeFileSync(`${path}.${process.pid}`, Buffer.concat([header, script.createCachedData()]));
    renameSync(`${path}.${process.pid}`, path);
  } catch {}
}
