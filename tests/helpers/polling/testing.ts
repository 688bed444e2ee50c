/**
 * What the tests of the watch share.
 *
 * @module
 */

import { POLL_RESULT_LABELS } from "../../../daemon/polling/poll_result.ts";
import type { Fault } from "../../../daemon/polling/watched_order.ts";
import type { CallFireErrorCode, NumberOrder } from "../../../mod.ts";

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

/** Every code that the fault of a reading can have. */
export const FAULT_CODES = POLL_RESULT_LABELS.filter((result) =>
  result !== "ok"
);

/** A fault of that kind. */
export function faultOf(code: CallFireErrorCode): Fault {
  return { code, message: `a fault: ${code}` };
}
