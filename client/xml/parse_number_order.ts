/**
 * From the bytes of an answer to an order or to the message of a fault.
 *
 * @module
 */

// @ts-types="./xml_library.d.ts"
import { parse } from "npm:@lowlighter/xml@6.0.1/parse";
import { MalformedResponseError } from "../errors.ts";
import {
  type NumberOrder,
  type NumberOrderItem,
  ORDER_STATUSES,
} from "../number_order.ts";
import {
  parseAmount,
  parseDateTime,
  parseLong,
  parseStatus,
  readCount,
  readList,
} from "./schema_values.ts";
import type { Secrets } from "../http/redaction.ts";
import { MIXED_TEXT, normalForm } from "./well_formed.ts";
import { NotWellFormedError } from "./xml_text.ts";

const PREFIXES: ReadonlyMap<string, string> = new Map([
  ["http://api.callfire.com/data", "data"],
  ["http://api.callfire.com/resource", "resource"],
]);

/** An element as the library gives it: its attributes, text and children. */
type Element = Readonly<Record<string, unknown>>;

/** Says what an answer should have held and what it held instead. */
class Mismatch extends Error {
  constructor(readonly expected: string, readonly seen: string) {
    super(expected);
  }
}

/**
 * Reads an order from an answer.
 *
 * @param body The answer's body.
 * @param id The id of the order that was asked for.
 * @param secrets What the error's text must not hold.
 * @returns The order, whole.
 * @throws {MalformedResponseError} If the body is anything else than a
 * well-formed document that holds this order with every value as the schema
 * wants it.
 */
export function parseNumberOrder(
  body: Uint8Array,
  id: string,
  secrets: Secrets,
): NumberOrder {
  let text = "";
  try {
    text = decode(body);
    return readOrder(readTree(text), id, secrets);
  } catch (error) {
    const [expected, seen] = error instanceof Mismatch ||
        error instanceof NotWellFormedError
      ? [error.expected, error.seen]
      : ["a document that can be read", text];
    const shown = seen === "" ? "nothing" : secrets.excerpt(seen, body);
    throw new MalformedResponseError(
      `Cannot read the answer about order '${id}': expected ${expected}, ` +
        `but saw ${shown}`,
      { status: 200 },
    );
  }
}

/**
 * Reads what CallFire says of a fault.
 *
 * @param body The answer's body.
 * @returns The message of a `ResourceException`; `undefined` if the body is
 * anything else.
 */
export function parseServerMessage(body: Uint8Array): string | undefined {
  try {
    const exception = child(readTree(decode(body)), EXCEPTION);
    const message = leaf(exception, "resource:Message").trim();
    return message === "" ? undefined : message;
  } catch {
    return undefined;
  }
}

const EXCEPTION = "resource:ResourceException";

function decode(body: Uint8Array): string {
  if (body.length === 0) throw new Mismatch("an XML document", "");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new Mismatch("text in UTF-8", new TextDecoder().decode(body));
  }
}

/** The document as a tree; the one place where the library is called. */
function readTree(text: string): Element {
  const options = { revive: { trim: false, entities: true } };
  return parse(normalForm(text, PREFIXES), options) as Element;
}

function readOrder(
  document: Element,
  id: string,
  secrets: Secrets,
): NumberOrder {
  if (Object.hasOwn(document, EXCEPTION)) {
    const exception = document[EXCEPTION];
    const message = isElement(exception)
      ? exception["resource:Message"]
      : undefined;
    throw new Mismatch(
      "an order, not a fault under the status 200",
      typeof message === "string" ? message : "a ResourceException",
    );
  }
  const order = child(child(document, "resource:Resource"), "data:NumberOrder");

  const seenId = order["@id"];
  if (typeof seenId !== "string" || parseLong(seenId) !== BigInt(id)) {
    throw new Mismatch(
      `a NumberOrder with the id '${id}'`,
      typeof seenId === "string" ? seenId : "no id",
    );
  }
  const status = value(order, "data:Status", parseStatus, "a status");
  const result: NumberOrder = {
    id,
    status: isKnownStatus(status) ? status : secrets.redactStatus(status),
    created: value(order, "data:Created", parseDateTime, "a dateTime"),
    totalCost: value(order, "data:TotalCost", parseAmount, "an amount"),
  };
  const localNumbers = readItem(order, "data:LocalNumbers", secrets);
  if (localNumbers) result.localNumbers = localNumbers;
  const tollFreeNumbers = readItem(order, "data:TollFreeNumbers", secrets);
  if (tollFreeNumbers) result.tollFreeNumbers = tollFreeNumbers;
  const keywords = readItem(order, "data:Keywords", secrets);
  if (keywords) result.keywords = keywords;
  return result;
}

function readItem(
  order: Element,
  name: string,
  secrets: Secrets,
): NumberOrderItem | undefined {
  if (!Object.hasOwn(order, name) || isEmpty(only(order, name))) {
    return undefined;
  }
  const item = child(order, name);
  return {
    ordered: value(
      item,
      "data:Ordered",
      readCount,
      "a whole number from 0 to 2147483647",
    ),
    unitCost: value(item, "data:UnitCost", parseAmount, "an amount"),
    fulfilled: Object.hasOwn(item, "data:Fulfilled")
      ? secrets.redactItems(readList(leaf(item, "data:Fulfilled")))
      : [],
  };
}

/** The value of a required element that holds nothing but text. */
function value<T>(
  parent: Element,
  name: string,
  read: (text: string) => T | undefined,
  what: string,
): T {
  const text = leaf(parent, name);
  const result = read(text);
  if (result === undefined) {
    throw new Mismatch(`${what} in <${localName(name)}>`, text);
  }
  return result;
}

/** The one child of a name, which holds elements. */
function child(parent: Element, name: string): Element {
  const found = only(parent, name);
  if (isElement(found)) return unmixed(found, name);
  throw new Mismatch(
    `elements in <${localName(name)}>`,
    typeof found === "string" ? found : "",
  );
}

/** The text of the one child of a name. */
function leaf(parent: Element, name: string): string {
  const found = only(parent, name);
  if (found === null) return "";
  if (typeof found === "string") return found;
  if (isElement(found)) {
    const inner = Object.keys(unmixed(found, name))
      .find((key) => !key.startsWith("@") && key !== "#text");
    if (inner === undefined) return String(found["#text"] ?? "");
    throw new Mismatch(
      `text alone in <${localName(name)}>`,
      `<${localName(inner)}>`,
    );
  }
  throw new Mismatch(`text in <${localName(name)}>`, "");
}

function only(parent: Element, name: string): unknown {
  if (!Object.hasOwn(parent, name)) {
    const names = Object.keys(parent).filter((key) => /^[a-z]+:/.test(key));
    throw new Mismatch(
      `<${localName(name)}>`,
      names.map((name) => `<${localName(name)}>`).join(" ") || "none",
    );
  }
  const found = parent[name];
  if (Array.isArray(found)) {
    throw new Mismatch(
      `one <${localName(name)}>`,
      `${found.length} of them`,
    );
  }
  return found;
}

/** The same element, if it holds no text beside elements. */
function unmixed(element: Element, name: string): Element {
  if (!Object.hasOwn(element, MIXED_TEXT)) return element;
  throw new Mismatch(
    `no text beside the elements in <${localName(name)}>`,
    String(element[MIXED_TEXT]).trim(),
  );
}

/** Tells whether an element holds neither text nor elements. */
function isEmpty(value: unknown): boolean {
  if (value === null) return true;
  return isElement(value) &&
    Object.keys(value).every((key) => key.startsWith("@"));
}

function isElement(value: unknown): value is Element {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isKnownStatus(status: string): boolean {
  return (ORDER_STATUSES as readonly string[]).includes(status);
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
