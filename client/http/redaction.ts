/**
 * The credentials, and the care that they appear nowhere else than in the
 * request.
 *
 * @module
 */

import { decodings, toByteString, TooLongError } from "./decodings.ts";

/** What is said in place of a text that holds the credentials. */
const WITHHELD = "(not shown: it holds the credentials)";

/** What is said in place of a text of which that cannot be known. */
const UNCHECKED = "(not shown: too long to be checked for the credentials)";

/** What stands in place of an order's status that holds the credentials. */
const REDACTED_STATUS = "REDACTED";

/** What stands in place of an order's item that holds them; it is never one. */
const REDACTED_ITEM = "(redacted)";

/** A shorter credential is in so many texts that none could be shown. */
const MIN_CREDENTIAL_LENGTH = 4;

/** A password that CallFire might as well sell: keywords or numbers. */
const ITEM_LIKE = /^(?:[A-Z ]{1,16}|[0-9 ]{1,16})$/;

/** How many characters of items are checked at once. */
const ITEMS_CHECKED_AT_ONCE = 2 ** 16;

/** The longest excerpt of a foreign text in an error, in characters. */
const MAX_EXCERPT_LENGTH = 60;

/** The credentials of one account. */
export class Secrets {
  /** The value of the Authorization header. */
  readonly #authorization: string;
  /** What is looked for in texts, once they are decoded. */
  readonly #forms: readonly string[];
  /** The password, if it could be an item of an order as well. */
  readonly #itemLike: string | undefined;

  /**
   * Takes the credentials in.
   *
   * @param login The login, without a colon.
   * @param password The password.
   */
  constructor(login: string, password: string) {
    const pair = `${login}:${password}`;
    this.#authorization = `Basic ${toBase64(pair)}`;
    // The base64 of a credential that is too short to be looked for itself.
    const base64 = [pair, password]
      .map((text) => toBase64(text).replace(/=+$/, ""));
    this.#forms = [
      ...[pair, password, ...base64].filter((text) =>
        [...text].length >= MIN_CREDENTIAL_LENGTH
      ).flatMap(charsetForms),
    ];
    this.#itemLike = ITEM_LIKE.test(password) ? password : undefined;
  }

  /** The value of the Authorization header: Basic, in UTF-8. */
  get authorization(): string {
    return this.#authorization;
  }

  /**
   * Tells whether a text holds the credentials, plain or encoded.
   *
   * @param text The text, or its bytes.
   * @returns Whether it does.
   * @throws {TooLongError} If the text is too long to be decoded in every way.
   */
  appearIn(text: string | Uint8Array): boolean {
    for (const decoded of decodings(toByteString(text))) {
      if (this.#forms.some((form) => decoded.includes(form))) return true;
    }
    return false;
  }

  /**
   * Makes a text fit to be shown.
   *
   * @param text The text.
   * @param whole What it was cut from, which decides whether it may be shown.
   * @returns The text, or a note in its place if it holds the credentials.
   */
  redact(text: string, whole?: string | Uint8Array): string {
    return this.#noteAbout(text, whole) ?? text;
  }

  /**
   * Quotes the start of a text that came with an answer.
   *
   * @param text The text.
   * @param whole What it was cut from, which decides whether it may be shown.
   * @returns At most 60 characters in quotes, with all control characters
   * escaped.
   */
  excerpt(text: string, whole?: string | Uint8Array): string {
    const note = this.#noteAbout(text, whole);
    if (note !== undefined) return note;
    const isLonger = text.length > MAX_EXCERPT_LENGTH;
    const start = JSON.stringify(text.slice(0, MAX_EXCERPT_LENGTH))
      .replace(
        /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g,
        (character) =>
          `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
    return isLonger ? `${start.slice(0, -1)}…"` : start;
  }

  /**
   * Redacts the status of an order if it holds the credentials.
   *
   * @param status The status, which is none that CallFire documents.
   * @returns The status, or `REDACTED`.
   */
  redactStatus(status: string): string {
    return this.#isToRedact(status) ? REDACTED_STATUS : status;
  }

  /**
   * Redacts the items of an order that hold the credentials. A password of
   * capital letters or of digits only cannot be told from a keyword or a number
   * that was bought: an item that holds it plain is left as it is.
   *
   * @param items The numbers or keywords that were bought.
   * @returns As many items: each as it was, or `(redacted)`.
   */
  redactItems(items: string[]): string[] {
    const result: string[] = [];
    while (result.length < items.length) {
      const some: string[] = [];
      for (let size = 0; size < ITEMS_CHECKED_AT_ONCE;) {
        const item = items[result.length + some.length];
        if (item === undefined) break;
        some.push(item);
        size += item.length + 1;
      }
      result.push(...this.#redactSome(some));
    }
    return result;
  }

  /**
   * Makes the error beneath another one fit to be kept as its cause.
   *
   * @param cause The error, or whatever was thrown.
   * @returns The same, or `undefined` if it holds the credentials.
   */
  cause(cause: unknown): unknown {
    try {
      const texts = [everythingIn(cause), ...bytesIn(cause)];
      return texts.some((text) => this.appearIn(text)) ? undefined : cause;
    } catch {
      // It is too long, or does not let itself be looked at.
      return undefined;
    }
  }

  /** What to say in place of a text that must not be shown. */
  #noteAbout(text: string, whole?: string | Uint8Array): string | undefined {
    try {
      const isHeld = this.appearIn(text) ||
        (whole !== undefined && this.appearIn(whole));
      return isHeld ? WITHHELD : undefined;
    } catch (error) {
      if (error instanceof TooLongError) return UNCHECKED;
      throw error;
    }
  }

  #redactSome(items: string[]): string[] {
    // Most often there is nothing to redact, which is seen faster for many.
    const suspects = items.filter((item) => !this.#isItemLike(item));
    if (!this.#isToRedact(suspects.join(" "))) return items;
    const redacted = items.map((item) =>
      this.#isToRedact(item) ? REDACTED_ITEM : item
    );
    // A password with a space in it is parted into items.
    const isParted = this.#itemLike === undefined &&
      this.#isToRedact(redacted.join(" "));
    return isParted ? items.map(() => REDACTED_ITEM) : redacted;
  }

  #isItemLike(value: string): boolean {
    return this.#itemLike !== undefined && value.includes(this.#itemLike);
  }

  #isToRedact(value: string): boolean {
    return !this.#isItemLike(value) && this.#noteAbout(value) !== undefined;
  }
}

/** All that a log might show of a value: fields and causes, however deep. */
function everythingIn(value: unknown): string {
  return Deno.inspect(value, {
    depth: Infinity,
    iterableLimit: Infinity,
    strAbbreviateSize: Infinity,
    showHidden: true,
    getters: true,
  });
}

/** All bytes in a value, such as those of an answer that Node cannot parse. */
function bytesIn(value: unknown, seen = new Set<unknown>()): Uint8Array[] {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteLength, byteOffset } = value;
    return [new Uint8Array(buffer, byteOffset, byteLength)];
  }
  if (value instanceof ArrayBuffer) return [new Uint8Array(value)];
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  return Object.values(Object.getOwnPropertyDescriptors(value))
    .flatMap((property) => bytesIn(property.value, seen));
}

/** The bytes of a text as servers may write them: in UTF-8 or Latin-1. */
function charsetForms(text: string): string[] {
  const spellings = new Set([
    text,
    text.normalize("NFC"),
    text.normalize("NFD"),
  ]);
  return [...spellings].flatMap((spelling) =>
    /[^\0-\xff]/.test(spelling)
      ? [toByteString(spelling)]
      : [toByteString(spelling), spelling]
  );
}

function toBase64(text: string): string {
  return btoa(toByteString(text));
}
