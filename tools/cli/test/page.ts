/** Returns the text of each section of a page, by its title. */
export function sections(page: string): Map<string, string> {
  const parts = page.split('<section>').slice(1);
  const plain = (text: string) =>
    text
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  return new Map(parts.map((part) => [plain(/<h2>.*?<\/h2>/.exec(part)?.[0] ?? ''), plain(part)]));
}
