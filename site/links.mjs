// Goes over the site as it was built: every page of docs/ is there and can be come to, every link leads somewhere, and
// nothing is fetched from elsewhere.
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { address, pagesOf, sidebar, unlisted } from './contents.mjs';

const TARGET = /<(\w+)\b[^>]*?\s(href|src)="([^"]*)"/g;
const ELSEWHERE = /^(?:[a-z][a-z\d+.-]*:|\/\/)/i;
const FETCHED =
  /<(?:script|img|link|source|iframe)\b[^>]*\s(?:src|href)="(?:https?:)?\/\/[^"]*"|@import\s+(?:url\()?['"]?(?:https?:)?\/\/[^;\s]*/g;

/** Returns a sentence for each thing that is wrong with the site of `docs` that was built into `built` for `base`. */
export function problems(docs, built, base) {
  const pages = ['404.html', ...pagesOf(docs).map(fileOf)];
  const missing = pages.filter((page) => !existsSync(join(built, page))).map((page) => `${page} was not built`);
  const lost = unlisted(docs, sidebar(docs)).map(
    (page) => `docs/${page} is in no table of contents: link to it in docs/README.md`,
  );
  const site = new Map(
    pages
      .filter((page) => existsSync(join(built, page)))
      .map((page) => [page, readFileSync(join(built, page), 'utf8')]),
  );
  const wrong = [...site].flatMap(([page, html]) => [
    ...deadLinks(page, html, { site, built, base }),
    ...[...html.matchAll(FETCHED)].map(([what]) => `${page} fetches ${what}`),
  ]);
  return [...missing, ...lost, ...wrong];
}

function fileOf(path) {
  const page = address(path).slice(1);
  return page === '' || page.endsWith('/') ? `${page}index.html` : `${page}.html`;
}

function deadLinks(page, html, { site, built, base }) {
  return [...html.matchAll(TARGET)].flatMap(([, , , written]) => {
    const target = decodeURI(written.replaceAll('&amp;', '&'));
    if (ELSEWHERE.test(target)) return [];
    if (target.startsWith('/') && !target.startsWith(base)) return [`${page} links to ${target}, outside ${base}`];
    const [path, heading] = target.split('#');
    const from = path.startsWith('/') ? path.slice(base.length) : posix.join(posix.dirname(page), path);
    const file =
      path === '' ? page : from === '' || from.endsWith('/') || from === '.' ? posix.join(from, 'index.html') : from;
    if (!existsSync(join(built, file))) return [`${page} links to ${target}, which is not there`];
    if (heading === undefined || heading === '' || !site.has(file)) return [];
    return site.get(file).includes(`id="${heading}"`)
      ? []
      : [`${page} links to ${target}, and no heading is called that`];
  });
}
