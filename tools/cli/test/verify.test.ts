import { expect, it } from 'vitest';
import { Proven } from './proven.ts';

const proven = await Proven.begun();

it('an untouched repository has nothing wrong', async () => {
  const { code, text } = await proven.verify(proven.copy());
  expect({ code, text }).toEqual({ code: 0, text: '[]' });
});

it('an earlier release is nothing that later ones make wrong', async () => {
  const { code, text } = await proven.verify(proven.copy(), 'v1.0.0');
  expect({ code, text }).toEqual({ code: 0, text: '[]' });
});
