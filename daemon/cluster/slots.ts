/**
 * How the account's limit is shared out among daemons, and with it the orders.
 * Nothing here asks, waits or stores: whoever keeps the leases calls it while
 * nobody else renews one.
 *
 * A slot is the right to one question within a window. There are as many as
 * questions may be asked within one, and whoever gives one up does so no sooner
 * than a whole window after it was used last; so no window ever sees more
 * questions than the account's limit lets through.
 *
 * @module
 */

import type { Standing } from "./lease_store.ts";
import { limitWindow } from "../polling/request_limit.ts";

/** The lease of another daemon. */
export interface OtherLease {
  /** Its number. */
  number: number;
  /** Questions a second that its daemon was told; `Infinity` for no limit. */
  maxRequestsPerSecond: number;
  /** How many slots are its own. */
  slots: number;
  /** For how long it has ended, in milliseconds; below 0 while it lasts. */
  endedFor: number;
}

/** What decides how many slots a daemon has. */
export interface SlotsRequest {
  /** Questions a second that it was told; `Infinity` for no limit. */
  maxRequestsPerSecond: number;
  /** The number of its lease. */
  number: number;
  /** The most slots that it may have used within the last window. */
  using: number;
  /** All other leases, those too that have ended while their slots count. */
  others: readonly OtherLease[];
  /** How many orders are watched, by whomever. */
  watched: number;
}

/**
 * The limit of a daemon with so many slots, in questions a second.
 *
 * @param slots From 0 to as many as there are.
 * @param maxRequestsPerSecond The account's, more than 0; `Infinity` for none.
 */
export function slotRate(slots: number, maxRequestsPerSecond: number): number {
  if (slots === 0) return 0;
  const worth = Math.ceil(maxRequestsPerSecond);
  // All of them are exactly the account's limit, whatever rounding does.
  return slots >= worth
    ? maxRequestsPerSecond
    : slots * maxRequestsPerSecond / worth;
}

/**
 * Decides how many slots a daemon has, how many it ought to have and how many
 * orders it ought to hold.
 *
 * The daemon whose lease has lived the longest says which limit counts; those
 * with another one have none until it has gone.
 *
 * @param request What decides.
 */
export function allocateSlots(
  request: SlotsRequest,
): Omit<Standing, "date" | "free" | "delivers"> {
  const { maxRequestsPerSecond, number, others, using, watched } = request;
  const living = others.filter(({ endedFor }) => endedFor < 0);
  const daemons = living.length + 1;
  const elder = living.reduce(
    (eldest, lease) => lease.number < eldest.number ? lease : eldest,
    request as Pick<OtherLease, "number" | "maxRequestsPerSecond">,
  );
  if (elder.maxRequestsPerSecond !== maxRequestsPerSecond) {
    const otherLimit = elder.maxRequestsPerSecond;
    return { slots: using, fairSlots: 0, fairHeld: 0, daemons, otherLimit };
  }
  const peers = living.filter((lease) =>
    lease.maxRequestsPerSecond === maxRequestsPerSecond
  );
  const sharers = peers.length + 1;
  if (maxRequestsPerSecond === Infinity) {
    const slots = slotsLeft(request) > 0 ? Infinity : using;
    const fairHeld = Math.ceil(watched / sharers);
    return { slots, fairSlots: Infinity, fairHeld, daemons };
  }
  const worth = Math.ceil(maxRequestsPerSecond);
  const rank = peers.filter((lease) => lease.number < number).length;
  const fairSlots = Math.floor(worth / sharers) +
    (rank < worth % sharers ? 1 : 0);
  return {
    slots: Math.max(using, Math.min(fairSlots, slotsLeft(request))),
    fairSlots,
    fairHeld: Math.ceil(watched * fairSlots / worth),
    daemons,
  };
}

/** How many slots are nobody else's; none while another limit is in use. */
function slotsLeft({ maxRequestsPerSecond, others }: SlotsRequest): number {
  let left = Math.ceil(maxRequestsPerSecond);
  for (const { slots, endedFor, ...other } of others) {
    const window = Math.max(
      limitWindow(maxRequestsPerSecond),
      limitWindow(other.maxRequestsPerSecond),
    );
    if (slots === 0 || endedFor >= window) continue;
    if (other.maxRequestsPerSecond !== maxRequestsPerSecond) return 0;
    // No limit is no less for being shared.
    if (slots < Infinity) left -= slots;
  }
  return Math.max(0, left);
}
