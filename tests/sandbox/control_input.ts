/**
 * Checks what the sandbox's own paths are sent.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Fault } from "./faults.ts";
import {
  type Change,
  type Fulfilled,
  isOrderId,
  KINDS,
  type NewItem,
  type NewOrder,
  type Step,
} from "./order.ts";

/** Input that is not understood; the message says where and why. */
export class InputError extends Error {}

/** Reads one value; `at` is where it stands, for the message. */
type Read<T> = (value: unknown, at: string) => T;

const LARGEST_INT = 2147483647;

/** Reads a new order. */
export function readNewOrder(value: unknown): NewOrder {
  return newOrder(value, "the order");
}

/** Reads a script: a list of steps. */
export function readScript(value: unknown): Step[] {
  return script(value, "the script");
}

/** Reads a change to an order. */
export function readChange(value: unknown): Change {
  return change(value, "the change");
}

/** Reads a fault. */
export function readFault(value: unknown): Fault {
  const { kind } = record(value, "the fault");
  const kinds = Object.keys(FAULT_FIELDS);
  if (typeof kind !== "string" || !kinds.includes(kind)) {
    throw new InputError(`kind: must be one of ${kinds.join(", ")}`);
  }
  const [required, optional] = FAULT_FIELDS[kind as Fault["kind"]];
  const fault = object<Fault & Record<string, unknown>>(
    { kind: text, ...required },
    { count: positive, order: orderId, delay: milliseconds, ...optional },
  )(value, "the fault");
  if (kind === "body" && !("body" in fault) && !("base64" in fault)) {
    throw new InputError("the fault: body or base64 is needed");
  }
  return fault;
}

const text: Read<string> = (value, at) => {
  if (typeof value === "string") return value;
  throw new InputError(`${at}: must be a text`);
};

function textLike(pattern: RegExp, what: string): Read<string> {
  return (value, at) => {
    if (typeof value === "string" && pattern.test(value)) return value;
    throw new InputError(`${at}: must be ${what}`);
  };
}

function number(least: number, most: number, whole = true): Read<number> {
  return (value, at) => {
    if (
      typeof value === "number" && value >= least && value <= most &&
      (!whole || Number.isInteger(value))
    ) return value;
    const what = whole ? "a whole number" : "a number";
    throw new InputError(`${at}: must be ${what} from ${least} to ${most}`);
  };
}

function listOf<T>(read: Read<T>): Read<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new InputError(`${at}: must be a list`);
    return value.map((part, index) => read(part, `${at}[${index}]`));
  };
}

function record(value: unknown, at: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new InputError(`${at}: must be an object`);
}

/** Reads an object; T must be what the fields, read one by one, add up to. */
function object<T>(
  required: Record<string, Read<unknown>>,
  optional: Record<string, Read<unknown>>,
): Read<T> {
  const fields = new Map(Object.entries({ ...required, ...optional }));
  return (value, at) => {
    const result: Record<string, unknown> = {};
    const given = record(value, at);
    for (const name of Object.keys(required)) {
      if (!Object.hasOwn(given, name)) {
        throw new InputError(`${at}: ${name} is missing`);
      }
    }
    for (const [name, part] of Object.entries(given)) {
      const read = fields.get(name);
      if (!read) {
        const known = [...fields.keys()].join(", ");
        throw new InputError(`${at}: ${name} is not one of ${known}`);
      }
      result[name] = read(part, at.includes(" ") ? name : `${at}.${name}`);
    }
    return result as T;
  };
}

const positive = number(1, LARGEST_INT);
const natural = number(0, LARGEST_INT);
// A timer of node or Deno that is set for longer fires at once.
const milliseconds = number(0, LARGEST_INT, false);
const dollars = number(0, Number.MAX_VALUE, false);
const httpStatus = number(200, 599);
const header = textLike(/^[\t\x20-\x7e]*$/, "a text of printable ASCII");
const word = textLike(/^\S+$/, "a text without white space");
const base64: Read<string> = (value, at) => {
  const bytes = text(value, at);
  if (Buffer.from(bytes, "base64").toString("base64") === bytes) return bytes;
  throw new InputError(`${at}: must be base64`);
};
const orderId: Read<string> = (value, at) => {
  if (typeof value === "string" && isOrderId(value)) return value;
  throw new InputError(`${at}: must be a text of digits, from 1 to 2^63 - 1`);
};
const dateTime = textLike(
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$/,
  "a date and time such as 2014-12-17T12:25:36Z",
);

/** The same reader for each kind of items. */
function byKind(read: Read<unknown>): Record<string, Read<unknown>> {
  return Object.fromEntries(KINDS.map((kind) => [kind, read]));
}

const fulfilled = object<Fulfilled>({}, byKind(listOf(word)));
const stepFields = { fulfilled, totalCost: dollars };
const change = object<Change>({}, { status: text, ...stepFields });
const script = listOf(
  object<Step>({ after: milliseconds, status: text }, stepFields),
);
const newItem = object<NewItem>(
  { ordered: natural },
  { unitCost: dollars, wanted: listOf(word) },
);
const newOrder = object<NewOrder>({}, {
  id: orderId,
  ...byKind(newItem),
  script,
  visibleAfter: milliseconds,
  created: dateTime,
});

type Fields = Record<string, Read<unknown>>;

/** The fields that each kind of fault must have, and those that it may. */
const FAULT_FIELDS: Readonly<Record<Fault["kind"], [Fields, Fields]>> = {
  none: [{}, {}],
  status: [{ status: httpStatus }, {
    message: text,
    retryAfter: header,
    body: text,
    contentType: header,
  }],
  cut: [{ at: natural }, {}],
  reset: [{}, {}],
  drip: [{ interval: milliseconds }, {}],
  body: [{}, {
    body: text,
    base64,
    status: httpStatus,
    contentType: header,
  }],
  redirect: [{ location: header }, { status: httpStatus }],
  bomb: [{}, { bytes: number(1, Number.MAX_SAFE_INTEGER) }],
  endless: [{}, {}],
  gzip: [{}, {}],
  hang: [{}, {}],
};
