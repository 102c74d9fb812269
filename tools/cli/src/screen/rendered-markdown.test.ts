import { type KubernetesObject, showDiff } from '@eleventh/kubernetes';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { RenderedDiff, RenderedService } from '../rendered-diff.ts';
import { codeElement, codeSpan, fenceFor } from './markdown.ts';
import { renderedMarkdown } from './rendered-markdown.ts';

const OID = '1'.repeat(40);

function diffOf(services: readonly RenderedService[], name = 'preprod 1234567'): RenderedDiff {
  const from = { name: 'prod 89abcde', commit: OID, recipe: OID, environment: 'prod' };
  return { from, to: { ...from, name }, renderer: 'kustomize 5.5.0', services, same: 3 };
}

function service(id: string, objects: readonly KubernetesObject[]): RenderedService {
  return { id, change: 'changed', problem: null, ...showDiff([], objects) };
}

function map(name: string, data: Readonly<Record<string, string>>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/**
 * Returns what stands outside of code, as a reader of markdown finds it: blocks between fences, spans between as many
 * backticks, and what `<code>` holds are taken out. Throws for a block that stays open.
 */
function outsideOfCode(markdown: string): string {
  const outside: string[] = [];
  let fence: string | null = null;
  for (const line of markdown.split('\n')) {
    const [, ticks] = /^ {0,3}(`{3,})[^`]*$/.exec(line) ?? [];
    if (fence === null && ticks !== undefined) fence = ticks;
    else if (fence !== null && ticks !== undefined && ticks.length >= fence.length && /^ *`+ *$/.test(line))
      fence = null;
    else if (fence === null) {
      const spans = line.replace(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, '');
      outside.push(spans.replace(/<code>[^<]*<\/code>/g, ''));
    }
  }
  if (fence !== null) throw new Error('A block stays open.');
  return outside.join('\n');
}

/** Returns the tags outside of code. */
function tags(outside: string): string[] {
  return outside.match(/<[^>]*>/g) ?? [];
}

const nasty = fc
  .array(
    fc.constantFrom(
      '```',
      '`',
      '@octocat',
      '</details>',
      '<img src=x>',
      '|',
      '\n',
      '\u001b[31m',
      '\u202e',
      '- [x]',
      '#1',
      'a',
      ' ',
      '/close',
      '\\',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('a comment for a pull request', () => {
  test('is whole, mentions nobody and stays within its limit, whatever the manifests hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(nasty, nasty, fc.integer({ min: 1, max: 30 })), { maxLength: 8 }),
        nasty,
        fc.integer({ min: 2000, max: 6000 }),
        (contents, name, limit) => {
          const services = contents.map(([key, value, count], index): RenderedService => {
            const data = Object.fromEntries(Array.from({ length: count }, (_, line) => [`${key}${line}`, value]));
            return service(`service-${index}`, [map(value, data)]);
          });
          const [first, ...rest] = services;
          const problem = { side: name, code: 'X', message: name, hint: name };
          const diff = diffOf([...(first === undefined ? [] : [{ ...first, problem }]), ...rest], name);
          const markdown = renderedMarkdown(diff, `eleventh diff prod ${name} --rendered`, limit);
          const outside = outsideOfCode(markdown);
          expect(markdown.length).toBeLessThanOrEqual(limit);
          expect(outside).not.toContain('@');
          expect(outside).not.toContain('octocat');
          const found = tags(outside);
          expect(
            found.filter((tag) => !['<details>', '<summary>', '</summary>', '</details>', '<br>'].includes(tag)),
          ).toEqual([]);
          expect(found.filter((tag) => tag === '<details>').length).toBe(
            found.filter((tag) => tag === '</details>').length,
          );
          const rows = outside.split('\n').filter((line) => line.startsWith('|'));
          for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(4);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('says what is left out and how to see it', () => {
    const lines = Object.fromEntries(Array.from({ length: 50 }, (_, line) => [`key-${line}`, 'x'.repeat(60)]));
    const services = ['a', 'b', 'c'].map((id) => service(id, [map('limits', lines)]));
    const all = renderedMarkdown(diffOf(services), 'eleventh diff prod --rendered', 65_536);
    expect(all).not.toContain('Shortened');
    expect(all.match(/key-49/g)).toHaveLength(3);
    const short = renderedMarkdown(diffOf(services), 'eleventh diff prod --rendered', 6_000);
    expect(short.length).toBeLessThanOrEqual(6_000);
    expect(short).toContain('| `c` |');
    expect(short).toMatch(/… \d+ more lines\n```\n\n<\/details>/);
    expect(short).toMatch(
      /\*\*Shortened:\*\* 2 of 3 services are not shown in full. All of it: `eleventh diff prod --rendered`\n$/,
    );
    const rows = Array.from({ length: 200 }, (_, index) => service(`service-${index}`, [map('x', { a: 'b' })]));
    expect(renderedMarkdown(diffOf(rows), 'eleventh diff prod --rendered', 3_000)).toMatch(
      /\d+ of 200 services are not listed, and 200 of 200 services are not shown in full/,
    );
  });
});

test('code is code, whatever it holds', () => {
  expect(codeSpan('a')).toBe('`a`');
  expect(codeSpan('``a`')).toBe('``` ``a` ```');
  expect(codeSpan(' ')).toBe('` `'.replace(' ', '   '));
  expect(codeSpan('a|b\nc', true)).toBe('`a\\|b c`');
  expect(fenceFor(['a', '````'])).toBe('`````');
  expect(codeElement('<b>&"@x')).toBe('<code>&lt;b&gt;&amp;&quot;@x</code>');
});
