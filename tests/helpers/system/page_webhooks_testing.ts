/**
 * What the tests of endpoints on the page share.
 *
 * @module
 */

import type { Locator } from "playwright-core";
import type { Visit } from "./browser.ts";

/** A daemon that may send webhooks to receivers on this machine. */
export const ON = { args: ["--webhook-hosts=*", "--webhook-allow-private"] };

/** An order that stays as it is. */
const PROCESSING = {
  localNumbers: { ordered: 1 },
  script: [{ after: 0, status: "PROCESSING" }],
};

/** Watches an order, of which receivers are told twice. */
export async function watchOne(visit: Visit): Promise<string> {
  const id = visit.sandbox.orders.place(PROCESSING);
  await visit.watchOrder(id);
  return id;
}

/** The row of an endpoint. */
export function rowOf({ page }: Visit, id: string): Locator {
  return page.locator(`#endpoint-rows [data-id="${id}"]`);
}

/** Waits until the row of an endpoint shows what it is doing. */
export async function does(
  visit: Visit,
  id: string,
  state: string,
): Promise<void> {
  await rowOf(visit, id).locator(".badge").getByText(state, { exact: true })
    .waitFor();
}
