/**
 * The credentials, and the care that they appear nowhere else than in the
 * request.
 *
 * @module
 */

import { escapeText } from "./xml_text.ts";

/** What is said in place of a text that holds the credentials. */
const WITHHELD = "(not shown: it holds the credentials)";

/** The longest excerpt of a foreign text in an error, in characters. */
const LONGEST_EXCERPT = 60;

/** The credentials of one account. */
export class Secrets {
  /** The value of the Authorization header. */
  readonly #authorization: string;
  /** Every form in which they might come back to us. */
  readonly #forms: string[];

  /**
   * Takes the credentials in.
   *
   * @param login The login, without a colon.
   * @param password The password.
   */
  constructor(login: string, password: string) {
    const pair = toBase64(`${login}:${password}`);
    this.#authorization = `Basic ${pair}`;
    // Base64 may come back without its padding, or written for a URL.
    const base64 = [password, `${login}:${password}`]
      .map((text) => toBase64(text).replace(/=+$/, ""));
    this.#forms = [
      password,
      escapeText(password),
      encodeURIComponent(password),
      JSON.stringify(password).slice(1, -1),
      ...base64,
      ...base64.map(encodeURIComponent),
      ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    ];
  }

  /** The value of the Authorization header: Basic, in UTF-8. */
  get authorization(): string {
    return this.#authorization;
  }

  /**
   * Tells whether a text holds the credentials, plain or encoded.
   *
   * @param text The text.
   * @returns Whether it does.
   */
  appearIn(text: string): boolean {
    return this.#forms.some((form) => text.includes(form));
  }

  /**
   * Makes a text fit to be shown.
   *
   * @param text The text.
   * @param whole The text that it was cut from, which decides whether it may
   * be shown.
   * @returns The text, or a note in its place if it holds the credentials.
   */
  withhold(text: string, whole: string = text): string {
    return this.appearIn(whole) || this.appearIn(text) ? WITHHELD : text;
  }

  /**
   * Quotes the start of a text that came with an answer.
   *
   * @param text The text.
   * @param whole The text that it was cut from, which decides whether it may
   * be shown.
   * @returns At most 60 characters in quotes, with all control characters
   * escaped.
   */
  excerpt(text: string, whole: string = text): string {
    if (this.appearIn(whole) || this.appearIn(text)) return WITHHELD;
    const isLonger = text.length > LONGEST_EXCERPT;
    const start = JSON.stringify(text.slice(0, LONGEST_EXCERPT))
      .replace(
        /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g,
        (character) =>
          `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
    return isLonger ? `${start.slice(0, -1)}…"` : start;
  }

  /**
   * Makes the error beneath another one fit to be kept as its cause.
   *
   * @param cause The error, or whatever was thrown.
   * @returns The same, or `undefined` if it holds the credentials.
   */
  cause(cause: unknown): unknown {
    try {
      return this.appearIn(everythingIn(cause)) ? undefined : cause;
    } catch {
      // It does not let itself be looked at.
      return undefined;
    }
  }
}

/** All that a log might show of a value: fields and causes, however deep. */
function everythingIn(value: unknown): string {
  const shown = Deno.inspect(value, {
    depth: Infinity,
    iterableLimit: Infinity,
    strAbbreviateSize: Infinity,
    showHidden: true,
    getters: true,
  });
  // It doubles the backslashes of a string, which a credential may hold.
  return shown + shown.replaceAll("\\\\", "\\");
}

function toBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
