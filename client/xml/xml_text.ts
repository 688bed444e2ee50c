/**
 * The text within an XML document: which characters it may hold, and how its
 * references are read and written.
 *
 * @module
 */

/** Says why a text is not the well-formed document that it should be. */
export class NotWellFormedError extends Error {
  /**
   * Makes an error.
   *
   * @param expected What a well-formed document would have had.
   * @param seen The text from the place where it went wrong.
   */
  constructor(readonly expected: string, readonly seen: string) {
    super(`expected ${expected}`);
    this.name = "NotWellFormedError";
  }
}

const ILLEGAL_CHARACTER =
  /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

const REFERENCE = /&(?:#([0-9]+)|#x([0-9A-Fa-f]+)|([a-z]+));|&/g;

const NAMED_CHARACTERS: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/**
 * Makes sure that a text holds nothing but characters that XML allows.
 *
 * @param text The text.
 * @throws {NotWellFormedError} If it does not.
 */
export function checkCharacters(text: string): void {
  const at = text.search(ILLEGAL_CHARACTER);
  if (at >= 0) throw new NotWellFormedError("a legal character", cut(text, at));
}

/**
 * Puts the characters in place of their references.
 *
 * @param text Text or the value of an attribute, as it stands in the document.
 * @returns The text that it means.
 * @throws {NotWellFormedError} If a reference is not one of the five named
 * ones, nor the number of a legal character.
 */
export function decodeReferences(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    REFERENCE,
    (reference, decimal?: string, hex?: string, name?: string) => {
      let character: string | undefined;
      if (name !== undefined) character = NAMED_CHARACTERS.get(name);
      else if (decimal !== undefined) character = fromNumber(decimal, 10);
      else if (hex !== undefined) character = fromNumber(hex, 16);
      if (character !== undefined) return character;
      throw new NotWellFormedError("a legal reference", reference);
    },
  );
}

function fromNumber(digits: string, radix: number): string | undefined {
  const code = parseInt(digits, radix);
  if (code > 0x10FFFF) return undefined;
  const character = String.fromCodePoint(code);
  return ILLEGAL_CHARACTER.test(character) ? undefined : character;
}

/**
 * Writes text so that it can stand between two tags or two double quotes.
 *
 * @param text The text.
 * @returns The text, with references in place of what would end it.
 */
export function escapeText(text: string): string {
  if (!/[&<>"]/.test(text)) return text;
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/**
 * The start of what stands at some place of a text.
 *
 * @param text The text.
 * @param at The place, from 0.
 * @returns At most 60 characters from there.
 */
export function cut(text: string, at: number): string {
  return text.slice(at, at + 60);
}
