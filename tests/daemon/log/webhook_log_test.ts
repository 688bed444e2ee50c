import { assertEquals } from "@std/assert";
import { Log } from "../../../daemon/log/log.ts";
import { WEBHOOK_METRICS } from "../../../daemon/metrics.ts";
import {
  logEndpoint,
  logEndpointsFault,
} from "../../../daemon/log/webhook_log.ts";
import { StoreError } from "../../../daemon/store/store.ts";
import {
  afterDelivery,
  afterFailure,
  beginEndpoint,
  type Endpoint,
  type PastAttempt,
} from "../../../daemon/webhooks/endpoint.ts";
import { test } from "../../helpers/client/testing.ts";

const AT = Date.UTC(2030, 0, 1);

/** The lines of a change. */
function linesOf(now: Endpoint, before: Endpoint): string[] {
  return logged((log) => logEndpoint(log, now, before));
}

/** What is logged, without its date. */
function logged(act: (log: Log) => void): string[] {
  const lines: string[] = [];
  const log = new Log({
    format: "text",
    write: (line) => lines.push(line),
    date: () => new Date(AT),
  });
  act(log);
  return lines.map((line) => line.replace("2030-01-01T00:00:00.000Z ", ""));
}

function fail(endpoint: Endpoint, result: "refused" | "gone"): Endpoint {
  const detail = `It was answered with status ${result === "gone" ? 410 : 500}`;
  return afterFailure(endpoint, {
    attempt: { at: AT, sequence: 1, order: "7", result, status: null, detail },
    failure: { at: AT, random: 0.5 },
    before: endpoint.failing,
    isGivenUp: false,
  });
}

test("an endpoint's changes are logged, by its host, without secrets", () => {
  const begun = {
    ...beginEndpoint({
      url: "https://example.com/a-secret-path?token=b",
      label: "mine",
      types: [],
      order: null,
      at: AT,
      secret: "whsec_secret",
    }),
    id: "wh_1",
  };
  const failing = fail(begun, "refused");
  const gone = fail(failing, "gone");
  const delivered: PastAttempt = {
    at: AT,
    sequence: 1,
    order: "7",
    result: "delivered",
    status: 200,
    detail: null,
  };
  const about = "webhook=wh_1 host=example.com label=mine";
  assertEquals(linesOf(failing, begun), [
    "WARN  An endpoint of webhooks fails; it is tried again for 24 hours " +
    `${about} detail="It was answered with status 500"`,
  ]);
  assertEquals(linesOf(gone, failing), [
    "ERROR An endpoint of webhooks is parked: nothing is sent there until it " +
    `is resumed ${about} reason=gone detail="It was answered with status 410"`,
  ]);
  assertEquals(linesOf(afterDelivery(failing, delivered), failing), [
    `INFO  An endpoint of webhooks is sent to again ${about}`,
  ]);
  // None for a delivery, nor for each failure.
  assertEquals(linesOf(afterDelivery(begun, delivered), begun), []);
  assertEquals(linesOf(fail(failing, "refused"), failing), []);
});

test("a line tells that endpoints cannot be read, another that they can", () => {
  const error = new StoreError("Cannot use the database 'orders.db': broken");
  assertEquals(logged((log) => logEndpointsFault(log, error)), [
    "ERROR Cannot read the endpoints of webhooks; nothing is sent to those " +
    "that are not known yet " +
    `detail="Cannot use the database 'orders.db': broken"`,
  ]);
  assertEquals(logged((log) => logEndpointsFault(log, undefined)), [
    "INFO  The endpoints of webhooks can be read again",
  ]);
});

test("the metrics of webhooks are those that dashboards hold on to", () => {
  const table = Object.values(WEBHOOK_METRICS).map(({ name, type, labels }) => [
    name,
    type,
    Object.entries(labels).map(([label, values]) => [label, values.join(" ")]),
  ]);
  assertEquals(table, [
    ["callfire_webhook_deliveries_total", "counter", [[
      "result",
      "delivered refused gone timeout network forbidden_address",
    ]]],
    ["callfire_webhook_delivery_seconds", "histogram", []],
    ["callfire_webhook_backlog", "gauge", []],
    ["callfire_webhook_endpoints", "gauge", [[
      "state",
      "active failing parked",
    ]]],
    ["callfire_webhook_deliverer", "gauge", []],
  ]);
});
