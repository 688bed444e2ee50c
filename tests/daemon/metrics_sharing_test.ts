import { assertEquals, assertMatch } from "@std/assert";
import { LEASE_METRICS } from "../../daemon/metrics.ts";
import type { DelivererStanding } from "../../daemon/metrics/webhooks.ts";
import { test } from "../helpers/client/testing.ts";
import { makeMetrics } from "../helpers/daemon/metrics_testing.ts";

test("metrics: whether a lease is held, of a daemon that needs one", async () => {
  const { metrics, samples } = makeMetrics();
  const held = async () => (await samples()).get("callfire_lease_held");
  assertEquals(await held(), undefined);
  const membership = { hasLease: false };
  metrics.shares(membership);
  assertEquals(await held(), 0);
  membership.hasLease = true;
  assertEquals(await held(), 1);
  assertEquals(Object.values(LEASE_METRICS).length, 1);
  assertMatch(await metrics.render(), /^# TYPE callfire_lease_held gauge$/m);
});

test("metrics: whether it is this daemon that delivers webhooks", async () => {
  const { metrics, samples } = makeMetrics();
  const delivers = async () =>
    (await samples()).get("callfire_webhook_deliverer");
  assertEquals(await delivers(), undefined);
  const deliverer = {
    backlog: 0,
    count: () => 0,
    deliveries: undefined as DelivererStanding["deliveries"],
  };
  metrics.delivers(deliverer);
  assertEquals(await delivers(), 0);
  deliverer.deliveries = {} as NonNullable<DelivererStanding["deliveries"]>;
  assertEquals(await delivers(), 1);
});
