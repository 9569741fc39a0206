/** Markup in which whatever is put in is text, unless it is markup made here. */

/** Markup that may be put into a page as it is. */
export class Markup {
  readonly text: string;

  /** @param text Markup; nothing in it may come from outside unescaped. */
  constructor(text: string) {
    this.text = text;
  }
}

/** What can be put into markup: null and false are nothing. */
export type Content = Markup | string | number | null | false | readonly Content[];

/** Markup of a template. Strings in it are escaped, for elements and for attributes in double quotes alike. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(parts.map((part, index) => part + textOf(contents[index] ?? null)).join(''));
}

function textOf(content: Content): string {
  if (content === null || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (Array.isArray(content)) return content.map(textOf).join('');
  return escaped(String(content));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that would turn the direction of reading, or are none, become U+FFFD. */
function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
