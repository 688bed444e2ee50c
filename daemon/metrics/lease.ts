/**
 * The metrics of a daemon that shares its database with others.
 *
 * @module
 */

import type { Membership } from "../cluster/membership.ts";
import type { MetricDefinition } from "./definitions.ts";
import type { MetricRegistry } from "./registry.ts";

/** Every metric of leases. */
export const LEASE_METRICS = {
  held: {
    name: "callfire_lease_held",
    type: "gauge",
    help: "1 while this daemon holds a lease on orders; 0 while it asks " +
      "nothing for want of one.",
    labels: {},
  },
} as const satisfies Record<string, MetricDefinition>;

/**
 * Adds the metrics of leases.
 *
 * @param registry Where they are rendered.
 * @param membership How the daemon stands among others.
 */
export function addLeaseMetrics(
  registry: MetricRegistry,
  membership: Pick<Membership, "hasLease">,
): void {
  registry.gauge(LEASE_METRICS.held, (gauge) => {
    gauge.set({}, membership.hasLease ? 1 : 0);
  });
}
