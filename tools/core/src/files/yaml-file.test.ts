import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { EleventhError } from '../error.ts';
import { badYaml, fileSchema, parseFile, parseYaml, utf8, yamlDocuments } from './yaml-file.ts';

const PATH = 'apps/payments/service.yaml';
const schema = fileSchema(
  'Service',
  v.strictObject({
    owner: v.optional(v.string()),
    images: v.optional(v.array(v.string())),
    size: v.optional(v.picklist(['small', 'large'])),
    policy: v.optional(v.strictObject({ branches: v.array(v.strictObject({ pattern: v.string() })) }), {
      branches: [],
    }),
  }),
);
const HEAD = 'apiVersion: eleventh.dev/v1alpha1\nkind: Service\nmetadata:\n  name: payments\n';

/** Returns what a person and a program see of the refusal. */
function refusalOf(read: () => unknown) {
  try {
    read();
  } catch (error) {
    if (!(error instanceof EleventhError)) throw error;
    const { code, message, hint, exitCode, details } = error;
    return { code, message, hint, exitCode, details };
  }
  throw new Error('It was not refused.');
}

describe('parseFile', () => {
  it('returns the value of a file that its schema knows, with comments, a byte order mark and defaults', () => {
    const text = utf8(PATH, new TextEncoder().encode(`\ufeff# Ours.\n${HEAD}spec: {owner: team-a}   # theirs\n`));
    expect(parseFile(PATH, text, schema).spec).toEqual({ owner: 'team-a', policy: { branches: [] } });
  });

  it('refuses a field that nobody knows, with its line and the one that was meant', () => {
    expect(refusalOf(() => parseFile(PATH, `${HEAD}spec:\n  # whose it is\n  ownr: team-a\n`, schema))).toEqual({
      code: 'INVALID_FILE',
      message: 'apps/payments/service.yaml: spec.ownr is not a known field.',
      hint: 'Did you mean owner ? See apps/payments/service.yaml:7',
      exitCode: 3,
      details: { path: PATH, field: 'spec.ownr', line: 7 },
    });
  });

  it('refuses a field that nobody knows and that is like no other', () => {
    expect(refusalOf(() => parseFile(PATH, `${HEAD}spec: {zzzzzzzz: 1}\n`, schema)).hint).toBe(`See ${PATH}:5`);
  });

  it.each([
    ['at the top', `${HEAD}spec: {}\nmetdata: {}\n`, 'metdata is not a known field', 'Did you mean metadata ? ', 6],
    [
      'in the place of one that has to be there',
      HEAD.replace('kind', 'knd'),
      'knd is not a known field',
      'Did you mean kind ? ',
      2,
    ],
    [
      'in a list of an optional field',
      `${HEAD}spec:\n  policy:\n    branches:\n      - pattern: a\n      - pattern: b\n        patern: c\n`,
      'spec.policy.branches.1.patern is not a known field',
      'Did you mean pattern ? ',
      10,
    ],
    [
      'in flow style',
      `${HEAD}spec: {owner: a, Images: []}\n`,
      'spec.Images is not a known field',
      'Did you mean images ? ',
      5,
    ],
  ])('finds an unknown field %s', (_, text, problem, question, line) => {
    expect(refusalOf(() => parseFile(PATH, text, schema))).toMatchObject({
      message: `${PATH}: ${problem}.`,
      hint: `${question}See ${PATH}:${line}`,
    });
  });

  it.each([
    ['what is missing', HEAD, 'spec is missing', PATH],
    [
      'what is missing within',
      `${HEAD.replace('name:', '# name:')}spec: {}\n`,
      'metadata is not valid: Expected Object but received null',
      `${PATH}:3`,
    ],
    [
      'another kind',
      `${HEAD.replace('Service', 'Servant')}spec: {}\n`,
      'kind is not valid: Expected "Service" but received "Servant"',
      `${PATH}:2`,
    ],
    [
      'another version',
      `${HEAD.replace('v1alpha1', 'v9')}spec: {}\n`,
      'apiVersion is not valid: Expected "eleventh.dev/v1alpha1" but received "eleventh.dev/v9"',
      `${PATH}:1`,
    ],
    [
      'a number for a text',
      `${HEAD}spec:\n  owner: 1e3\n`,
      'spec.owner is not valid: Expected string but received 1000',
      `${PATH}:6`,
    ],
    [
      'a text for a list',
      `${HEAD}spec:\n  images: a\n`,
      'spec.images is not valid: Expected Array but received "a"',
      `${PATH}:6`,
    ],
    [
      'an item of a list',
      `${HEAD}spec:\n  images:\n    - a\n    - [b]\n`,
      'spec.images.1 is not valid: Expected string but received Array',
      `${PATH}:8`,
    ],
    [
      'a word that is not to choose',
      `${HEAD}spec: {size: huge}\n`,
      'spec.size is not valid: Expected ("small" | "large") but received "huge"',
      `${PATH}:5`,
    ],
    ['nothing for something', `${HEAD}spec:\n`, 'spec is not valid: Expected Object but received null', `${PATH}:5`],
    ['an empty file', '', 'the file is not valid: Expected Object but received null', PATH],
    ['a list for a file', '- a\n', '0 is not a known field', `${PATH}:1`],
    ['a sentence for a file', 'Hello.\n', 'the file is not valid: Expected Object but received "Hello."', PATH],
  ])('refuses %s', (_, text, problem, place) => {
    expect(refusalOf(() => parseFile(PATH, text, schema))).toMatchObject({
      code: 'INVALID_FILE',
      message: `${PATH}: ${problem}.`,
      hint: `See ${place}`,
      exitCode: 3,
    });
  });
});

describe('parseYaml', () => {
  it.each([
    ['a list that does not end', `${HEAD}spec: [a,\n`, `${PATH}:6`],
    ['a key given twice', 'a: 1\nb: 2\na: 3\n', `${PATH}:3`],
    ['two documents', 'a: 1\n---\nb: 2\n', `${PATH}:2`],
    ['a tab for an indent', 'a:\n\tb: 1\n', `${PATH}:2`],
    ['a quote that does not end', 'a: 1\nb: "x\n', `${PATH}:3`],
    ['an alias of nothing', 'a: *b\n', PATH],
    ['a tag that nobody knows', 'a: 1\nb: !secret x\n', `${PATH}:2`],
    [
      'more aliases than anybody needs',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n`,
      PATH,
    ],
    ['more depth than anybody needs', '['.repeat(100_000), undefined],
  ])('refuses %s, and says where', (_, text, place) => {
    const refusal = refusalOf(() => parseYaml(PATH, text));
    expect(refusal).toMatchObject({ code: 'BAD_YAML', exitCode: 3 });
    expect(refusal.message).toMatch(/^apps\/payments\/service\.yaml is not valid YAML: [^\n]+\.$/);
    expect(refusal.message).not.toMatch(/line \d/);
    if (place !== undefined) expect(refusal.hint).toBe(`See ${place}`);
  });

  it('says what is wrong in one sentence', () => {
    expect(refusalOf(() => parseYaml(PATH, 'a: 1\na: 2\n')).message).toBe(
      `${PATH} is not valid YAML: Map keys must be unique.`,
    );
  });
});

describe('yamlDocuments', () => {
  const read = (text: string) => yamlDocuments(text, badYaml(PATH));

  it('returns every document, merge keys resolved as kubectl does', () => {
    expect(read('a: &a {image: x}\n---\n\n---\nb: {<<: {image: y}, c: 1}\n')).toEqual([
      { a: { image: 'x' } },
      null,
      { b: { image: 'y', c: 1 } },
    ]);
    expect(read('')).toEqual([]);
  });

  it('refuses what is wrong in any of them', () => {
    expect(refusalOf(() => read('a: 1\n---\nb: [\n'))).toMatchObject({ code: 'BAD_YAML', hint: `See ${PATH}:4` });
  });
});

describe('utf8', () => {
  it('refuses other bytes', () => {
    expect(refusalOf(() => utf8(PATH, new Uint8Array([0x61, 0xff])))).toMatchObject({
      code: 'NOT_UTF8',
      message: 'apps/payments/service.yaml is not UTF-8 text.',
      hint: 'iconv -t UTF-8 apps/payments/service.yaml',
    });
  });
});
