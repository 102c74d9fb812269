import { expect, test } from 'vitest';
import { isBlock, textLines, valueLines } from './value-lines.ts';

test('texts are told by the lines that differ, with what is around them', () => {
  const text = (port: number, more = '') => `a\nb\nc\nport: ${port}\nd\ne\nf\ng\n${more}h`;
  expect(textLines(text(1), text(2, 'new\n')).map(({ sign, text }) => sign + text)).toEqual([
    '…',
    ' b',
    ' c',
    '-port: 1',
    '+port: 2',
    ' d',
    ' e',
    ' f',
    ' g',
    '+new',
    ' h',
  ]);
  expect(textLines('a\n', 'a').map(({ sign, text }) => sign + text)).toEqual([' a', '-']);
});

test('values are told as YAML, texts as they are', () => {
  expect(valueLines({ name: 'web', env: [{ name: 'A', value: '1' }], none: {} })).toEqual([
    'name: web',
    'env:',
    '  - name: A',
    '    value: "1"',
    'none: {}',
  ]);
  expect(valueLines('a\nb\n')).toEqual(['a', 'b']);
  expect([{}, [], 'a', 'a\n', 1, null].map(isBlock)).toEqual([false, false, false, false, false, false]);
  expect([{ a: 1 }, [1], 'a\nb'].map(isBlock)).toEqual([true, true, true]);
});
