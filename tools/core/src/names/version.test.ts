import fc from 'fast-check';
import { gt } from 'semver';
import { describe, expect, it } from 'vitest';
import { isRefName } from './ref-names.ts';
import {
  formatTag,
  highest,
  isRelease,
  isTagPattern,
  nextCandidate,
  nextVersion,
  parseVersion,
  tagVersion,
} from './version.ts';

const NUMBER = fc.nat({ max: 3000 });
const RELEASE = fc.tuple(NUMBER, NUMBER, NUMBER).map((numbers) => numbers.join('.'));
const VERSION = fc.oneof(
  RELEASE,
  fc
    .tuple(RELEASE, fc.constantFrom('rc', 'alpha', 'x-y'), NUMBER)
    .map(([release, word, n]) => `${release}-${word}.${n}`),
);
const PATTERN = fc.constantFrom(
  'v{version}',
  '{version}',
  'eu-v{version}',
  'prod/{version}',
  '{version}-eu',
  'a.{version}.b',
  'v{version}-rc.1',
);

describe('isTagPattern', () => {
  it.each(['v{version}', '{version}', 'eu/v{version}', '{version}-x'])('takes %s', (pattern) => {
    expect(isTagPattern(pattern)).toBe(true);
  });

  it.each([
    '',
    'v',
    'v{Version}',
    '{version}{version}',
    'v{version} x',
    '-{version}',
    '.{version}',
    '{version}.lock',
    '{version}/',
    'refs/tags/{version}',
    'a~{version}',
  ])('refuses %j', (pattern) => {
    expect(isTagPattern(pattern)).toBe(false);
  });
});

describe('tags', () => {
  it('carry their version, and name a ref', () => {
    fc.assert(
      fc.property(PATTERN, VERSION, (pattern, version) => {
        const tag = formatTag(pattern, version);
        expect(isRefName(tag)).toBe(true);
        expect(tagVersion(pattern, tag)).toBe(version);
      }),
    );
  });

  it('are only what would be made of the version that they are taken for', () => {
    const unit = fc.constantFrom('v', 'eu-', '1', '0', '.', '-', 'rc', '+', '=', ' ', '1.2.3', 'prod/');
    fc.assert(
      fc.property(PATTERN, fc.string({ unit, maxLength: 10 }), (pattern, tag) => {
        const version = tagVersion(pattern, tag);
        if (version !== null) expect(formatTag(pattern, version)).toBe(tag);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['v{version}', '1.2.3'],
    ['v{version}', 'vv1.2.3'],
    ['{version}', 'v1.2.3'],
    ['v{version}', 'v=1.2.3'],
    ['v{version}', 'v1.2'],
    ['v{version}', 'v1.2.3.4'],
    ['v{version}', 'v01.2.3'],
    ['v{version}', 'v1.2.3-rc.01'],
    ['v{version}', 'v1.2.3+build'],
    ['v{version}', 'v1.2.3 '],
    ['v{version}', 'V1.2.3'],
    ['v{version}', 'v'],
    ['v{version}', ''],
    ['v{version}', 'xv1.2.3'],
    ['a-{version}-a', 'a-a'],
    ['eu-v{version}', 'v1.2.3'],
  ])('under %s there is no version in %j', (pattern, tag) => {
    expect(tagVersion(pattern, tag)).toBeNull();
  });
});

describe('parseVersion', () => {
  it.each([
    ['1.2.3', '1.2.3'],
    ['v1.2.3', '1.2.3'],
    ['0.0.0', '0.0.0'],
    ['1.2.3-rc.1', '1.2.3-rc.1'],
    ['1.2.3-x-y.0a', '1.2.3-x-y.0a'],
  ])('takes %s', (text, version) => {
    expect(parseVersion(text)).toBe(version);
  });

  it.each([
    '',
    'v',
    '1',
    '1.2',
    '1.2.3.4',
    '01.2.3',
    '1.2.3-01',
    '1.2.3-',
    '1.2.3+build',
    ' 1.2.3',
    '1.2.3 ',
    '=1.2.3',
    'vv1.2.3',
    '1.2.3\n',
    'latest',
    '1.2.x',
    '-1.2.3',
    `1.2.3-${'a'.repeat(100)}`,
    '9999999999999999999.0.0',
  ])('refuses %j', (text) => {
    expect(() => parseVersion(text)).toThrowError(
      expect.objectContaining({
        code: 'BAD_VERSION',
        exitCode: 2,
        hint: 'Write three numbers, such as 2.3.1 (https://semver.org).',
      }),
    );
  });
});

describe('versions', () => {
  it('are releases unless they have a pre-release part', () => {
    expect(isRelease('1.2.3')).toBe(true);
    expect(isRelease('1.2.3-rc.1')).toBe(false);
  });

  it('have a highest', () => {
    expect(highest([])).toBeNull();
    expect(highest(['1.9.0', '1.10.0', '1.10.0-rc.1', '0.99.0'])).toBe('1.10.0');
  });

  it('begin at 1.0.0', () => {
    for (const bump of ['major', 'minor', 'patch'] as const) expect(nextVersion(null, bump)).toBe('1.0.0');
  });

  it.each([
    ['1.4.2', 'major', '2.0.0'],
    ['1.4.2', 'minor', '1.5.0'],
    ['1.4.2', 'patch', '1.4.3'],
    ['0.4.2', 'major', '1.0.0'],
  ] as const)('after %s comes, by a %s, %s', (last, bump, next) => {
    expect(nextVersion(last, bump)).toBe(next);
  });

  it('only ever grow', () => {
    fc.assert(
      fc.property(RELEASE, fc.constantFrom('major', 'minor', 'patch'), (last, bump) => {
        const next = nextVersion(last, bump);
        expect(gt(next, last)).toBe(true);
        expect(isRelease(next)).toBe(true);
      }),
    );
  });
});

describe('nextCandidate', () => {
  it.each<[string[], string]>([
    [[], '1.5.0-rc.1'],
    [['1.5.0-rc.1', '1.5.0-rc.10', '1.5.0-rc.9'], '1.5.0-rc.11'],
    [['1.5.1-rc.7', '1.4.0-rc.7', '2.5.0-rc.7'], '1.5.0-rc.1'],
    [['1.5.0', '1.5.0-beta.7', '1.5.0-rc', '1.5.0-rc.x', 'not a version'], '1.5.0-rc.1'],
    [['1.5.0-rc.01'], '1.5.0-rc.1'],
  ])('after %j is %s', (existing, next) => {
    expect(nextCandidate('1.5.0', existing)).toBe(next);
  });

  it('is always free and the highest of its version', () => {
    fc.assert(
      fc.property(fc.array(VERSION), fc.array(NUMBER), (others, numbers) => {
        const existing = [...others, ...numbers.map((number) => `1.5.0-rc.${number}`)];
        const next = nextCandidate('1.5.0', existing);
        expect(existing).not.toContain(next);
        for (const number of numbers) expect(gt(next, `1.5.0-rc.${number}`)).toBe(true);
      }),
    );
  });
});
