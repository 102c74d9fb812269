import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sidebar, unlisted } from './contents.mjs';
import { folderOf } from './folder.fixture.mjs';

const README = `# Documentation

First [concepts](concepts.md), or [the site of somebody else](https://example.com/a.md).

**How to**

| | |
| --- | --- |
| every day | [Pin](how-to/pin.md) · [Promote](how-to/promote.md#some) |

**Why**

[Decisions](decisions/README.md)
`;

test('the sidebar is the table of contents, with the pages of a folder in the order of its README', (t) => {
  const docs = folderOf(t, {
    'README.md': README,
    'decisions/README.md': '[second](0002.md)',
    'decisions/0001.md': '# 0001: `Trees`',
    'decisions/0002.md': '# 0002: Roots',
  });
  assert.deepEqual(sidebar(docs), [
    { items: [{ text: 'Concepts', link: '/concepts' }] },
    {
      text: 'How to',
      collapsed: false,
      items: [{ text: 'Every day', items: [{ text: 'Pin', link: '/how-to/pin' }] }],
    },
    {
      text: 'Why',
      collapsed: false,
      items: [
        {
          text: 'Decisions',
          link: '/decisions/',
          collapsed: false,
          items: [
            { text: '0002: Roots', link: '/decisions/0002' },
            { text: '0001: Trees', link: '/decisions/0001' },
          ],
        },
      ],
    },
  ]);
});

test('a page that nothing in the table of contents leads to is told', (t) => {
  const docs = folderOf(t, { 'README.md': '[Pin](pin.md)', 'pin.md': '', 'lost/page.md': '', 'lost/README.md': '' });
  assert.deepEqual(unlisted(docs, sidebar(docs)), ['lost/README.md', 'lost/page.md']);
});
