import { assertEquals, assertStringIncludes } from "@std/assert";
import { Webhook } from "standardwebhooks";
import { beginEndpoint, rotate } from "../../../daemon/webhooks/endpoint.ts";
import { Sender, type TimedAttempt } from "../../../daemon/webhooks/sender.ts";
import { WebhookSecret } from "../../../daemon/webhooks/signature.ts";
import { readAllowedHosts } from "../../../daemon/webhooks/allowed_hosts.ts";
import { startRawServer } from "../../client/raw_server.ts";
import { TestClock } from "../../client/test_clock.ts";
import { test } from "../../client/testing.ts";

const { signal } = new AbortController();
const secrets = Array.from({ length: 10 }, () => WebhookSecret.make().show());
const [first] = secrets as [string];

function setUp(hosts: string) {
  const attempts: TimedAttempt[] = [];
  const sender = new Sender({
    clock: new TestClock(),
    // Not the date of the clock: it was set meanwhile.
    wallNow: () => Date.now(),
    hosts: readAllowedHosts(hosts, false)!,
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
