/**
 * What a text means once it is decoded: each of the encodings that servers put
 * text into, one within the other.
 *
 * Texts are worked on as bytes in UTF-8, one character for each byte, since
 * percent-encoding and base64 encode bytes and do not say of which charset.
 *
 * @module
 */

/** How many encodings may lie one within the other. */
const MAX_DEPTH = 4;

/** The most characters that are looked at for one text, decoded ones too. */
const MAX_CHARACTERS = 2 ** 20;

/** The shortest base64 that is decoded: four bytes, cut out of longer base64. */
const BASE64 = /[A-Za-z0-9+/_-]{6,}/g;

const HEX = /[0-9a-f]{8,}/gi;

const ESCAPE =
  /((?:\\u[0-9a-f]{4})+)|\\u\{([0-9a-f]{1,6})\}|\\x([0-9a-f]{2})|\\([^])/gi;

const CONTROL_CHARACTERS: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

const REFERENCE = /&(?:#([0-9]+)|#x([0-9a-f]+)|(amp|lt|gt|quot|apos));/gi;

const NAMED_CHARACTERS: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** Says that a text takes too long to be decoded in every way. */
export class TooLongError extends Error {}

/**
 * The bytes of a text in UTF-8.
 *
 * @param text The text, or the bytes themselves.
 * @returns The bytes, one character each.
 */
export function toByteString(text: string | Uint8Array): string {
  if (typeof text === "string") {
    if (!/[^\0-\x7f]/.test(text)) return text;
    return toByteString(new TextEncoder().encode(text));
  }
  let bytes = "";
  for (let at = 0; at < text.length; at += 0x2000) {
    bytes += String.fromCharCode(...text.subarray(at, at + 0x2000));
  }
  return bytes;
}

/**
 * All that a text may mean: itself, and what it is once up to four encodings
 * are undone: percent-encoding, with `+` for a space or not; base64 and
 * base64url at any place; hexadecimal bytes; the escapes of JSON and JavaScript;
 * the references of XML; UTF-16 of what Latin-1 can write.
 *
 * @param bytes The text's bytes, one character each.
 * @returns Each of the texts once, those with fewer encodings undone first.
 * @throws {TooLongError} While iterating, if there are too many of them.
 */
export function* decodings(bytes: string): Generator<string> {
  const seen = new Set([bytes]);
  let layer = [bytes];
  let left = MAX_CHARACTERS - bytes.length;
  for (let depth = 0; layer.length > 0; depth++) {
    const next: string[] = [];
    for (const text of layer) {
      yield text;
      if (depth === MAX_DEPTH) continue;
      for (const decode of DECODERS) {
        for (const decoded of decode(text)) {
          if (seen.has(decoded)) continue;
          left -= decoded.length;
          if (left < 0) throw new TooLongError();
          seen.add(decoded);
          next.push(decoded);
        }
      }
    }
    layer = next;
  }
}

const DECODERS: readonly ((text: string) => Iterable<string>)[] = [
  undoPercent,
  (text) => text.includes("+") ? undoPercent(text.replaceAll("+", " ")) : [],
  undoEscapes,
  undoReferences,
  undoBase64,
  undoHex,
  (text) => text.includes("\0") ? [text.replaceAll("\0", "")] : [],
];

function undoPercent(text: string): string[] {
  return [text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => fromHex(hex))];
}

function undoEscapes(text: string): string[] {
  if (!text.includes("\\")) return [];
  return [
    text.replace(
      ESCAPE,
      (_, units?: string, point?: string, byte?: string, other?: string) => {
        if (byte !== undefined) return fromHex(byte);
        if (point !== undefined) return fromCode(parseInt(point, 16));
        if (other !== undefined) return CONTROL_CHARACTERS[other] ?? other;
        return toByteString(
          units!.slice(2).split(/\\u/i).map(fromHex).join(""),
        );
      },
    ),
  ];
}

function undoReferences(text: string): string[] {
  if (!text.includes("&")) return [];
  return [
    text.replace(
      REFERENCE,
      (_, decimal?: string, hex?: string, name?: string) => {
        if (name !== undefined) return NAMED_CHARACTERS[name.toLowerCase()]!;
        return fromCode(
          decimal === undefined ? parseInt(hex!, 16) : parseInt(decimal, 10),
        );
      },
    ),
  ];
}

/** Where base64 begins within other letters is not known: at any of four. */
function* undoBase64(text: string): Generator<string> {
  const runs = text.replace(/[\r\n]+/g, "").match(BASE64);
  if (!runs) return;
  for (let start = 0; start < 4; start++) {
    yield runs.map((run) => {
      const base64 = run.slice(start)
        .replaceAll("-", "+").replaceAll("_", "/");
      // A single character more than fours encodes nothing.
      return atob(base64.length % 4 === 1 ? base64.slice(0, -1) : base64);
    }).join("\n");
  }
}

function* undoHex(text: string): Generator<string> {
  const runs = text.match(HEX);
  if (!runs) return;
  for (let start = 0; start < 2; start++) {
    yield runs.map((run) =>
      run.slice(start).replace(/../g, fromHex).slice(0, run.length >> 1)
    ).join("\n");
  }
}

function fromHex(hex: string): string {
  return String.fromCharCode(parseInt(hex, 16));
}

function fromCode(code: number): string {
  return code > 0x10FFFF ? "" : toByteString(String.fromCodePoint(code));
}
