/**
 * Documents, damaged at random.
 *
 * @module
 */

import { type Choices, pick, strays } from "./choices.ts";

/** What tends to mislead a reader of XML, wherever it stands. */
const TOKENS = [
  "<![CDATA[",
  "]]>",
  "<![CDATA[ ]]>",
  "<![CDATA[]]]]><![CDATA[>]]>",
  "&#0;",
  "&#9;",
  "&#13;",
  "&#160;",
  "&#x1F600;",
  "&#x110000;",
  "&#99999999999;",
  "&#xD800;",
  "&#X41;",
  "&#;",
  "&amp;",
  "&lt;",
  "&amp;lt;",
  "&nbsp;",
  "&",
  "<",
  ">",
  "</",
  "/>",
  "/",
  "<!DOCTYPE",
  "<!DOCTYPE a>",
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  "<!--",
  "-->",
  "--",
  "<!-- a -->",
  "<!--->",
  "<?pi?>",
  "<?xml version='1.0'?>",
  "?>",
  ' xmlns:a=""',
  ' xmlns=""',
  ' xmlns=" "',
  ' xmlns="urn:other"',
  ' xmlns="http://api.callfire.com/data"',
  ' xmlns:r="http://api.callfire.com/data"',
  ' xmlns:a="urn:a" xmlns:b="urn:a" a:c="" b:c=""',
  ' xmlns:a="urn:a" xmlns:b=" urn:a " a:c="" b:c=""',
  ' xmlns:xml="http://www.w3.org/XML/1998/namespace"',
  ' xmlns:a="http://www.w3.org/XML/1998/namespace"',
  ' xmlns:xmlns="http://www.w3.org/2000/xmlns/"',
  ' xml:space="preserve"',
  ' a="1"',
  ' a="1" a="2"',
  " a=1",
  ' a="<"',
  ' id="1"',
  ":",
  "=",
  '"',
  "'",
  " ",
  "\n",
  "\r",
  "0",
  "-",
  "+",
  "E1",
  "a",
  "Z",
  "<a/>",
  "<a></a>",
  "<a>b</a>",
  "<a:b/>",
  "<:a/>",
  "<1/>",
  "<__proto__/>",
  "<Status>VOID</Status>",
  "\u00a0",
  "\u0085",
  "\ufeff",
  "\u200b",
  "\ufffe",
  "é",
  "😀",
  "\u0301",
];

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("latin1");

type Bytes = number[];
type Mutation = (bytes: Bytes, choices: Choices, other: Bytes) => Bytes;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, choices) {
    const at = choices.below(bytes.length);
    return replaced(bytes, at, 1, [bytes[at]! ^ (1 << choices.below(8))]);
  },
  function setByte(bytes, choices) {
    return replaced(bytes, choices.below(bytes.length), 1, [
      choices.below(256),
    ]);
  },
  function changeDigit(bytes, choices) {
    const digits = [...bytes.keys()].filter((at) => isDigit(bytes[at]!));
    if (digits.length === 0) return bytes;
    return replaced(bytes, pick(choices, digits), 1, [
      0x30 + choices.below(10),
    ]);
  },
  function deleteRange(bytes, choices) {
    const [from, size] = range(bytes, choices);
    return replaced(bytes, from, size, []);
  },
  function duplicateRange(bytes, choices) {
    const [from, size] = range(bytes, choices);
    return replaced(bytes, from, 0, bytes.slice(from, from + size));
  },
  function swapRanges(bytes, choices) {
    const [from, size] = range(bytes, choices);
    return swapped(bytes, [from, size], range(bytes, choices));
  },
  function insertToken(bytes, choices) {
    return inserted(bytes, choices, [...ENCODER.encode(pick(choices, TOKENS))]);
  },
  function insertTokenBesideTag(bytes, choices) {
    const [from, size] = pick(choices, tags(bytes));
    const token = [...ENCODER.encode(pick(choices, TOKENS))];
    return replaced(bytes, from + pick(choices, [0, size, size - 1]), 0, token);
  },
  function insertControl(bytes, choices) {
    return inserted(bytes, choices, [
      pick(choices, [0, 1, 8, 11, 12, 31, 127]),
    ]);
  },
  function duplicateTag(bytes, choices) {
    const [from, size] = pick(choices, tags(bytes));
    return replaced(bytes, from, 0, bytes.slice(from, from + size));
  },
  function deleteTag(bytes, choices) {
    return replaced(bytes, ...pick(choices, tags(bytes)), []);
  },
  function swapTags(bytes, choices) {
    const found = tags(bytes);
    return swapped(bytes, pick(choices, found), pick(choices, found));
  },
  function repeatAttribute(bytes, choices) {
    const found = attributes(bytes);
    const [from, size] = pick(choices, found);
    const [to] = pick(choices, strays(choices, 2) ? found : [[from, size]]);
    return replaced(bytes, to, 0, bytes.slice(from, from + size));
  },
  function deleteAttribute(bytes, choices) {
    return replaced(bytes, ...pick(choices, attributes(bytes)), []);
  },
  function moveElement(bytes, choices) {
    const [from, size] = pick(choices, elements(bytes));
    const element = bytes.slice(from, from + size);
    const rest = strays(choices, 2) ? replaced(bytes, from, size, []) : bytes;
    const [to] = pick(choices, tags(rest));
    return replaced(rest, to, 0, element);
  },
  function spliceDocuments(bytes, choices, other) {
    const [end, endSize] = pick(choices, tags(bytes));
    const [start] = pick(choices, tags(other));
    return [...bytes.slice(0, end + endSize), ...other.slice(start)];
  },
];

/**
 * Damages a document, one to four times over.
 *
 * @param document The document.
 * @param other Another one, to take parts from.
 * @param choices How to damage it.
 * @returns The bytes, which may still be a document.
 */
export function mutate(
  document: string,
  other: string,
  choices: Choices,
): Uint8Array {
  const donor = [...ENCODER.encode(other)];
  let bytes = [...ENCODER.encode(document)];
  for (let left = 1 + choices.below(4); left > 0; left--) {
    if (bytes.length === 0) break;
    bytes = pick(choices, MUTATIONS)(bytes, choices, donor);
  }
  return new Uint8Array(bytes);
}

function replaced(bytes: Bytes, at: number, size: number, by: Bytes): Bytes {
  return [...bytes.slice(0, at), ...by, ...bytes.slice(at + size)];
}

function inserted(bytes: Bytes, choices: Choices, what: Bytes): Bytes {
  return replaced(bytes, choices.below(bytes.length + 1), 0, what);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Where a part starts and how many bytes it has. */
type Part = readonly [from: number, size: number];

function range(bytes: Bytes, choices: Choices): Part {
  const most = pick(choices, [1, 4, 16, 200]);
  return [choices.below(bytes.length), 1 + choices.below(most)];
}

function swapped(bytes: Bytes, one: Part, other: Part): Bytes {
  const [first, second] = one[0] < other[0] ? [one, other] : [other, one];
  const start = first[0] + first[1];
  if (second[0] < start) return bytes;
  return [
    ...bytes.slice(0, first[0]),
    ...bytes.slice(second[0], second[0] + second[1]),
    ...bytes.slice(start, second[0]),
    ...bytes.slice(first[0], start),
    ...bytes.slice(second[0] + second[1]),
  ];
}

function tags(bytes: Bytes): Part[] {
  return parts(bytes, /<[^<>]*>/g);
}

function attributes(bytes: Bytes): Part[] {
  return parts(bytes, /[ \t\r\n]+[^ \t\r\n<>="']+="[^"<>]*"/g);
}

/** Elements that hold no others. */
function elements(bytes: Bytes): Part[] {
  return parts(bytes, /<([^<>/ ]+)[^<>]*(?:\/>|>[^<]*<\/\1 *>)/g);
}

function parts(bytes: Bytes, pattern: RegExp): Part[] {
  const text = DECODER.decode(new Uint8Array(bytes));
  const found = [...text.matchAll(pattern)]
    .map((match): Part => [match.index, match[0].length]);
  return found.length > 0 ? found : [[0, 0]];
}
