// Finds links between pages that lead nowhere.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const LINK = /\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)|(?:src|href)="(?!https?:)([^"#]+)"/g;

/** Returns a sentence for every link of the pages to a file or a heading that is not there. */
export function brokenLinks(root, pages) {
  return pages.flatMap((page) => {
    const text = withoutCode(readFileSync(join(root, page), 'utf8'));
    return [...text.matchAll(LINK)].flatMap(([, linked, heading, source]) => {
      const target = (linked ?? source) === '' ? page : join(dirname(page), linked ?? source);
      if (!existsSync(join(root, target))) return [`${page} links to ${target}, which is not there`];
      if (heading === undefined || !target.endsWith('.md')) return [];
      const known = anchors(readFileSync(join(root, target), 'utf8'));
      return known.has(heading) ? [] : [`${page} links to ${target}#${heading}, and no heading is called that`];
    });
  });
}

/** Returns the names that GitHub gives to a page's headings. */
function anchors(text) {
  const titles = [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, title]) => title);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/&\w+;/g, '')
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function withoutCode(text) {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));
}
