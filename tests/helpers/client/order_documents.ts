/**
 * Orders of any value, written as XML in any of the ways that are legal.
 *
 * @module
 */

import fc from "fast-check";
import {
  ITEM_KINDS,
  type NumberOrder,
  type NumberOrderItem,
  ORDER_STATUSES,
} from "../../../client/number_order.ts";
import { type Choices, pick, shuffled, strays } from "./choices.ts";
import { DATA, type Markup, RESOURCE, writeElement } from "./markup.ts";
import {
  writeAmount,
  writeAside,
  writeDateTime,
  writeSpace,
  writeTagSpace,
  writeWhole,
} from "./written_values.ts";

const UNKNOWN_NAMES = [
  "Unknown",
  "constructor",
  "toString",
  "__proto__",
  "hasOwnProperty",
  "Ünï-ö.1",
];
const KNOWN_NAMES = ["Status", "NumberOrder", "Keywords", "Fulfilled"];

/** Names that are only known in the namespace that they are not put into. */
const UNKNOWN_NAMESPACES = ["urn:other", "", `${DATA}/`, DATA.toUpperCase()];

const UNKNOWN_TEXTS = ["", "12135550142", " é € 😀\u00a0", "]]>&amp;<a/>\"'"];

/** How far from the ends of time a moment stays, for any zone to fit. */
const DAY = 86_400_000;

const words: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^1[0-9]{10}$/),
  fc.constantFrom("YELLOWTAXI", "&amp;lt;", "]]>", "<!--", "\u00a0", "\ufeff"),
  fc.string({
    minLength: 1,
    maxLength: 8,
    unit: fc.oneof(
      fc.integer({ min: 0x21, max: 0x7e }),
      fc.integer({ min: 0x7f, max: 0xd7ff }),
      fc.integer({ min: 0xe000, max: 0xfffd }),
      fc.integer({ min: 0x10000, max: 0x10ffff }),
    ).map((code) => String.fromCodePoint(code)),
  }),
);

const amounts: fc.Arbitrary<number> = fc.oneof(
  fc.nat(100_000).map((cents) => cents / 100),
  // Zero has no sign here: -0 would be written as 0.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
);

const items: fc.Arbitrary<NumberOrderItem> = fc.record({
  ordered: fc.oneof(fc.nat(20), fc.nat(2147483647)),
  unitCost: amounts,
  fulfilled: fc.array(words, { maxLength: 6 }),
}, { noNullPrototype: true });

/** Orders of any value that the schema allows. */
export const orders: fc.Arbitrary<NumberOrder> = fc.record({
  id: fc.oneof(
    fc.bigInt({ min: 1n, max: 9223372036854775807n }),
    fc.constantFrom(1n, 9007199254740993n, 9223372036854775807n),
  ).map(String),
  status: fc.oneof(
    fc.constantFrom(...ORDER_STATUSES),
    fc.constantFrom("constructor", "toString"),
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/),
  ),
  created: fc.oneof(
    fc.integer({ min: 1.2e9, max: 1.9e9 }).map((time) => new Date(time * 1000)),
    fc.integer({ min: -8.64e15 + 2 * DAY, max: 8.64e15 - 2 * DAY })
      .map((time) => new Date(time)),
    fc.integer({ min: -40_000, max: 40_000 })
      .map((day) => new Date(day * DAY)),
  ),
  totalCost: amounts,
  localNumbers: items,
  tollFreeNumbers: items,
  keywords: items,
}, {
  requiredKeys: ["id", "status", "created", "totalCost"],
  noNullPrototype: true,
});

/** The decisions of a writer, for {@link fromTape}. */
export const tapes: fc.Arbitrary<number[]> = fc.array(fc.nat(0xffff), {
  maxLength: 500,
  size: "max",
});

/**
 * Writes an order as a document that ends with the root's end tag.
 *
 * @param order The order.
 * @param choices How to write it.
 * @returns The document, maybe with a byte order mark.
 */
export function writeOrder(order: NumberOrder, choices: Choices): string {
  const bom = strays(choices, 8) ? "\ufeff" : "";
  const declaration = strays(choices, 4)
    ? ""
    : (strays(choices, 8) ? writeSpace(choices) : "") +
      writeDeclaration(choices);
  return bom + declaration + writeTail(choices) +
    writeElement(envelope(order, choices), choices);
}

/** Writes what may stand beside the root element, possibly nothing. */
export function writeTail(choices: Choices): string {
  return writeSpace(choices) +
    (strays(choices, 4) ? writeAside(choices) + writeSpace(choices) : "");
}

function writeDeclaration(choices: Choices): string {
  const attribute = (name: string, values: readonly string[]) => {
    const quote = pick(choices, ['"', "'"]);
    return (writeSpace(choices) || " ") + name + writeTagSpace(choices) + "=" +
      writeTagSpace(choices) + quote + pick(choices, values) + quote;
  };
  const version = attribute("version", ["1.0"]);
  const encoding = strays(choices, 3)
    ? ""
    : attribute("encoding", ["UTF-8", "utf-8", "Utf-8"]);
  const standalone = strays(choices, 3)
    ? ""
    : attribute("standalone", ["yes", "no"]);
  return `<?xml${version}${encoding}${standalone}${writeTagSpace(choices)}?>`;
}

function envelope(order: NumberOrder, choices: Choices): Markup {
  const known: Markup[] = [
    leaf("Status", order.status, choices),
    leaf("Created", writeDateTime(order.created, choices), choices),
    leaf("TotalCost", writeAmount(order.totalCost, choices), choices),
  ];
  for (const kind of ITEM_KINDS) {
    const item = order[kind];
    const name = kind.charAt(0).toUpperCase() + kind.slice(1);
    if (!item) {
      if (strays(choices, 6)) known.push(leaf(name, "", choices));
      continue;
    }
    known.push(container(DATA, name, itemParts(item, choices), choices));
  }
  const id = writeWhole(BigInt(order.id), choices);
  const numberOrder = container(DATA, "NumberOrder", known, choices);
  numberOrder.attributes = [["id", padded(id, choices)]];
  return container(RESOURCE, "Resource", [numberOrder], choices);
}

function itemParts(item: NumberOrderItem, choices: Choices): Markup[] {
  const parts = [
    leaf("Ordered", writeWhole(BigInt(item.ordered), choices), choices),
    leaf("UnitCost", writeAmount(item.unitCost, choices), choices),
  ];
  if (item.fulfilled.length > 0 || strays(choices, 2)) {
    const list = item.fulfilled
      .map((word, at) => at === 0 ? word : (writeSpace(choices) || " ") + word)
      .join("");
    parts.push(leaf("Fulfilled", list, choices));
  }
  return parts;
}

function padded(text: string, choices: Choices): string {
  if (!strays(choices, 4)) return text;
  return writeSpace(choices) + text + writeSpace(choices);
}

function leaf(name: string, text: string, choices: Choices): Markup {
  return { namespace: DATA, name, content: padded(text, choices) };
}

/** Elements in any order, with some among them that nobody knows. */
function container(
  namespace: string,
  name: string,
  known: readonly Markup[],
  choices: Choices,
): Markup {
  const content = [...known];
  while (strays(choices, 3)) content.push(unknown(choices, 0));
  return { namespace, name, content: shuffled(choices, content) };
}

function unknown(choices: Choices, depth: number): Markup {
  const isElsewhere = depth > 0 || strays(choices, 2);
  const namespace = pick(choices, isElsewhere ? UNKNOWN_NAMESPACES : [DATA]);
  // In the envelope's namespace, and within what is not known, any name is.
  const names = isElsewhere
    ? [...UNKNOWN_NAMES, ...KNOWN_NAMES]
    : UNKNOWN_NAMES;
  if (depth < 3 && strays(choices, 3)) {
    const content: Markup["content"] = [
      unknown(choices, depth + 1),
      unknown(choices, 3),
    ];
    while (strays(choices, 3)) content.push(pick(choices, UNKNOWN_TEXTS));
    return {
      namespace,
      name: pick(choices, names),
      content: shuffled(choices, content),
    };
  }
  const content = pick(choices, UNKNOWN_TEXTS);
  return { namespace, name: pick(choices, names), content };
}
