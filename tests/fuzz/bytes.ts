/**
 * Bytes as a string in which each character stands for one byte: to be cut,
 * searched and put together as fast as text.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** The bytes of a text in UTF-8, one character each. */
export function bytesOf(text: string): string {
  return Buffer.from(text, "utf-8").toString("latin1");
}

/** The bytes themselves. */
export function toBytes(bytes: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(bytes, "latin1"));
}

/** Where a part starts and how many bytes it has. */
export type Part = readonly [from: number, size: number];

/** The bytes with other ones in place of a part. */
export function replaced(bytes: string, [from, size]: Part, by: string) {
  return bytes.slice(0, from) + by + bytes.slice(from + size);
}

/** The bytes of a part. */
export function partOf(bytes: string, [from, size]: Part): string {
  return bytes.slice(from, from + size);
}

/** The bytes with two parts in each other's place, if they do not overlap. */
export function swapped(bytes: string, one: Part, other: Part): string {
  const [first, second] = one[0] < other[0] ? [one, other] : [other, one];
  if (second[0] < first[0] + first[1]) return bytes;
  const moved = replaced(bytes, second, partOf(bytes, first));
  return replaced(moved, first, partOf(bytes, second));
}

/** Tags of any kind. */
export function tags(bytes: string): Part[] {
  return parts(bytes, /<[^<>]*>/g);
}

/** Attributes, with the white space before them. */
export function attributes(bytes: string): Part[] {
  return parts(bytes, /[ \t\r\n]+[^ \t\r\n<>="']+="[^"<>]*"/g);
}

/** Elements that hold no others. */
export function elements(bytes: string): Part[] {
  return parts(bytes, /<([^<>/ ]+)[^<>]*(?:\/>|>[^<]*<\/\1 *>)/g);
}

/** Text between two tags. */
export function texts(bytes: string): Part[] {
  return parts(bytes, /(?<=>)[^<>]*[^<> \t\r\n][^<>]*(?=<)/g);
}

/** The values of attributes, without their quotes. */
export function attributeValues(bytes: string): Part[] {
  return parts(bytes, /(?<==")[^"<>]*(?=")/g);
}

function parts(bytes: string, pattern: RegExp): Part[] {
  const found = [...bytes.matchAll(pattern)]
    .map((match): Part => [match.index, match[0].length]);
  return found.length > 0 ? found : [[0, 0]];
}
