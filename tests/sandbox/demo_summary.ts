/**
 * What a demo has come to, over all its daemons.
 *
 * @module
 */

import type { DemoFleet } from "./demo_fleet.ts";
import type { DemoReceiver } from "./demo_webhooks.ts";
import type { Sandbox } from "./sandbox.ts";

/** What a daemon says of orders: some of it of all, some of its own alone. */
interface OrderCounts {
  watching: number;
  overdue: number;
  settled: number;
  byStatus: Record<string, number>;
  byOutcome: Record<string, number>;
}

/**
 * Describes it.
 *
 * @param fleet The daemons.
 * @param sandbox The CallFire that they have asked.
 * @param receiver Whoever they have sent webhooks to.
 */
export async function describeEnd(
  fleet: DemoFleet,
  sandbox: Sandbox,
  receiver: DemoReceiver,
): Promise<string> {
  const counts = await Promise.all(fleet.running.map(async ({ url }) => {
    const response = await fetch(`${url}/v1/summary`);
    const { orders }: { orders: OrderCounts } = await response.json();
    return orders;
  }));
  const { requests } = sandbox;
  const kills = fleet.members.length === 1
    ? ""
    : `\nDaemons that were killed:      ${fleet.kills}`;
  return `\
Orders by state and outcome:  ${JSON.stringify(sumOf(counts))}
Questions that CallFire got:  ${requests.count}
Least time between two about
one order, as CallFire saw:   ${Math.round(requests.smallestGap())} ms
Webhooks that were delivered: ${receiver.describe()}${kills}`;
}

/** What is known of the orders that each asks about is added up. */
function sumOf(counts: readonly OrderCounts[]): OrderCounts {
  const byStatus: Record<string, number> = {};
  let overdue = 0;
  for (const each of counts) {
    overdue += each.overdue;
    for (const [status, count] of Object.entries(each.byStatus)) {
      byStatus[status] = (byStatus[status] ?? 0) + count;
    }
  }
  return { ...counts[0]!, overdue, byStatus };
}
