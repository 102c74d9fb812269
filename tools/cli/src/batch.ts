import { quoted, usageError } from '@eleventh/core';
import type { PinOptions } from './pin-facts.ts';

const TEXT = ['id', 'commit', 'branch', 'version', 'built', 'source', 'manifests', 'to', 'ticket'] as const;
const KNOWN: readonly string[] = [...TEXT, 'image', 'images', 'allowDowngrade'];

/**
 * Returns the pins of a batch: JSON lines with the names of `pin`'s options, `images` a list; what a line does not say
 * is what `common` says. Throws `BAD_BATCH` naming the line.
 */
export function parseBatch(text: string, common: PinOptions = {}): { id: string; options: PinOptions }[] {
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const pins = lines.filter(({ line }) => line !== '').map(({ line, number }) => parseLine(line, number, common));
  if (pins.length === 0)
    throw usageError('BAD_BATCH', 'The batch is empty.', '{"id": "payments", "commit": "…"} on a line for each pin');
  return pins;
}

function parseLine(line: string, number: number, common: PinOptions): { id: string; options: PinOptions } {
  const bad = (problem: string) =>
    usageError(
      'BAD_BATCH',
      `Line ${number} of the batch ${problem}.`,
      '{"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}',
    );
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw bad('is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('is not an object');
  const fields = value as Record<string, unknown>;
  const unknown = Object.keys(fields).find((key) => !KNOWN.includes(key));
  if (unknown !== undefined) throw bad(`has an unknown field ${quoted(unknown)}`);
  const wrong = TEXT.find((key) => fields[key] !== undefined && typeof fields[key] !== 'string');
  if (wrong !== undefined) throw bad(`has a field ${quoted(wrong)} that is not text`);
  if ('image' in fields && 'images' in fields) throw bad('has both "image" and "images"');
  const image = fields.images ?? fields.image;
  const images = image === undefined ? undefined : Array.isArray(image) ? image : [image];
  if (images?.some((item) => typeof item !== 'string')) throw bad('has images that are not text');
  if (typeof fields.id !== 'string') throw bad('names no service: "id" is missing');
  const { allowDowngrade } = fields;
  if (allowDowngrade !== undefined && typeof allowDowngrade !== 'boolean')
    throw bad('has an allowDowngrade that is neither true nor false');
  const { id, ...texts } = Object.fromEntries(TEXT.filter((key) => key in fields).map((key) => [key, fields[key]]));
  const own = {
    ...texts,
    ...(images === undefined ? {} : { image: images as string[] }),
    ...(allowDowngrade === undefined ? {} : { allowDowngrade }),
  };
  return { id: String(id), options: { ...common, ...own } };
}
