import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html, link } from './html.ts';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

describe('html', () => {
  it('holds any text as text, in content and in attributes', () => {
    const visible = fc.string({ unit: fc.constantFrom(...'&<>"\'=/ ;#abcscript\n', '&lt;', '→', 'ü') });
    fc.assert(
      fc.property(visible, (text) => {
        const made = html`<p title="${text}">${text}</p>`.text;
        const [, attribute = '', content = ''] = /^<p title="([^"<>']*)">([^"<>']*)<\/p>$/.exec(made) ?? [];
        const read = (part: string) => part.replace(/&([a-z]+|#39);/g, (_, name) => ENTITIES[name] ?? '?');
        expect([read(attribute), read(content)]).toEqual([text, text]);
      }),
    );
  });

  it('leaves out what nobody sees', () => {
    expect(html`${'a\u202eb\u0000c\u001b[31md\ne'}`.text).toBe('abc[31md\ne');
  });

  it('puts markup in as it is, and lists one after the other', () => {
    expect(html`<ul>${['<a>', 'b'].map((each) => html`<li>${each}</li>`)}</ul>`.text).toBe(
      '<ul><li>&lt;a&gt;</li><li>b</li></ul>',
    );
  });

  it('links to the web alone', () => {
    expect(link('https://ci.example.com/?a=1&b="').text).toBe(
      '<a href="https://ci.example.com/?a=1&amp;b=&quot;" rel="noreferrer" class="url">https://ci.example.com/?a=1&amp;b=&quot;</a>',
    );
    for (const address of ['javascript:alert(1)', 'data:text/html,x', 'ci/7', ' JaVaScRiPt:x'])
      expect(link(address).text).toBe(address);
  });
});
