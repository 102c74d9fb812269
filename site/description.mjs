// Says in a sentence what a page is about, for search engines and previews.
const LONGEST = 200;

/** Returns the first paragraph of a page as plain text, cut after a word; '' for a page without one. */
export function firstSentences(text) {
  const blocks = text
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^```[\s\S]*?^```$/gm, '')
    .split(/\n\s*\n/);
  const paragraph = blocks.map((block) => block.trim()).find((block) => /^[\w\p{L}*`[]/u.test(block)) ?? '';
  const plain = paragraph
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|`/g, '')
    .replace(/\s+/g, ' ');
  return plain.length <= LONGEST ? plain : `${plain.slice(0, plain.lastIndexOf(' ', LONGEST))}…`;
}
