/**
 * Reads an order with another XML parser and with rules of its own, to compare
 * with what the client reads. Nothing of the client's code is used here.
 *
 * @module
 */

import { SaxesParser } from "saxes";
import type {
  NumberOrder,
  NumberOrderItem,
} from "../../../client/number_order.ts";

/** An element, as the other parser sees it. */
export interface Tree {
  /** Its namespace and its name: `{namespace}name`. */
  name: string;
  /** The attributes that bear no prefix. */
  attributes: Map<string, string>;
  /** All text directly within it. */
  text: string;
  /** Its children. */
  children: Tree[];
}

/** The most that a document may have, though XML knows no such bounds. */
const MAX_DEPTH = 64;
const MAX_NODES = 10_000;
const MAX_NAME_LENGTH = 256;

/** Encodings in which the bytes of ASCII mean ASCII. */
const LIKE_ASCII = /^((us-)?ascii|iso-8859-\d+|windows-125\d)$/;

/**
 * Parses a document. White space before its XML declaration is taken off: it is
 * all that the client reads though it is not well formed.
 *
 * @param text The document.
 * @param object Is told of what is well formed, but in no answer of CallFire.
 * @returns Its root element.
 * @throws {Error} If it is not well formed.
 */
export function parseWithSaxes(
  text: string,
  object: (objection: string) => void = () => {},
): Tree {
  const document = newTree("");
  const open = [document];
  let nodes = 0;
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on("xmldecl", ({ version, encoding = "utf-8" }) => {
    if (version !== "1.0") object("another version");
    const name = encoding.toLowerCase();
    if (name === "utf-8" || name === "utf8") return;
    if (!LIKE_ASCII.test(name) || !/^\ufeff?[\0-\x7f]*$/.test(text)) {
      object("another encoding");
    }
  });
  parser.on("doctype", () => object("a document type"));
  parser.on("processinginstruction", ({ target, body }) => {
    if ([...target].length > MAX_NAME_LENGTH) object("a long name");
    // The parser takes a question mark for the end of a target.
    if (body.startsWith("?") && /<\?[^\s?]+\?(?!>)/.test(text)) {
      object("a target that goes on");
    }
  });
  parser.on("opentag", (tag) => {
    const tree = newTree(`{${tag.uri}}${tag.local}`);
    const attributes = Object.values(tag.attributes);
    for (const { prefix, local, value } of attributes) {
      if (prefix === "") tree.attributes.set(local, value);
    }
    for (const { name, prefix, value } of attributes) {
      const isDeclaration = name === "xmlns" || prefix === "xmlns";
      if (isDeclaration && value !== value.trim()) object("a padded namespace");
    }
    for (const { prefix, local } of [tag, ...attributes]) {
      if (Math.max([...prefix].length, [...local].length) > MAX_NAME_LENGTH) {
        object("a long name");
      }
      // The parser looks at the start of a name, but not beyond the prefix.
      if (/^[-.0-9\u00b7\u0300-\u036f\u203f\u2040]/.test(local)) {
        object("a name that begins wrongly");
      }
    }
    nodes += 1 + attributes.length;
    if (nodes > MAX_NODES) object("many nodes");
    if (open.length > MAX_DEPTH) object("deep nesting");
    open.at(-1)!.children.push(tree);
    open.push(tree);
  });
  parser.on("closetag", () => void open.pop());
  parser.on("text", (text) => void (open.at(-1)!.text += text));
  parser.on("cdata", (text) => void (open.at(-1)!.text += text));
  parser.write(text.replace(/^(\ufeff?)[ \t\r\n]+(?=<\?xml)/, "$1")).close();
  return document.children[0]!;
}

function newTree(name: string): Tree {
  return { name, attributes: new Map(), text: "", children: [] };
}

/**
 * Reads an order from a parsed document.
 *
 * @param root The document's root element.
 * @param id The id that the order must have.
 * @returns The order.
 * @throws {Error} If it is anything else than this order.
 */
export function readWithSaxes(root: Tree, id: string): NumberOrder {
  demand(root.name === "{http://api.callfire.com/resource}Resource", "root");
  const element = one(root, "NumberOrder");
  const seenId = element.attributes.get("id") ?? "";
  demand(
    wholeNumber(seenId, -(2n ** 63n), 2n ** 63n - 1n).toString() === id,
    "id",
  );
  const status = textOf(one(element, "Status"));
  demand(status.length <= 64 && /^[a-z][\w.-]*$/i.test(status), "Status");
  const order: NumberOrder = {
    id,
    status,
    created: moment(textOf(one(element, "Created"))),
    totalCost: amount(textOf(one(element, "TotalCost"))),
  };
  const localNumbers = item(element, "LocalNumbers");
  const tollFreeNumbers = item(element, "TollFreeNumbers");
  const keywords = item(element, "Keywords");
  return {
    ...order,
    ...(localNumbers ? { localNumbers } : {}),
    ...(tollFreeNumbers ? { tollFreeNumbers } : {}),
    ...(keywords ? { keywords } : {}),
  };
}

function item(parent: Tree, name: string): NumberOrderItem | undefined {
  if (named(parent, name).length === 0) return undefined;
  const element = one(parent, name);
  if (element.children.length === 0 && stripped(element.text) === "") {
    return undefined;
  }
  const ordered = wholeNumber(textOf(one(element, "Ordered")), 0n, 2147483647n);
  const unitCost = amount(textOf(one(element, "UnitCost")));
  const list = named(element, "Fulfilled").length === 0
    ? ""
    : textOf(one(element, "Fulfilled"));
  return {
    ordered: Number(ordered),
    unitCost,
    fulfilled: list.match(/[^ \t\r\n]+/g) ?? [],
  };
}

function named(parent: Tree, name: string): Tree[] {
  const full = `{http://api.callfire.com/data}${name}`;
  return parent.children.filter((child) => child.name === full);
}

function one(parent: Tree, name: string): Tree {
  demand(stripped(parent.text) === "", `no text beside ${name}`);
  const found = named(parent, name);
  demand(found.length === 1, `one ${name}`);
  return found[0]!;
}

function textOf(element: Tree): string {
  demand(element.children.length === 0, `text alone in ${element.name}`);
  return stripped(element.text);
}

function stripped(text: string): string {
  const words = text.split(/[ \t\r\n]/);
  while (words[0] === "") words.shift();
  while (words.at(-1) === "") words.pop();
  return words.join(" ");
}

function wholeNumber(text: string, least: bigint, most: bigint): bigint {
  const digits = stripped(text).replace(/^\+(?=\d)/, "");
  demand(/^-?\d+$/.test(digits), "whole number");
  const value = digits.startsWith("-")
    ? 0n - BigInt(digits.slice(1))
    : BigInt(digits);
  demand(value >= least && value <= most, "range");
  return value;
}

function amount(text: string): number {
  demand(/^[-+]?(\d+|\d+\.\d*|\.\d+)(e[-+]?\d+)?$/i.test(text), "float");
  const value = parseFloat(text);
  demand(Math.abs(value) <= Number.MAX_VALUE, "finite");
  return value;
}

const MOMENT = new RegExp(
  "^(?<year>-?(?:\\d{4}|[1-9]\\d{4,5}))-(?<month>0[1-9]|1[0-2])" +
    "-(?<day>0[1-9]|[12]\\d|3[01])T(?<time>(?:[01]\\d|2[0-3])(?::[0-5]\\d){2}" +
    "|24:00:00(?!\\.0*[1-9]))(?:\\.(?<fraction>\\d+))?" +
    "(?<zone>Z|[-+](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))?$",
);

function moment(text: string): Date {
  const parts = MOMENT.exec(text)?.groups;
  demand(parts, "dateTime");
  const { year, month, day, time, fraction = "", zone = "Z" } = parts;
  const digits = year!.replace("-", "").padStart(6, "0");
  // There is no year -0 in ECMAScript's own format.
  const isBefore = year!.startsWith("-") && digits !== "000000";
  const date = `${isBefore ? "-" : "+"}${digits}-${month}-${day}`;
  const midnight = new Date(`${date}T00:00:00Z`);
  demand(midnight.getUTCDate() === Number(day), "day of the month");
  const thousandths = `${fraction}000`.slice(0, 3);
  const result = new Date(`${date}T${time}.${thousandths}${zone}`);
  demand(!Number.isNaN(result.getTime()), "moment");
  return result;
}

function demand(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`no order: ${what}`);
}
