/**
 * Checks the bytes of JSON before it is parsed. Parsing deep or very many small
 * parts takes long, and the daemon does nothing else meanwhile.
 *
 * @module
 */

/** How deep arrays and objects may be nested. */
const MAX_DEPTH = 32;

/**
 * How many keys and values there may be, roughly: 10,000 orders with labels
 * take half of it.
 */
const MAX_PARTS = 100_000;

/** How many characters a number may have. */
const MAX_NUMBER_LENGTH = 40;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How each byte outside a string changes the depth. */
const DEPTH_CHANGES = new Int8Array(256);
/** Whether a byte outside a string begins a key or a value. */
const IS_PART = new Uint8Array(256);
/** Whether a byte outside a string can be part of a number. */
const IS_NUMBER = new Uint8Array(256);
for (const character of "[{") DEPTH_CHANGES[character.charCodeAt(0)] = 1;
for (const character of "]}") DEPTH_CHANGES[character.charCodeAt(0)] = -1;
for (const character of "[{,:") IS_PART[character.charCodeAt(0)] = 1;
for (const character of "0123456789+-.eE") {
  IS_NUMBER[character.charCodeAt(0)] = 1;
}

/** Checks JSON chunk by chunk, as it arrives. */
export class JsonScan {
  #depth = 0;
  #parts = 0;
  #isInString = false;
  #isEscaped = false;
  #number = "";

  /**
   * Checks the next chunk. What is not JSON may pass.
   *
   * @param bytes The chunk, in UTF-8.
   * @returns What is wrong with it; `undefined` for nothing.
   */
  next(bytes: Uint8Array): string | undefined {
    const { length } = bytes;
    for (let index = 0; index < length; index++) {
      const byte = bytes[index]!;
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
        continue;
      }
      if (IS_NUMBER[byte]) {
        this.#number += String.fromCharCode(byte);
        if (this.#number.length <= MAX_NUMBER_LENGTH) continue;
        return `the number ${this.#number}… is too long`;
      }
      if (this.#number !== "") {
        if (!isExact(this.#number)) {
          return `the number ${this.#number} is not exact: send it as a string`;
        }
        this.#number = "";
      }
      this.#isInString = byte === QUOTE;
      this.#depth += DEPTH_CHANGES[byte]!;
      this.#parts += IS_PART[byte]!;
      if (this.#depth > MAX_DEPTH) {
        return `it is nested more than ${MAX_DEPTH} levels deep`;
      }
      if (this.#parts > MAX_PARTS) {
        return `it has more than ${MAX_PARTS} keys and values`;
      }
    }
    return undefined;
  }
}

/** Whether a number is read as just what is written. */
function isExact(text: string): boolean {
  const number = Number(text);
  // For example the `e` of `true`, which is no number.
  return Number.isNaN(number) ||
    significantDigits(text) === significantDigits(String(number));
}

function significantDigits(number: string): string {
  return number.replace(/e.*/i, "").replace(".", "")
    .replace(/^[+-]?0*/, "").replace(/0+$/, "");
}
