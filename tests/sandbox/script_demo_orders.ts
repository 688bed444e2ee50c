/**
 * The orders of the demo: one of each fate that an order can have.
 *
 * @module
 */

import type { Step } from "./order.ts";
import type { Sandbox } from "./sandbox.ts";

interface DemoOrder {
  /** What it shows. */
  title: string;
  /** The form that it is placed with. */
  form: Record<string, string>;
  /** The life it has; without one, all is bought in two and a half seconds. */
  script?: Step[];
  /** What goes wrong while it is asked for. */
  spoil?: (sandbox: Sandbox, order: string) => void;
}

const DEMO_ORDERS: readonly DemoOrder[] = [
  { title: "comes in full", form: { LocalCount: "3", Prefix: "1213" } },
  {
    title: "comes back short",
    form: { TollFreeCount: "1", Keywords: "YELLOWTAXI,ORANGEBROADSWORD" },
    script: [
      { after: 0, status: "NEW" },
      { after: 800, status: "PROCESSING" },
      {
        after: 3200,
        status: "FINISHED",
        totalCost: 6,
        fulfilled: {
          tollFreeNumbers: ["18005550101"],
          keywords: ["YELLOWTAXI"],
        },
      },
    ],
  },
  {
    title: "comes back empty",
    form: { Keywords: "TAKENALREADY" },
    script: [
      { after: 0, status: "PROCESSING" },
      { after: 2100, status: "FINISHED", fulfilled: {}, totalCost: 0 },
    ],
  },
  {
    title: "ends in an error",
    form: { LocalCount: "5", Lata: "730" },
    script: [
      { after: 0, status: "NEW" },
      { after: 1200, status: "ERRORED", fulfilled: {}, totalCost: 0 },
    ],
  },
  {
    title: "comes in full through a bad connection",
    form: { LocalCount: "2" },
    spoil: ({ faults }, order) => {
      faults.add({ kind: "status", status: 503, order });
      faults.add({ kind: "cut", at: 200, order });
    },
  },
  {
    title: "stays stuck",
    form: { LocalCount: "1" },
    script: [
      { after: 0, status: "NEW" },
      { after: 1500, status: "PROCESSING", fulfilled: {} },
    ],
  },
];

/**
 * Places the orders as a customer does, and gives each its fate.
 *
 * @returns The orders' ids, with what each one shows.
 */
export async function placeDemoOrders(
  sandbox: Sandbox,
): Promise<{ id: string; title: string }[]> {
  const placed: { id: string; title: string }[] = [];
  for (const { title, form, script, spoil } of DEMO_ORDERS) {
    const id = await buy(sandbox, form);
    if (script) sandbox.orders.setScript(id, script);
    spoil?.(sandbox, id);
    placed.push({ id, title });
  }
  return placed;
}

async function buy(sandbox: Sandbox, form: Record<string, string>) {
  const response = await fetch(`${sandbox.baseUrl}/number/order`, {
    method: "POST",
    headers: {
      authorization: `Basic ${btoa(`${sandbox.login}:${sandbox.password}`)}`,
    },
    body: new URLSearchParams(form),
  });
  const answer = await response.text();
  const id = /<r:Id>(\d+)<\/r:Id>/.exec(answer)?.[1];
  if (id === undefined) throw new Error(`Cannot place an order: ${answer}`);
  return id;
}
