// Makes VitePress read the pages as GitHub does: plain Markdown, with links between files.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { renderMermaidSVG } from 'beautiful-mermaid';

const EXTERNAL = /^(?:[a-z]+:|\/\/|#)/i;
const COMMENT = /^<!--[\s\S]*?-->\s*$/;
/** The tags that the pages are written with; others are words in angle brackets, as in `<service>@<commit>`. */
const TAG = /^<\/?(?:a|b|br|code|details|em|i|img|kbd|p|picture|source|strong|sub|summary|sup)\b/i;
const README = /(^|\/)README\.md(?=#|$)/;

/** Teaches a markdown-it what the pages of `docs` rely on; `source` is where the repository's other files are, or ''. */
export function readLikeGitHub(md, { root, docs, source }) {
  md.core.ruler.push('invisible-comments', ({ tokens }) => {
    const seen = tokens.filter(({ type, content }) => type !== 'html_block' || !COMMENT.test(content));
    tokens.splice(0, tokens.length, ...seen);
  });
  md.core.ruler.push('inline', ({ tokens, env }) => {
    const here = dirname(env.realPath ?? env.path);
    for (const { children } of tokens) {
      for (const [index, token] of (children ?? []).entries()) {
        if (token.type === 'link_open') follow(children, index, { here, root, docs, source });
        if (token.type === 'html_inline' && !TAG.test(token.content)) token.type = 'text';
        if (token.type === 'image') measure(token, here);
      }
    }
  });
  for (const name of ['text', 'code_inline']) {
    const rule = md.renderer.rules[name];
    md.renderer.rules[name] = (...args) => rule(...args).replaceAll('{{', '&#123;&#123;'); // which Vue would evaluate
  }
  const fence = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, index, ...rest) =>
    tokens[index].info.trim() === 'mermaid' ? diagram(tokens[index].content) : fence(tokens, index, ...rest);
}

/** Returns the anchor that GitHub gives to a heading. */
export function anchor(title) {
  return title
    .toLowerCase()
    .replace(/&\w+;/g, '')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** Lets a link lead to where its file is on the site, or in the repository; without an address of that it becomes text. */
function follow(children, index, { here, root, docs, source }) {
  const token = children[index];
  const href = token.attrGet('href');
  if (EXTERNAL.test(href)) return;
  const file = join(here, decodeURI(href.replace(/#.*$/, '')));
  if (!relative(docs, file).startsWith('..')) {
    token.attrSet('href', href.replace(README, '$1index.md'));
    return;
  }
  if (!existsSync(file)) throw new Error(`${href} leads to ${file}, which is not there`);
  if (source !== '') {
    token.attrSet('href', `${source}/${relative(root, file).replaceAll('\\', '/')}`);
    return;
  }
  const close = children.findIndex(
    ({ type, level }, at) => at > index && type === 'link_close' && level === token.level,
  );
  for (const tag of [token, children[close]])
    Object.assign(tag, { type: 'text', content: '', attrs: null, nesting: 0 });
}

/** Gives a picture its size, so that nothing moves when it arrives. */
function measure(token, here) {
  const src = token.attrGet('src');
  if (EXTERNAL.test(src) || !src.endsWith('.svg')) return;
  const [svg] = /<svg[^>]*>/.exec(readFileSync(join(here, src), 'utf8')) ?? [''];
  for (const name of ['width', 'height']) {
    const size = new RegExp(`\\s${name}="([\\d.]+)`).exec(svg)?.[1];
    if (size !== undefined) token.attrSet(name, size);
  }
}

/** Draws a diagram from top to bottom, which a phone can show, in the colours of the page and with its own font. */
function diagram(text) {
  const svg = renderMermaidSVG(text.replace(/^(flowchart|graph) LR/, '$1 TD'), {
    bg: 'var(--vp-c-bg)',
    fg: 'var(--vp-c-text-1)',
    transparent: true,
    padding: 8,
  });
  const [style, colours = ''] = /<style>[\s\S]*?svg \{([^}]*)\}[\s\S]*?<\/style>/.exec(svg) ?? [''];
  const declarations = colours.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\s+/g, ' ');
  // A style element is of the whole page, and this one would fetch a font.
  const drawn = svg.replace(style, '').replace(' style="', ` style="${declarations.trim()}`);
  return `<div class="diagram" v-pre>${drawn}</div>\n`;
}
