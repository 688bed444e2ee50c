import { assertEquals, assertStringIncludes } from "@std/assert";
import { Webhook } from "standardwebhooks";
import type { Attempt } from "../../../daemon/webhooks/attempt.ts";
import { beginEndpoint, rotate } from "../../../daemon/webhooks/endpoint.ts";
import {
  MAX_PER_HOST,
  Sender,
  type TimedAttempt,
} from "../../../daemon/webhooks/sender.ts";
import { WebhookSecret } from "../../../daemon/webhooks/signature.ts";
import { parseAllowedHosts } from "../../../daemon/webhooks/allowed_hosts.ts";
import { startRawServer } from "../../helpers/client/raw_server.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { test } from "../../helpers/client/testing.ts";
import { until } from "../../sandbox/testing.ts";

const { signal } = new AbortController();
const secrets = Array.from({ length: 10 }, () => WebhookSecret.make().show());
const [first] = secrets as [string];

function setUp(hosts: string) {
  const attempts: TimedAttempt[] = [];
  const sender = new Sender({
    clock: new TestClock(),
    // Not the date of the clock: it was set meanwhile.
    wallNow: () => Date.now(),
    hosts: parseAllowedHosts(hosts, false)!,
    onAttempt: (attempt) => attempts.push(attempt),
  });
  return { attempts, sender };
}

test("a message is sent as the official package verifies it, by each secret", async () => {
  await using server = await startRawServer(({ say }) =>
    say("HTTP/1.1 204 No Content\r\n\r\n")
  );
  const { attempts, sender } = setUp(new URL(server.url).host);
  const begun = beginEndpoint({
    url: `${server.url}/webhooks`,
    label: null,
    types: [],
    order: null,
    at: 0,
    secret: first,
  });
  const endpoint = secrets.slice(1).reduce((known, secret) => ({
    ...known,
    secrets: rotate(known, secret, Date.now()),
  }), begun);
  const message = {
    id: "evt_7_wh_1",
    type: "order.settled",
    at: Date.UTC(2030, 0, 1),
    data: { sequence: 7, label: "né 🐙" },
  };
  const attempt = await sender.send(endpoint, message, signal);
  assertEquals([attempt.result, attempt.status], ["delivered", 204]);
  assertEquals(attempts, [attempt]);
  const [head, body] = server.requests[0]!.split("\r\n\r\n");
  const headers = Object.fromEntries(
    head!.split("\r\n").slice(1).map((line) => line.split(": ")),
  );
  for (const secret of secrets) {
    assertEquals(new Webhook(secret).verify(body!, headers), {
      type: "order.settled",
      timestamp: "2030-01-01T00:00:00.000Z",
      data: { sequence: 7, label: "né 🐙" },
    });
  }
  assertEquals(headers["webhook-id"], "evt_7_wh_1");
});

test("nothing is sent where the settings do not allow it any more", async () => {
  await using server = await startRawServer(() => Promise.resolve());
  const { attempts, sender } = setUp("example.com");
  const endpoint = beginEndpoint({
    url: `${server.url}/secret-path`,
    label: null,
    types: [],
    order: null,
    at: 0,
    secret: first,
  });
  const message = { id: "evt_7_wh_1", type: "order.settled", at: 0, data: {} };
  const { result, status, detail } = await sender.send(
    endpoint,
    message,
    signal,
  );
  assertEquals([result, status], ["forbidden_address", null]);
  assertStringIncludes(detail!, "--webhook-hosts must name");
  assertEquals(detail!.includes("secret-path"), false);
  assertEquals(attempts.length, 1);
  assertEquals(server.accepted, 0);
});

test("endpoints of single orders alone wait for a host's connections", async () => {
  const sent: string[] = [];
  const ends: (() => void)[] = [];
  const sender = new Sender({
    clock: new TestClock(),
    wallNow: () => Date.now(),
    hosts: parseAllowedHosts("*", false)!,
    onAttempt: () => {},
    attempt: ({ headers }) => {
      sent.push(headers["webhook-id"]!);
      const { promise, resolve } = Promise.withResolvers<Attempt>();
      ends.push(() =>
        resolve({ result: "delivered", status: 200, detail: null })
      );
      return promise;
    },
  });
  const endpoint = (order: string | null) =>
    beginEndpoint({
      url: `https://one.example/${order}`,
      label: null,
      types: [],
      order,
      at: 0,
      secret: first,
    });
  const message = (id: string) => ({
    id,
    type: "order.settled",
    at: 0,
    data: 0,
  });
  const all = Array.from(
    { length: MAX_PER_HOST + 1 },
    (_, at) => sender.send(endpoint(`${at}`), message(`evt_${at}`), signal),
  );
  for (let made = 0; made < 2 * MAX_PER_HOST; made++) {
    all.push(sender.send(endpoint(null), message("evt_all"), signal));
  }
  all.push(sender.sendAtOnce(endpoint("64"), message("test"), signal));
  const count = (id: string) => sent.filter((one) => one === id).length;
  await until(() => sent.length === 3 * MAX_PER_HOST + 1);
  assertEquals(count("evt_all"), 2 * MAX_PER_HOST);
  assertEquals([count("test"), count("evt_63"), count("evt_64")], [1, 1, 0]);
  ends[0]!();
  await until(() => count("evt_64") === 1);
  for (const end of ends) end();
  await Promise.all(all);
});
