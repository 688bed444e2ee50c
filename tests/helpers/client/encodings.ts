/**
 * The ways in which servers encode text, each with the choices that it leaves.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type Choices, pick, strays } from "./choices.ts";

/** Encodes a text in one of many ways; `undefined` if it cannot. */
export type Encoding = (text: string, choices: Choices) => string | undefined;

/** A hexadecimal number, in digits of any case. */
function hex(code: number, size: number, choices: Choices): string {
  const digits = code.toString(16).padStart(size, "0");
  return pick(choices, [digits, digits.toUpperCase()]);
}

/** Encodes what must be, and of the rest whatever chance has it. */
function encodeSome(
  text: string,
  must: RegExp,
  choices: Choices,
  encode: (character: string) => string,
): string {
  const rarity = pick(choices, [1, 2, 1000]);
  return [...text].map((character) =>
    must.test(character) || strays(choices, rarity)
      ? encode(character)
      : character
  ).join("");
}

function percent(bytes: Uint8Array, choices: Choices): string {
  return [...bytes].map((byte) => `%${hex(byte, 2, choices)}`).join("");
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** All of them, by their names. */
export const ENCODINGS: Readonly<Record<string, Encoding>> = {
  percent: (text, choices) =>
    encodeSome(text, /%/, choices, (one) => percent(utf8(one), choices)),
  form: (text, choices) =>
    encodeSome(
      text,
      /[%+]/,
      choices,
      (one) => one === " " ? "+" : percent(utf8(one), choices),
    ),
  base64: (text, choices) => {
    const before = pick(choices, ["", "x", "xy", "xyz:"]);
    const form = pick(choices, ["base64", "base64url"] as const);
    const padded = Buffer.from(before + text).toString(form);
    return strays(choices, 2) ? padded.replaceAll("=", "") : padded;
  },
  hex: (text, choices) => {
    const digits = Buffer.from(text).toString("hex");
    return pick(choices, [digits, digits.toUpperCase()]);
  },
  JSON: (text, choices) =>
    encodeSome(text, /["\\]/, choices, (one) => {
      const isShort = /["\\/]/.test(one) && strays(choices, 2);
      if (isShort) return `\\${one}`;
      return one.split("").map((unit) =>
        `\\u${hex(unit.charCodeAt(0), 4, choices)}`
      ).join("");
    }),
  XML: (text, choices) =>
    encodeSome(text, /[&<]/, choices, (one) => {
      const code = one.codePointAt(0)!;
      const names: Readonly<Record<string, string>> = { "&": "amp", "<": "lt" };
      return pick(choices, [
        `&#${code};`,
        `&#x${hex(code, 1, choices)};`,
        `&#000${code};`,
        `&${names[one] ?? `#${code}`};`,
      ]);
    }),
};

/** Percent-encodes a text in Latin-1, which can write few texts. */
export const encodeLatin: Encoding = (text, choices) =>
  /[^\0-\xff]/.test(text) ? undefined : encodeSome(
    text,
    /[%\x80-\xff]/,
    choices,
    (one) => percent(Uint8Array.of(one.charCodeAt(0)), choices),
  );
