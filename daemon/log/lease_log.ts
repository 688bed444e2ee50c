/**
 * What is logged of a daemon among others.
 *
 * @module
 */

import type { Log } from "./log.ts";
import type { MembershipChange } from "../cluster/membership.ts";

/**
 * Writes a line for what has become of the daemon.
 *
 * @param log Where to.
 * @param change What has become of it.
 */
export function logMembership(log: Log, change: MembershipChange): void {
  switch (change.type) {
    case "joined":
      return log.info("Holds a lease on orders", { lease: change.number });
    case "lost":
      return log.error(
        "Lost the lease on orders; asks nothing until there is another one",
        { detail: change.reason },
      );
    case "daemons":
      return log.info("Shares the orders among daemons", {
        daemons: change.daemons,
      });
    case "delivers":
      return log.info("Delivers the webhooks, for all daemons");
    case "other_limit": {
      const { otherLimit } = change;
      if (otherLimit === undefined) {
        return log.info("All daemons go by the same limit");
      }
      return log.error(
        "Other daemons go by another limit; asks nothing until they have " +
          "stopped",
        { limit: otherLimit === Infinity ? "none" : otherLimit },
      );
    }
  }
}
