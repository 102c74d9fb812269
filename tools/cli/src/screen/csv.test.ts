import { expect, test } from 'vitest';
import { csv } from './csv.ts';

test('cells are quoted where they have to be, and no cell is a formula', () => {
  expect(csv([['a', 'b,c', 'd"e', 'f\r\ng', '']])).toBe('a,"b,c","d""e","f\r\ng",\r\n');
  expect(csv([['=1', '+1', '-1', '@x', '\t=1', 'a=1', '=a,"b"']])).toBe(`'=1,'+1,'-1,'@x,'\t=1,a=1,"'=a,""b"""\r\n`);
});
