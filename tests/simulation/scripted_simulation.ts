/**
 * Simulations in which happens what a test says, and nothing else.
 *
 * @module
 */

import type { WatchRequest } from "../../daemon/polling/tracker.ts";
import type { ModelOrder } from "./model_orders.ts";
import { CALM, type Scenario } from "./scenario.ts";
import { Simulation } from "./simulation.ts";

/** An order that goes on for ever. */
const ORDER: ModelOrder = {
  id: "1",
  placedAt: 0,
  visibleAt: 0,
  vanishesAt: Infinity,
  endsAt: Infinity,
  status: "PROCESSING",
  endStatus: "FINISHED",
  kind: "localNumbers",
  ordered: 1,
  bought: 1,
};

/**
 * Simulates.
 *
 * @param scenario What is not as calm as can be.
 * @param script What happens; then all is mended, and must be as it was told.
 */
export async function simulateScript(
  scenario: Partial<Scenario>,
  script: (world: Simulation) => Promise<void>,
): Promise<void> {
  using world = new Simulation({ ...CALM, ...scenario });
  await script(world);
  world.mend();
  await world.finish();
}

/** Places orders; what is not given of them is ordinary. */
export function placeOrders(
  { callfire }: Simulation,
  count: number,
  given: Partial<ModelOrder> = {},
): WatchRequest[] {
  return Array.from({ length: count }, () => {
    const id = String(callfire.orders.size + 1);
    callfire.place({ ...ORDER, ...given, id });
    return { id, label: null };
  });
}
