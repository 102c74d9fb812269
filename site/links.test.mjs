import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderOf } from './folder.fixture.mjs';
import { problems } from './links.mjs';

const DOCS = { 'docs/README.md': '[Pin](how-to/pin.md)', 'docs/how-to/pin.md': '' };
const PAGES = {
  'dist/404.html': '<a href="/base/">home</a>',
  'dist/index.html': '<a href="./how-to/pin.html#by-hand">pin</a> <a href="https://example.com/">elsewhere</a>',
  'dist/how-to/pin.html':
    '<h2 id="by-hand">By hand</h2> <a href="#by-hand">here</a> <a href="../">up</a> <img src="/base/a.svg">',
  'dist/a.svg': '<svg/>',
};

function found(t, pages, docs = {}) {
  const folder = folderOf(t, { ...DOCS, ...docs, ...PAGES, ...pages });
  return problems(join(folder, 'docs'), join(folder, 'dist'), '/base/');
}

test('nothing is wrong with a site that is whole', (t) => {
  assert.deepEqual(found(t, {}), []);
});

test('a page that was not built, or that nobody comes to, is told', (t) => {
  assert.deepEqual(found(t, {}, { 'docs/other.md': '' }), [
    'other.html was not built',
    'docs/other.md is in no table of contents: link to it in docs/README.md',
  ]);
});

test('a link that leads nowhere is told: to a page, a heading, a picture, or past the base', (t) => {
  const html =
    '<a href="gone.html">1</a><a href="how-to/pin.html#gone">2</a><img src="gone.svg"><a href="/how-to/pin.html">3</a>';
  assert.deepEqual(found(t, { 'dist/index.html': html }), [
    'index.html links to gone.html, which is not there',
    'index.html links to how-to/pin.html#gone, and no heading is called that',
    'index.html links to gone.svg, which is not there',
    'index.html links to /how-to/pin.html, outside /base/',
  ]);
});

test('what a page would fetch from elsewhere is told', (t) => {
  const html = '<script src="https://example.com/a.js"></script><style>@import url("//example.com/font");</style>';
  assert.deepEqual(found(t, { 'dist/index.html': html }), [
    'index.html fetches <script src="https://example.com/a.js"',
    'index.html fetches @import url("//example.com/font")',
  ]);
});
