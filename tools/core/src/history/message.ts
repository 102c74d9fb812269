/** A commit's message taken apart: the subject, the text between, and Git trailers (git-interpret-trailers(1)). */
export interface Message {
  readonly subject: string;
  readonly body: string;
  readonly trailers: readonly Trailer[];
}

export type Trailer = readonly [key: string, value: string];

const KEY = /^[A-Za-z][A-Za-z-]*$/;
const CHERRY_PICKED = /^\(cherry picked from commit [0-9a-f]{40}\)$/;
const LINE = /^([A-Za-z][A-Za-z-]*): (.*)$/;

/** Returns text on one line, without control characters: what a subject or a trailer may hold. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/** Returns the message as text, ending in a newline. Trailers without a value are left out. */
export function formatMessage(message: Message): string {
  const trailers = message.trailers
    .map(([key, value]) => [key, oneLine(value)] as const)
    .filter(([key, value]) => KEY.test(key) && value !== '')
    .map(([key, value]) => `${key}: ${value}`);
  return `${[oneLine(message.subject), message.body.trim(), trailers.join('\n')].filter((part) => part !== '').join('\n\n')}\n`;
}

/** Returns the parts of a message; the last paragraph holds the trailers when all of its lines look like one. */
export function parseMessage(text: string): Message {
  const paragraphs = text
    .replace(/\r\n/g, '\n')
    .trim()
    .split(/\n{2,}/);
  const [subject = '', ...rest] = paragraphs;
  // What `git cherry-pick -x` adds is no trailer, and hides none.
  const lines = (rest.at(-1) ?? '').split('\n').filter((line) => !CHERRY_PICKED.test(line));
  const last = lines.map((line) => LINE.exec(line));
  const isTrailers = last.length > 0 && last.every((match) => match !== null);
  return {
    subject: subject.replace(/\n/g, ' '),
    body: (isTrailers ? rest.slice(0, -1) : rest).join('\n\n'),
    trailers: isTrailers ? last.map((match) => [match?.[1] ?? '', match?.[2] ?? ''] as const) : [],
  };
}

/** Returns the value of a message's first trailer of that key, or undefined. */
export function trailer(message: Message, key: string): string | undefined {
  return message.trailers.find(([name]) => name === key)?.[1];
}

/** Returns the values of all trailers of that key, in order. */
export function trailers(message: Message, key: string): string[] {
  return message.trailers.filter(([name]) => name === key).map(([, value]) => value);
}

/** Returns the rules whose gates a message says were passed by breaking the glass. */
export function brokenRulesIn(message: Message): string[] {
  return trailers(message, 'Break-Glass').flatMap((text) => text.split(/,\s*/));
}
