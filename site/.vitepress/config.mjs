import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { sidebar } from '../contents.mjs';
import { firstSentences } from '../description.mjs';
import { anchor, readLikeGitHub } from '../markdown.mjs';
import { miniSearch } from '../search.mjs';

const site = fileURLToPath(new URL('..', import.meta.url));
const root = join(site, '..');
const docs = join(root, 'docs');
const { description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** Where the site will be, such as /eleventh/, and where people read the sources: known to whoever publishes it. */
const { SITE_BASE: base = '/', SITE_SOURCE: source = '' } = process.env;

/** What the front page says above the table of contents. */
const FRONT = {
  layout: 'home',
  hero: {
    name: 'Eleventh',
    text: 'Deployments in plain Git',
    tagline: description,
    actions: [
      { text: 'Concepts in ten minutes', link: '/concepts' },
      { text: 'A day, told four times', link: '/stories/', theme: 'alt' },
    ],
  },
};

export default defineConfig({
  title: 'Eleventh',
  description,
  lang: 'en',
  base: base.endsWith('/') ? base : `${base}/`,
  srcDir: docs,
  outDir: join(site, 'dist'),
  cacheDir: join(site, 'node_modules/.vitepress'),
  rewrites: (path) => path.replace(/(^|\/)README\.md$/, '$1index.md'),
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base.replace(/\/?$/, '/')}icon.svg` }]],
  markdown: {
    anchor: { slugify: anchor },
    attrs: { disable: true },
    languageAlias: { gitignore: 'ini' },
    config: (md) => readLikeGitHub(md, { root, docs, source }),
  },
  transformPageData(page) {
    if (page.relativePath === 'index.md')
      return { title: 'Eleventh', titleTemplate: description, description, frontmatter: FRONT };
    return { description: firstSentences(readFileSync(join(docs, page.filePath), 'utf8')) };
  },
  themeConfig: {
    nav: [
      { text: 'Concepts', link: '/concepts' },
      { text: 'A day, four times', link: '/stories/', activeMatch: '/stories/' },
      { text: 'Commands', link: '/reference/commands' },
    ],
    sidebar: sidebar(docs),
    outline: { level: [2, 3] },
    search: { provider: 'local', options: { miniSearch } },
    notFound: {
      title: 'This page is not here',
      quote: 'It may have been renamed: the search above finds it by what it is about.',
      linkText: 'All documentation',
    },
    docFooter: { prev: 'Before', next: 'Next' },
  },
  vite: {
    publicDir: join(site, 'public'),
    plugins: [{ name: 'one-vue', enforce: 'pre', resolveId: vueOfTheRenderer }],
  },
});

/** Leaves Vue to the program that renders the pages: no packages are installed beside docs/, where Vite looks for it. */
function vueOfTheRenderer(id, _importer, { ssr }) {
  return ssr && /^vue(?:\/|$)/.test(id) ? { id, external: true } : undefined;
}
