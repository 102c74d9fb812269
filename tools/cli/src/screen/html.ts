/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | readonly Value[];

/** Returns HTML in which everything put into it is text, whatever it holds; what was made so before goes in as it is. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(
    parts.map((part, index) => `${part}${index < values.length ? textOf(values[index] ?? '') : ''}`).join(''),
  );
}

function textOf(value: Value): string {
  if (value instanceof Markup) return value.text;
  return typeof value === 'object' ? value.map(textOf).join('') : escaped(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Returns text as HTML holds it, in attributes too, without characters that nobody sees or that reverse the order of letters. */
function escaped(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Returns a link, of the class `url` where its text is its address, or for what is no address on the web the text alone. */
export function link(address: string, text = address): Markup {
  const isWeb = URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
  const shown = text === address ? html` class="url"` : '';
  return isWeb ? html`<a href="${address}" rel="noreferrer"${shown}>${text}</a>` : html`${text}`;
}
