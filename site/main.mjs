// Builds the documentation as a site into site/dist and looks whether all of it is there; with --serve, shows it afterwards.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problems } from './links.mjs';

const site = fileURLToPath(new URL('.', import.meta.url));
const INSTALLED = 'node_modules/.installed-lock.json';
const base = (process.env.SITE_BASE || '/').replace(/\/?$/, '/');

function run(command, ...args) {
  const { status } = spawnSync(command, args, {
    cwd: site,
    stdio: 'inherit',
    env: { ...process.env, SITE_BASE: base },
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function text(path) {
  try {
    return readFileSync(join(site, path), 'utf8');
  } catch {
    return '';
  }
}

/** Installs what package-lock.json says, unless that very file was installed last. */
function install() {
  if (text(INSTALLED) === text('package-lock.json')) return;
  run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
  copyFileSync(join(site, 'package-lock.json'), join(site, INSTALLED));
}

const vitepress = join('node_modules', 'vitepress', 'bin', 'vitepress.js');
install();
run(process.execPath, vitepress, 'build');
const found = problems(join(site, '../docs'), join(site, 'dist'), base);
for (const problem of found) console.error(`site: ${problem}`);
if (found.length > 0) process.exit(1);
console.log('site: every page is in site/dist, and every link leads somewhere');
if (process.argv.includes('--serve')) run(process.execPath, vitepress, 'preview');
