import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMessage, type Message, oneLine, parseMessage, type Trailer, trailer, trailers } from './message.ts';

const COMMIT = '3f2c9e1b7d0a4b6c8d9e0f1a2b3c4d5e6f708192';

/** Returns the trailers that Git itself finds in a message. */
function gitTrailers(text: string): string[] {
  const output = execFileSync('git', ['interpret-trailers', '--parse', '--no-divider'], {
    input: text,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' },
  });
  return output.split('\n').filter((line) => line !== '');
}

/** Everything by which a text could try to become more than one line, or a trailer of its own. */
const BREAK = fc.constantFrom(
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '\v',
  '\f',
  '\0',
  '\u0085',
  '\u2028',
  '\u2029',
  '\t',
  '\u001b',
);
const EVIL = fc
  .array(
    fc.oneof(
      BREAK,
      fc.constantFrom(
        'Recipe: evil',
        'Signed-off-by: A <a@b>',
        '---',
        '# c',
        ': ',
        ' ',
        'a',
        'ü',
        '(cherry picked from commit x)',
      ),
    ),
  )
  .map((parts) => parts.join(''));
const TEXT = fc.oneof(EVIL, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));
const KEY = fc.constantFrom('Service', 'Image', 'Recipe', 'Promoted-From', 'Signed-off-by', 'A', 'x-y-z');
const TRAILERS = fc.array(fc.tuple(KEY, TEXT), { maxLength: 6 });

describe('formatMessage', () => {
  it('writes subject, body and trailers as Git does', () => {
    const message = formatMessage({
      subject: 'Pin payments 2.3.1 (3f2c9e1)',
      body: 'Why.\n\nAnd how.\n',
      trailers: [
        ['Service', 'payments'],
        ['Image', 'ghcr.io/acme/payments:x'],
        ['Version', ''],
        ['Recipe', COMMIT],
      ],
    });
    expect(message).toBe(
      `Pin payments 2.3.1 (3f2c9e1)\n\nWhy.\n\nAnd how.\n\nService: payments\nImage: ghcr.io/acme/payments:x\nRecipe: ${COMMIT}\n`,
    );
    expect(gitTrailers(message)).toEqual(['Service: payments', 'Image: ghcr.io/acme/payments:x', `Recipe: ${COMMIT}`]);
  });

  it('leaves out what is empty', () => {
    expect(formatMessage({ subject: 'A', body: '', trailers: [] })).toBe('A\n');
    expect(formatMessage({ subject: 'A', body: '', trailers: [['B', ' \n ']] })).toBe('A\n');
  });

  it('lets no value become a paragraph or a trailer of its own', () => {
    fc.assert(
      fc.property(TEXT, TRAILERS, (subject, given) => {
        const text = formatMessage({ subject: `Pin ${subject}`, body: '', trailers: given });
        const kept = given.filter(([, value]) => oneLine(value) !== '');
        const paragraphs = text.slice(0, -1).split('\n\n');
        expect(paragraphs).toHaveLength(kept.length === 0 ? 1 : 2);
        expect(paragraphs[0]).not.toMatch(/[\n\r]/);
        expect(parseMessage(text).trailers).toEqual(kept.map(([key, value]) => [key, oneLine(value)]));
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseMessage', () => {
  it('returns what was written', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9.,;()<>@/#-]{1,12}$/);
    const line = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '));
    const body = fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n\n'));
    const message = fc.record<Message>({
      subject: line,
      body,
      trailers: fc.array(fc.tuple(KEY, line) as fc.Arbitrary<Trailer>, { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(message, (given) => {
        expect(parseMessage(formatMessage(given))).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  it('finds in a message of ours exactly the trailers that Git finds', () => {
    fc.assert(
      fc.property(TEXT, TRAILERS, (subject, given) => {
        const text = formatMessage({
          subject: `Pin ${subject}`,
          body: 'payments: 1 -> 2\nledger: added at 3',
          trailers: [...given, ['Recipe', COMMIT]],
        });
        expect(parseMessage(text).trailers.map(([key, value]) => `${key}: ${value}`)).toEqual(gitTrailers(text));
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['a bare revert', `Revert "Pin payments"\n\nThis reverts commit ${COMMIT}.\n`],
    ['a message from Windows', 'Subject\r\n\r\nBody.\r\n\r\nService: payments\r\nRecipe: x\r\n'],
    ['a subject alone', 'Service: payments\n'],
    ['a squashed pull request', 'Pin (#7)\n\nService: payments\n\nCo-authored-by: A <a@example.com>\n'],
    ['a sign-off', 'Pin\n\nService: payments\nSigned-off-by: A <a@example.com>\n'],
    ['a link in prose', 'Pin\n\nSee also:\nhttps://example.com\n'],
    ['blank lines around it', '\n\nPin\n\n\n\nService: payments\n\n\n'],
    ['nothing', '\n'],
  ])('reads %s as Git does', (_, text) => {
    expect(parseMessage(text).trailers.map(([key, value]) => `${key}: ${value}`)).toEqual(gitTrailers(text));
  });

  it('takes prose with a trailer in it for prose', () => {
    const text = 'Pin\n\nSome words.\nService: payments\n';
    expect(parseMessage(text)).toEqual({ subject: 'Pin', body: 'Some words.\nService: payments', trailers: [] });
  });

  it('joins the lines of a long subject, and keeps paragraphs apart', () => {
    expect(parseMessage('One\ntwo\n\nthree\n\n\nfour\n')).toEqual({
      subject: 'One two',
      body: 'three\n\nfour',
      trailers: [],
    });
  });

  it('returns something for any text', () => {
    fc.assert(
      fc.property(TEXT, (text) => {
        const { subject, body, trailers: found } = parseMessage(text);
        expect(subject).not.toContain('\n');
        expect(typeof body).toBe('string');
        for (const [key] of found) expect(key).toMatch(/^[A-Za-z-]+$/);
      }),
    );
  });
});

describe('oneLine', () => {
  it('makes one line without control characters of any text, once and for all', () => {
    fc.assert(
      fc.property(TEXT, (text) => {
        const line = oneLine(text);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(oneLine(line)).toBe(line);
      }),
    );
  });
});

describe('trailers', () => {
  const message = parseMessage('Pin\n\nImage: a\nService: payments\nImage: b\n');

  it('are found by their key: the first, or all in order', () => {
    expect(trailer(message, 'Image')).toBe('a');
    expect(trailers(message, 'Image')).toEqual(['a', 'b']);
    expect(trailer(message, 'image')).toBeUndefined();
    expect(trailers(message, 'Recipe')).toEqual([]);
  });
});
