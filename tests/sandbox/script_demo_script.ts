/**
 * A script as a user of the client writes it: waits for the orders that it is
 * given and prints what was bought.
 *
 * @module
 */

import {
  CallFireClient,
  CallFireError,
  type NumberOrder,
  orderOutcome,
  type PollProgress,
} from "../../mod.ts";

/** How long each order is waited for, in milliseconds. */
const TIMEOUT = 8_000;

const COLORS: Readonly<Record<string, string>> = {
  fulfilled: "color: green",
  partial: "color: yellow",
};

const callfire = CallFireClient.fromEnv();
const results = await Promise.all(Deno.args.map(waitFor));
console.log("\norder       outcome      cost    bought");
for (const { id, outcome, order } of results) {
  const cost = order ? `$${order.totalCost.toFixed(2)}` : "";
  console.log(
    `${id}  %c${outcome.padEnd(11)}%c  ${cost.padEnd(6)}  ` +
      (order ? bought(order).join(" ") : ""),
    COLORS[outcome] ?? "color: red",
    "",
  );
}

async function waitFor(id: string) {
  let last = "";
  const onPoll = ({ elapsed, order, error }: PollProgress) => {
    const line = order ? describe(order) : `${error?.code}, asking again`;
    if (line === last) return;
    last = line;
    console.log(`${(elapsed / 1000).toFixed(1).padStart(4)} s  ${id}  ${line}`);
  };
  try {
    const order = await callfire.waitForNumberOrder(id, {
      timeout: TIMEOUT,
      onPoll,
    });
    return { id, order, outcome: orderOutcome(order) };
  } catch (error) {
    if (!(error instanceof CallFireError)) throw error;
    return { id, outcome: error.code };
  }
}

function describe(order: NumberOrder): string {
  const ordered = items(order).reduce((sum, item) => sum + item.ordered, 0);
  return `${order.status.padEnd(10)}  ${bought(order).length} of ${ordered}`;
}

function bought(order: NumberOrder): string[] {
  return items(order).flatMap((item) => item.fulfilled);
}

function items({ localNumbers, tollFreeNumbers, keywords }: NumberOrder) {
  return [localNumbers, tollFreeNumbers, keywords].flatMap((item) =>
    item ?? []
  );
}
