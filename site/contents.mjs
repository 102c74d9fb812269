// Reads the table of contents that docs/README.md is, so that the sidebar never becomes a second one.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const LINK = /\[([^\]]+)\]\((?!https?:)([^)#]+\.md)\)/g;
const HEADING = /^\*\*(.+)\*\*$/;
/** So many pages of one folder are folded up in the sidebar. */
const MANY = 8;
const ROW = /^\|([^|]*)\|(.*)\|$/;

/**
 * Returns the sidebar in VitePress' form: a group for each bold line of the table of contents, and in it a group for each
 * row of a table. What is linked to above all of them stands on its own.
 */
export function sidebar(docs) {
  const groups = [{ items: [] }];
  for (const line of readFileSync(join(docs, 'README.md'), 'utf8').split('\n')) {
    const heading = HEADING.exec(line)?.[1];
    if (heading !== undefined) groups.push({ text: heading, collapsed: false, items: [] });
    const [, label = '', cells = line] = ROW.exec(line) ?? [];
    const items = [...cells.matchAll(LINK)].map(([, text, path]) => entry(docs, text, path));
    if (items.length === 0) continue;
    const isRow = label.trim() !== '';
    groups.at(-1).items.push(...(isRow ? [{ text: capitalized(label.trim()), items }] : items));
  }
  return groups.filter(({ items }) => items.length > 0);
}

/** Returns the paths of the pages below docs/ that a reader of the sidebar never comes to. */
export function unlisted(docs, groups) {
  const listed = new Set(['/', ...links(groups)]);
  return pagesOf(docs).filter((path) => !listed.has(address(path)));
}

/** Returns the paths of all pages below a folder, in order. */
export function pagesOf(folder) {
  return readdirSync(folder, { recursive: true })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.md'))
    .sort();
}

/** Returns where the site has a page, by its path below docs/. */
export function address(path) {
  return `/${path.replace(/(^|\/)README\.md$/, '$1').replace(/\.md$/, '')}`;
}

/** Returns a link to a page; that of a folder's README brings the folder's other pages along. */
function entry(docs, text, path) {
  const link = { text: capitalized(text), link: address(path) };
  if (basename(path) !== 'README.md') return link;
  const folder = dirname(path);
  const pages = inOrder(pagesOf(join(docs, folder)), readFileSync(join(docs, path), 'utf8'));
  const items = pages.map((name) => ({ text: titleOf(join(docs, folder, name)), link: address(`${folder}/${name}`) }));
  return { ...link, collapsed: items.length > MANY, items };
}

/** Returns the pages beside a README in the order in which it links to them, and then the others. */
function inOrder(pages, readme) {
  const linked = [...readme.matchAll(LINK)].map(([, , path]) => path).filter((path) => pages.includes(path));
  return [...new Set([...linked, ...pages])].filter((path) => path !== 'README.md');
}

function titleOf(file) {
  return (/^# (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? basename(file, '.md')).replaceAll('`', '');
}

function links(items) {
  return items.flatMap(({ link, items: inner = [] }) => [...(link === undefined ? [] : [link]), ...links(inner)]);
}

function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
