/**
 * Writes what CallFire answers, as XML.
 *
 * @module
 */

import { type Item, type Kind, KINDS, type Order } from "./order.ts";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const NAMESPACES = 'xmlns="http://api.callfire.com/data" ' +
  'xmlns:r="http://api.callfire.com/resource"';

const ELEMENTS: Readonly<Record<Kind, string>> = {
  localNumbers: "LocalNumbers",
  tollFreeNumbers: "TollFreeNumbers",
  keywords: "Keywords",
};

const REFERENCES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** An order, within its envelope. */
export function orderXml(order: Order): string {
  let items = "";
  for (const kind of KINDS) {
    const item = order[kind];
    if (item) items += itemXml(ELEMENTS[kind], item);
  }
  return `${DECLARATION}
<r:Resource ${NAMESPACES}>
  <NumberOrder id="${order.id}">
    <Status>${escape(order.status)}</Status>
    <Created>${escape(order.created)}</Created>
    <TotalCost>${float(order.totalCost)}</TotalCost>
${items}  </NumberOrder>
</r:Resource>
`;
}

/** A fault, as CallFire tells of it. */
export function exceptionXml(status: number, message: string): string {
  return `${DECLARATION}
<r:ResourceException ${NAMESPACES}>
  <r:HttpStatus>${status}</r:HttpStatus>
  <r:Message>${escape(message)}</r:Message>
</r:ResourceException>
`;
}

/** Where to find an order that was just placed. */
export function referenceXml(id: string, location: string): string {
  return `${DECLARATION}
<r:ResourceReference ${NAMESPACES}>
  <r:Id>${id}</r:Id>
  <r:Location>${escape(location)}</r:Location>
</r:ResourceReference>
`;
}

function itemXml(element: string, item: Item): string {
  const fulfilled = item.fulfilled.length === 0
    ? ""
    : `<Fulfilled>${escape(item.fulfilled.join(" "))}</Fulfilled>`;
  return `    <${element}><Ordered>${item.ordered}</Ordered>` +
    `<UnitCost>${float(item.unitCost)}</UnitCost>${fulfilled}</${element}>\n`;
}

/** CallFire writes a whole number of dollars with a zero behind the point. */
function float(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** No reference can stand for a character that XML does not have. */
function escape(text: string): string {
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex -- these are the ones that XML lacks
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => REFERENCES[character] ?? character);
}
