/**
 * What the tests of the watch share.
 *
 * @module
 */

import type { NumberOrder } from "../../../mod.ts";

/** An order as CallFire might tell of it; what is not given is ordinary. */
export function orderOf(given: Partial<NumberOrder> = {}): NumberOrder {
  return {
    id: "1642251003",
    status: "PROCESSING",
    created: new Date(Date.UTC(2030, 0, 1, 11, 59)),
    totalCost: 9.5,
    localNumbers: { ordered: 2, unitCost: 1.5, fulfilled: ["12135550142"] },
    keywords: { ordered: 1, unitCost: 4, fulfilled: [] },
    ...given,
  };
}
