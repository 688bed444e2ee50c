/**
 * Documents, damaged at random.
 *
 * @module
 */

import { type Choices, pick, strays } from "../helpers/client/choices.ts";
import {
  attributes,
  bytesOf,
  elements,
  type Part,
  partOf,
  replaced,
  swapped,
  tags,
} from "./bytes.ts";
import { TOKENS } from "./tokens.ts";
import { TRAPS } from "./traps.ts";

/** A way to damage bytes, with others to take parts from. */
export type Mutation = (
  bytes: string,
  choices: Choices,
  other: string,
) => string;

/** Documents do not grow any further than this, in bytes. */
const LONGEST = 2 ** 17;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, choices) {
    const at = choices.below(bytes.length);
    const flipped = bytes.charCodeAt(at) ^ (1 << choices.below(8));
    return replaced(bytes, [at, 1], String.fromCharCode(flipped));
  },
  function setByte(bytes, choices) {
    const byte = String.fromCharCode(choices.below(256));
    return replaced(bytes, [choices.below(bytes.length), 1], byte);
  },
  function changeDigit(bytes, choices) {
    const at = choices.below(bytes.length);
    const size = bytes.slice(at).search(/[0-9]/);
    if (size < 0) return bytes;
    return replaced(bytes, [at + size, 1], String(choices.below(10)));
  },
  function cutShort(bytes, choices) {
    return bytes.slice(0, choices.below(bytes.length));
  },
  function deleteRange(bytes, choices) {
    return replaced(bytes, range(bytes, choices), "");
  },
  function duplicateRange(bytes, choices) {
    const part = range(bytes, choices);
    const times = pick(choices, [1, 1, 1, 2, 100]);
    return replaced(bytes, [part[0], 0], partOf(bytes, part).repeat(times));
  },
  function swapRanges(bytes, choices) {
    return swapped(bytes, range(bytes, choices), range(bytes, choices));
  },
  function insertToken(bytes, choices) {
    const at = choices.below(bytes.length + 1);
    return replaced(bytes, [at, 0], bytesOf(pick(choices, TOKENS)));
  },
  function insertTokenBesideTag(bytes, choices) {
    const [from, size] = pick(choices, tags(bytes));
    const at = from + pick(choices, [0, size, size - 1]);
    return replaced(bytes, [at, 0], bytesOf(pick(choices, TOKENS)));
  },
  function insertControl(bytes, choices) {
    const control = String.fromCharCode(
      pick(choices, [0, 1, 8, 11, 12, 31, 127]),
    );
    return replaced(bytes, [choices.below(bytes.length + 1), 0], control);
  },
  function duplicateTag(bytes, choices) {
    const part = pick(choices, tags(bytes));
    return replaced(bytes, [part[0], 0], partOf(bytes, part));
  },
  function deleteTag(bytes, choices) {
    return replaced(bytes, pick(choices, tags(bytes)), "");
  },
  function swapTags(bytes, choices) {
    const found = tags(bytes);
    return swapped(bytes, pick(choices, found), pick(choices, found));
  },
  function repeatAttribute(bytes, choices) {
    const found = attributes(bytes);
    const part = pick(choices, found);
    const [to] = pick(choices, strays(choices, 2) ? found : [part]);
    return replaced(bytes, [to, 0], partOf(bytes, part));
  },
  function deleteAttribute(bytes, choices) {
    return replaced(bytes, pick(choices, attributes(bytes)), "");
  },
  function deleteElement(bytes, choices) {
    return replaced(bytes, pick(choices, elements(bytes)), "");
  },
  function swapElements(bytes, choices) {
    const found = elements(bytes);
    return swapped(bytes, pick(choices, found), pick(choices, found));
  },
  function moveElement(bytes, choices) {
    const part = pick(choices, elements(bytes));
    const rest = strays(choices, 2) ? replaced(bytes, part, "") : bytes;
    const [to] = pick(choices, tags(rest));
    return replaced(rest, [to, 0], partOf(bytes, part));
  },
  function takeElement(bytes, choices, other) {
    const part = pick(choices, elements(bytes));
    const by = partOf(other, pick(choices, elements(other)));
    return replaced(bytes, part, by);
  },
  function spliceDocuments(bytes, choices, other) {
    const [end, endSize] = pick(choices, tags(bytes));
    const [start] = pick(choices, tags(other));
    return bytes.slice(0, end + endSize) + other.slice(start);
  },
];

/**
 * Damages a document, one to four times over.
 *
 * @param document The document, one character for each byte.
 * @param other Another one, to take parts from.
 * @param choices How to damage it.
 * @returns The bytes, which may still be a document.
 */
export function mutate(
  document: string,
  other: string,
  choices: Choices,
): string {
  let bytes = document;
  for (let left = pick(choices, [1, 1, 2, 4]); left > 0; left--) {
    if (bytes.length === 0) break;
    const among = strays(choices, 3) ? TRAPS : MUTATIONS;
    bytes = pick(choices, among)(bytes, choices, other).slice(0, LONGEST);
  }
  return bytes;
}

function range(bytes: string, choices: Choices): Part {
  const most = pick(choices, [1, 4, 16, 200]);
  return [choices.below(bytes.length), 1 + choices.below(most)];
}
