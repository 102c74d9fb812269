// Makes the npm packages: what each `files` names, without what only this repository uses, as tarballs in a folder.
// `npm run pack -- [folder]`, by default `packages/`; prints each with its size. What they are is checked by packages-check.mjs.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const REPOSITORY = 'https://github.com/eleventh-dev/eleventh';
/** What runs leave behind, and what tests alone use. */
const LEFT_OUT = /\.cache$|\.fixture\.|\.new(-|$)/;

/** Returns a manifest for people who install it: without the condition that leads to our sources. */
function published({ nx: _, devDependencies: __, ...manifest }, folder) {
  const exports = Object.entries(manifest.exports ?? {}).flatMap(([path, target]) => {
    if (typeof target === 'string') return [[path, target]];
    const { '@eleventh/source': ___, ...conditions } = target;
    return Object.keys(conditions).length === 0 ? [] : [[path, conditions]];
  });
  return {
    ...manifest,
    ...(exports.length === 0 ? {} : { exports: Object.fromEntries(exports) }),
    homepage: `${REPOSITORY}#readme`,
    bugs: `${REPOSITORY}/issues`,
    repository: { type: 'git', url: `git+${REPOSITORY}.git`, directory: `tools/${folder}` },
    publishConfig: { ...manifest.publishConfig, provenance: true },
  };
}

const place = resolve(process.argv[2] ?? join(root, 'packages'));
const work = mkdtempSync(join(tmpdir(), 'eleventh-pack-'));
rmSync(place, { recursive: true, force: true });
mkdirSync(place, { recursive: true });
try {
  for (const folder of readdirSync(join(root, 'tools'))) {
    const from = join(root, 'tools', folder);
    const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
    const to = join(work, folder);
    mkdirSync(to);
    writeFileSync(join(to, 'package.json'), `${JSON.stringify(published(manifest, folder), null, 2)}\n`);
    for (const name of [...manifest.files, 'README.md', 'CHANGELOG.md']) {
      if (!existsSync(join(from, name))) continue;
      cpSync(join(from, name), join(to, name), { recursive: true, filter: (path) => !LEFT_OUT.test(path) });
    }
    cpSync(join(root, 'LICENSE'), join(to, 'LICENSE'));
    const said = execFileSync('npm', ['pack', '--json', '--pack-destination', place], { cwd: to, encoding: 'utf8' });
    const [{ name, version, filename, size, unpackedSize, entryCount }] = JSON.parse(said);
    const kilobytes = (bytes) => `${Math.round(bytes / 1000)} kB`.padStart(8);
    console.log(
      `${`${name}@${version}`.padEnd(28)}${kilobytes(size)} packed ${kilobytes(unpackedSize)} unpacked ${entryCount} files  ${filename}`,
    );
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
