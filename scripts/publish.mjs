// Publishes the tarballs that `npm run pack` made, those whose version is not there yet: run twice, it does nothing more.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const place = join(root, 'packages');
for (const folder of readdirSync(join(root, 'tools'))) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'tools', folder, 'package.json'), 'utf8'));
  const { stdout } = spawnSync('npm', ['view', `${name}@${version}`, 'version'], { encoding: 'utf8' });
  if (stdout.trim() === version) {
    console.log(`${name}@${version} is published already`);
    continue;
  }
  const tarball = join(place, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
  execFileSync('npm', ['publish', tarball, '--provenance', '--access', 'public'], { stdio: 'inherit' });
}
