/**
 * What is known to mislead readers of XML, set into documents.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type Choices, pick, strays } from "../helpers/client/choices.ts";
import {
  attributeValues,
  bytesOf,
  elements,
  partOf,
  replaced,
  tags,
  texts,
} from "./bytes.ts";
import type { Mutation } from "./mutations.ts";
import { VALUES } from "./values.ts";

/** How deep elements are put into others; 64 levels are the limit. */
const DEPTHS = [1, 2, 60, 61, 62, 63, 64, 1000, 5000];

/** How often something is repeated; 10,000 nodes are the limit. */
const COUNTS = [2, 10, 100];
const LARGE_COUNTS = [1000, 9_970, 9_990, 10_000];

/** Bytes that are no UTF-8, or hide a character in more than it takes. */
const FALSE_BYTES = [
  "\xc0\xbc",
  "\xe0\x80\xbc",
  "\xf0\x80\x80\xbc",
  "\xc0\x80",
  "\xed\xa0\x80",
  "\xed\xa0\xbd\xed\xb8\x80",
  "\xf4\x90\x80\x80",
  "\xf8\x88\x80\x80\x80",
  "\x80",
  "\xe9",
  "\xe2\x82",
  "\xfe",
  "\xff",
];

const ENCODINGS = [
  "UTF-16",
  "ISO-8859-1",
  "us-ascii",
  "iso-8859-15",
  "Windows-1252",
  "windows-12520",
  "UTF8",
  "utf-8",
  "",
  "Ütf",
];

const PREFIXES = ["", "a:", "xml:", "xmlns:", "xsi:", "__proto__:", "ns2:"];

const NAMES = [
  "__proto__",
  "constructor",
  "toString",
  "Status",
  "Ordered",
  "Resource",
  "NumberOrder",
  "ResourceException",
  "a".repeat(256),
  "a".repeat(257),
  "-a",
  "1",
  "é",
  "\u{10000}",
  "\u{f0000}",
];

const NAMESPACES = [
  "http://api.callfire.com/data",
  "http://api.callfire.com/resource",
  "http://api.callfire.com/data ",
  "http://api.callfire.com/data/",
  "HTTP://api.callfire.com/data",
  "http://api.callfire.com/dat&#97;",
  "http://api.callfire.com/dat&#x61;\n",
  "http://www.w3.org/XML/1998/namespace",
  "http://www.w3.org/2000/xmlns/",
  "",
  "é",
];

/** Other documents that come with the status 200 now and then. */
const OTHER_DOCUMENTS = [
  "",
  " \r\n",
  "<!DOCTYPE html><html><head><title>503</title></head><body><p>x<br></body></html>",
  "<html><body>Bad Gateway</body></html>",
  '{"Resource":{"NumberOrder":{"@id":"1"}}}',
  '<r:ResourceException xmlns:r="http://api.callfire.com/resource"><r:Message>Not Found</r:Message></r:ResourceException>',
  '<r:Resource xmlns:r="http://api.callfire.com/resource"/>',
  '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
  '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
];

/** Ways to set traps; each may as well leave the document right. */
export const TRAPS: readonly Mutation[] = [
  function setText(bytes, choices) {
    const part = pick(choices, texts(bytes));
    return replaced(bytes, part, aValue(choices, bytes.slice(0, part[0])));
  },
  function setAttribute(bytes, choices) {
    const part = pick(choices, attributeValues(bytes));
    return replaced(bytes, part, aValue(choices));
  },
  function addAround(bytes, choices) {
    const [from, size] = pick(choices, texts(bytes));
    return replaced(
      bytes,
      [from + pick(choices, [0, size]), 0],
      pick(choices, [
        " ",
        "0",
        "-",
        "+",
        ".5",
        ",",
        "\xc2\xa0",
        "\xe2\x80\xa8",
        "\xef\xbb\xbf",
      ]),
    );
  },
  function splitText(bytes, choices) {
    const [from, size] = pick(choices, texts(bytes));
    const by = pick(choices, [
      "<!---->",
      "<!-- a -->",
      "<![CDATA[]]>",
      "<![CDATA[ ]]>",
      "<a/>",
      "<?a?>",
      "&#x20;",
      "&#0;",
    ]);
    return replaced(bytes, [from + choices.below(size + 1), 0], by);
  },
  function toSection(bytes, choices) {
    const part = pick(choices, texts(bytes));
    return replaced(bytes, part, `<![CDATA[${partOf(bytes, part)}]]>`);
  },
  function toReference(bytes, choices) {
    const among = pick(choices, [texts(bytes), attributeValues(bytes)]);
    const [from, size] = pick(choices, among);
    const at = from + choices.below(size);
    const code = bytes.charCodeAt(at) || 0;
    return replaced(
      bytes,
      [at, 1],
      pick(choices, [
        `&#${code};`,
        `&#x${code.toString(16)};`,
        `&#0000000000000000000000${code};`,
        `&#x1${code.toString(16).padStart(8, "0")};`,
        `&#${code}`,
        `&#-${code};`,
      ]),
    );
  },
  function nest(bytes, choices) {
    const part = pick(choices, elements(bytes));
    const depth = pick(choices, strays(choices, 4) ? DEPTHS : [1, 2]);
    const close = strays(choices, 8) ? "" : "</a>".repeat(depth);
    const inner = partOf(bytes, part);
    return replaced(bytes, part, "<a>".repeat(depth) + inner + close);
  },
  function addMany(bytes, choices) {
    const [from, size] = pick(choices, tags(bytes));
    const count = pick(choices, strays(choices, 200) ? LARGE_COUNTS : COUNTS);
    if (strays(choices, 2)) {
      return replaced(bytes, [from + size, 0], "<a/>".repeat(count));
    }
    const names = Array.from({ length: count }, (_, at) => ` a${at}=""`);
    return replaced(bytes, [from + size - 1, 0], names.join(""));
  },
  function rename(bytes, choices) {
    const [from, size] = pick(choices, elements(bytes));
    const element = bytes.slice(from, from + size);
    const name = /^<([^<>/ \t\r\n]+)/.exec(element)?.[1] ?? "a";
    const by = bytesOf(pick(choices, PREFIXES) + pick(choices, NAMES));
    const everywhere = strays(choices, 4) ? bytes : element;
    const renamed = everywhere.replaceAll(`<${name}`, () => `<${by}`)
      .replaceAll(`</${name}`, () => `</${by}`);
    return everywhere === bytes
      ? renamed
      : replaced(bytes, [from, size], renamed);
  },
  function setNamespace(bytes, choices) {
    const found = [...bytes.matchAll(/(?<=xmlns[^=<>]*=["'])[^"'<>]*/g)];
    if (found.length === 0) return bytes;
    const match = pick(choices, found);
    const by = bytesOf(pick(choices, NAMESPACES));
    return replaced(bytes, [match.index, match[0].length], by);
  },
  function renamePrefix(bytes, choices) {
    const to = pick(choices, ["a", "r", "xml", "xmlns", "é", "1", "x", "data"]);
    return bytes.replaceAll(/(?<=<\/?|xmlns:)r(?=[:=])/g, bytesOf(to));
  },
  function falseBytes(bytes, choices) {
    const at = choices.below(bytes.length + 1);
    return replaced(bytes, [at, 0], pick(choices, FALSE_BYTES));
  },
  function encodeOtherwise(bytes, choices) {
    const bom = pick(choices, ["\xff\xfe", "\xfe\xff", "", "\xef\xbb\xbf"]);
    if (strays(choices, 2)) return bom + bytes;
    const wide = Buffer.from(bytes, "utf16le").toString("latin1");
    return bom + wide;
  },
  function declare(bytes, choices) {
    const version = pick(choices, ["1.0", "1.0", "1.1", "2.0", "1.", ""]);
    const encoding = bytesOf(pick(choices, ENCODINGS));
    const declaration = `<?xml version="${version}" encoding="${encoding}"?>`;
    const before = pick(choices, ["", "", "\n", "\r\n \t", "\xef\xbb\xbf\n"]);
    return before + declaration + bytes.replace(/^<\?xml[^?]*\?>/, "");
  },
  function emptyGroup(bytes, choices) {
    const inner = pick(choices, ["", " ", "<!---->", "a", "<a/>", "&#160;"]);
    const group =
      /<([^<> :]*:)?(LocalNumbers|TollFreeNumbers|Keywords)\b[^<>]*>/;
    const [start] = group.exec(bytes) ?? [];
    if (start === undefined || start.endsWith("/>")) return bytes;
    const name = start.slice(1, -1).split(/[ \t\r\n]/)[0]!;
    const from = bytes.indexOf(start);
    const end = bytes.indexOf(`</${name}`, from);
    if (end < 0) return bytes;
    const size = end - from - start.length;
    return replaced(bytes, [from + start.length, size], inner);
  },
  function endLines(bytes, choices) {
    const by = pick(choices, ["\r\n", "\r", "", "&#13;", "\xc2\x85"]);
    return bytes.replaceAll("\n", by);
  },
  function otherDocument(bytes, choices) {
    const other = pick(choices, OTHER_DOCUMENTS);
    return pick(choices, [other, other + bytes, bytes + other]);
  },
];

/** A value, most often of the kind that belongs behind what comes before. */
function aValue(choices: Choices, before = ""): string {
  const [, name = ""] = /([A-Za-z]+)[^<>]*>$/.exec(before.slice(-60)) ?? [];
  const own = strays(choices, 4) ? undefined : VALUES.get(name);
  return bytesOf(pick(choices, own ?? pick(choices, [...VALUES.values()])));
}
