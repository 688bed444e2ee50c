import { assert, assertEquals, assertMatch } from "@std/assert";
import { Validator } from "@seriousme/openapi-schema-validator";
import { formatEventId } from "../../../daemon/store/event_id.ts";
import type { Deliveries } from "../../../daemon/webhooks/deliveries.ts";
import type { EndpointState } from "../../../daemon/webhooks/endpoint.ts";
import { EVENT_TYPES } from "../../../daemon/polling/watched_order.ts";
import { until } from "../../sandbox/testing.ts";
import { parseSamples } from "../../helpers/daemon/metrics_testing.ts";
import { type ApiSetup, apiTest } from "../../helpers/api/testing.ts";
import { WebhookReceiver } from "../../helpers/api/webhook_receiver.ts";

/** Webhooks may be sent to one host that is not there, or to this machine. */
const ON = { webhookHosts: "example.com" };
const ANYWHERE = { webhookHosts: "*", isPrivateAllowed: true };
const URL = "https://example.com/webhooks";

async function register(
  { json }: ApiSetup,
  body: Record<string, unknown> = { url: URL },
) {
  const answer = await json("POST", "/v1/webhooks", { body });
  assertMatch(answer.secret, /^whsec_/);
  const { secret: _secret, ...webhook } = answer;
  return webhook;
}

/** What delivers, and knows more than is stored. */
function deliveriesOf({ core }: ApiSetup): Deliveries {
  return core.webhooks!.deliverer.deliveries!;
}

apiTest("an endpoint is registered, listed and removed", async (setup) => {
  const { call, json } = setup;
  const first = await register(setup);
  assertEquals(
    { ...first, id: "", createdAt: "" },
    {
      id: "",
      url: URL,
      events: [...EVENT_TYPES],
      label: null,
      order: null,
      state: "active",
      createdAt: "",
      sequence: 0,
      backlog: 0,
      failingSince: null,
      nextAttemptAt: null,
      parkedAt: null,
      parkedReason: null,
      attempts: [],
    },
  );
  const events = ["order.settled", "order.changed"];
  const second = await register(setup, { url: URL, events, label: "two" });
  assertEquals([second.events, second.label], [events, "two"]);
  assertEquals(await json("GET", "/v1/webhooks"), {
    items: [first, second],
    nextCursor: null,
  });
  const path = `/v1/webhooks/${first.id}`;
  assertEquals(await json("GET", path), first);
  assertEquals((await call("DELETE", path)).status, 204);
  assertEquals(await json("GET", "/v1/webhooks"), {
    items: [second],
    nextCursor: null,
  });
  for (
    const [method, more] of [
      ["DELETE", ""],
      ["GET", ""],
      ["POST", "/test"],
      ["POST", "/rotate"],
      ["POST", "/resume"],
    ]
  ) {
    const { code, detail } = await json(method!, path + more);
    assertEquals(code, "webhook_not_found");
    assertMatch(detail, /GET \/v1\/webhooks lists them/);
  }
}, ON);

apiTest(
  "what cannot be an endpoint is refused, with where and why",
  async ({ json }) => {
    const url = URL;
    for (
      const [body, path, message] of [
        [{}, "body.url", /string/],
        [{ url: "nonsense" }, "body.url", /must be a URL/],
        [{ url: "http://example.com/" }, "body.url", /must be an https: URL/],
        [{ url: "https://other.example/" }, "body.url", /--webhook-hosts/],
        [{ url: "https://a:b@example.com/" }, "body.url", /no user name/],
        [{ url, events: [] }, "body.events", /./],
        [{ url, events: ["order.lost"] }, "body.events[0]", /order\.watched/],
        [
          { url, events: ["order.settled", "order.settled"] },
          "body.events",
          /once/,
        ],
        [{ url, label: "a\n" }, "body.label", /control characters/],
        [{ url, secret: "whsec_" }, "body", /secret/],
      ] as const
    ) {
      const { code, errors } = await json("POST", "/v1/webhooks", { body });
      assertEquals(code, "invalid_request");
      assertEquals(errors[0].path, path);
      assertMatch(errors[0].message, message);
    }
    assertEquals(await json("GET", "/v1/webhooks"), {
      items: [],
      nextCursor: null,
    });
  },
  ON,
);

apiTest("a receiver is told what the events tell, in order", async (setup) => {
  const { finish, follow, watch } = setup;
  await using receiver = new WebhookReceiver();
  const { id } = await register(setup, { url: receiver.url });
  const reader = await follow();
  await watch("7", "spring");
  await finish("7");
  await setup.call("DELETE", "/v1/orders/7");
  await receiver.until(({ length }) => length === 4);
  const events = [];
  while (events.length < 4) events.push((await reader.next())?.data);
  await reader.close();
  assertEquals(receiver.received.map(({ body }) => body.data), events);
  for (const { body, headers } of receiver.received) {
    setup.checks.checkMessage(body.type, body);
    assertEquals(body.type, body.data.type);
    assertEquals(body.timestamp, body.data.at);
    assertEquals(
      headers["webhook-id"],
      `evt_${formatEventId(body.data)}_${id}`,
    );
  }
  const isTold = () =>
    deliveriesOf(setup).find(id)?.attempts[0]?.sequence === 4;
  await until(isTold);
  const samples = parseSamples(
    await (await setup.call("GET", "/metrics")).text(),
  );
  assertEquals(
    samples.get('callfire_webhook_deliveries_total{result="delivered"}'),
    4,
  );
  assertEquals(samples.get("callfire_webhook_delivery_seconds_count"), 4);
  assertEquals(samples.get("callfire_webhook_backlog"), 0);
  assertEquals(samples.get('callfire_webhook_endpoints{state="active"}'), 1);
}, ANYWHERE);

apiTest(
  "an order has an endpoint of its own, for as long as it is watched",
  async (setup) => {
    const { call, finish, json } = setup;
    await using receiver = new WebhookReceiver();
    setup.sandbox.orders.place({ id: "7", localNumbers: { ordered: 1 } });
    const body = {
      webhook: {
        url: receiver.url,
        events: ["order.settled", "order.removed"],
      },
    };
    const first = await json("PUT", "/v1/orders/7", { body });
    assertMatch(first.webhook.secret, /^whsec_/);
    const again = await json("PUT", "/v1/orders/7", { body });
    assertEquals(again.webhook, { id: first.webhook.id });
    const { items: [listed] } = await json("GET", "/v1/webhooks");
    assertEquals([listed.order, listed.id], ["7", first.webhook.id]);
    await setup.watch("8");
    await finish("7");
    await receiver.until(({ length }) => length === 1);
    assertEquals(receiver.received[0]?.body.data.watch.outcome, "fulfilled");
    await call("DELETE", "/v1/orders/7");
    await receiver.until(({ length }) => length === 2);
    assertEquals(receiver.types, ["order.settled", "order.removed"]);
    await until(() => deliveriesOf(setup).list().length === 0);
    assertEquals(await json("GET", "/v1/webhooks"), {
      items: [],
      nextCursor: null,
    });
  },
  ANYWHERE,
);

apiTest(
  "the endpoint of an order that has settled is told of its removal alone",
  async (setup) => {
    const { call, finish, json, watch } = setup;
    await using receiver = new WebhookReceiver();
    await watch("7");
    await finish("7");
    const body = { webhook: { url: receiver.url } };
    const { outcome } = await json("PUT", "/v1/orders/7", { body });
    assertEquals(outcome, "fulfilled");
    await call("DELETE", "/v1/orders/7");
    await receiver.until(({ length }) => length > 0);
    assertEquals(receiver.types, ["order.removed"]);
    const { components } = await json("GET", "/openapi.json");
    const { description } = components.schemas.OrderWebhook;
    assertMatch(description, /of one that has settled .* of its removal alone/);
  },
  ANYWHERE,
);

apiTest(
  "an order is not watched whose endpoint is refused",
  async ({ json }) => {
    const body = { webhook: { url: "https://other.example/" } };
    const { code, errors } = await json("PUT", "/v1/orders/7", { body });
    assertEquals([code, errors[0].path], [
      "invalid_request",
      "body.webhook.url",
    ]);
    assertEquals((await json("GET", "/v1/orders/7")).code, "order_not_found");
  },
  ON,
);

apiTest("a test tells what came of it", async (setup) => {
  const { checks, json } = setup;
  await using receiver = new WebhookReceiver();
  const { id } = await register(setup, { url: receiver.url });
  const path = `/v1/webhooks/${id}/test`;
  const { result, status, detail } = await json("POST", path);
  assertEquals([result, status, detail], ["delivered", 204, null]);
  assertEquals(receiver.received[0]?.body.data, { webhook: id });
  assertEquals(receiver.types, ["webhook.test"]);
  checks.checkMessage("webhook.test", receiver.received[0]?.body);
  receiver.status = 500;
  const failed = await json("POST", path);
  assertEquals([failed.result, failed.status], ["refused", 500]);
  assertEquals((await json("GET", `/v1/webhooks/${id}`)).state, "active");
}, ANYWHERE);

apiTest("a test that the daemon's end cuts off is told so", async (setup) => {
  const { call, core, failures, stop } = setup;
  await using receiver = new WebhookReceiver();
  const { id } = await register(setup, { url: receiver.url });
  const answered = Promise.withResolvers<void>();
  receiver.answer = () => answered.promise;
  const tested = call("POST", `/v1/webhooks/${id}/test`);
  await receiver.until(({ length }) => length === 1);
  stop();
  await core.webhooks?.deliverer.stop(0);
  const response = await tested;
  assertEquals(response.status, 503);
  assertEquals((await response.json()).code, "shutting_down");
  assertEquals(failures, []);
  answered.resolve();
}, ANYWHERE);

apiTest(
  "the worst endpoints are told of first, and all are counted",
  async (setup) => {
    const { json, watch } = setup;
    await using gone = new WebhookReceiver();
    await using failing = new WebhookReceiver();
    gone.status = 410;
    failing.status = 500;
    const summary = async () => (await json("GET", "/v1/summary")).webhooks;
    assertEquals(
      await summary(),
      { active: 0, failing: 0, parked: 0, backlog: 0, delivers: true },
    );
    const events = ["order.settled"];
    const active = [];
    for (const label of ["first", "last"]) {
      active.push((await register(setup, { url: URL, events, label })).id);
    }
    const { id: tried } = await register(setup, { url: failing.url });
    const { id: parked } = await register(setup, { url: gone.url });
    await watch("7");
    const count = (state: EndpointState) => deliveriesOf(setup).count(state);
    await until(() => count("failing") === 1 && count("parked") === 1);
    assertEquals(
      await summary(),
      { active: 2, failing: 1, parked: 1, backlog: 2, delivers: true },
    );
    const worst = [[parked, null], [tried, 2], [active[0], 0], [active[1], 0]];
    for (const limit of [undefined, 1, 3, 4, 1000]) {
      const shown = [];
      for (let cursor = ""; cursor !== null;) {
        const query = new URLSearchParams({
          ...limit && { limit: String(limit) },
          ...cursor && { cursor },
        });
        const page = await json("GET", `/v1/webhooks?${query}`);
        assert(page.items.length <= (limit ?? 100), query.toString());
        shown.push(...page.items);
        cursor = page.nextCursor;
      }
      assertEquals(shown.map(({ backlog, id }) => [id, backlog]), worst);
    }
    for (
      const [query, message] of [
        ["limit=0", "a limit is a whole number from 1 to 1000, not '0'"],
        ["cursor=", "a cursor is the nextCursor of the page before, not ''"],
        ["cursor=1", "a cursor is the nextCursor of the page before, not '1'"],
      ]
    ) {
      const { code, errors } = await json("GET", `/v1/webhooks?${query}`);
      assertEquals(code, "invalid_request");
      assertEquals(errors[0].message, message);
    }
  },
  ANYWHERE,
);

apiTest("a parked endpoint goes on when it is told to", async (setup) => {
  const { call, json, watch } = setup;
  await using receiver = new WebhookReceiver();
  receiver.status = 410;
  const { id } = await register(setup, {
    url: receiver.url,
    events: ["order.watched"],
  });
  const path = `/v1/webhooks/${id}`;
  const isParked = () => deliveriesOf(setup).find(id)?.parked !== null;
  await watch("7");
  await until(isParked);
  const { attempts, backlog, parkedAt, parkedReason, sequence } = await json(
    "GET",
    path,
  );
  assertEquals([parkedReason, sequence, backlog], ["gone", 0, null]);
  assertEquals(attempts, [{
    at: parkedAt,
    sequence: 1,
    order: "7",
    result: "gone",
    status: 410,
    detail: "It was answered with status 410",
  }]);
  receiver.status = 204;
  assertEquals((await json("POST", `${path}/resume`)).state, "active");
  await receiver.until(({ length }) => length === 2);
  const body = { fromSequence: 1 };
  await (await call("POST", `${path}/resume`, { body })).body?.cancel();
  await receiver.until(({ length }) => length === 3);
  receiver.status = 410;
  await watch("8");
  await until(isParked);
  receiver.status = 204;
  const skipped = await json("POST", `${path}/resume`, {
    body: { replay: false },
  });
  assertEquals(skipped.sequence, await setup.store.lastSequence());
  await watch("9");
  await receiver.until(({ length }) => length === 5);
  const orders = receiver.received.map(({ body }) => body.data.watch.id);
  assertEquals(orders, ["7", "7", "7", "8", "9"]);
  const both = { replay: false, fromSequence: 1 };
  const { code } = await json("POST", `${path}/resume`, { body: both });
  assertEquals(code, "invalid_request");
}, ANYWHERE);

apiTest(
  "a secret is told once, and a new one when it is rotated",
  async (setup) => {
    const { call, json } = setup;
    const answer = await json("POST", "/v1/webhooks", { body: { url: URL } });
    const path = `/v1/webhooks/${answer.id}`;
    const rotated = await json("POST", `${path}/rotate`);
    assert(rotated.secret !== answer.secret);
    for (const at of [path, "/v1/webhooks", "/metrics"]) {
      assertEquals(
        (await (await call("GET", at)).text()).includes("whsec_"),
        false,
      );
    }
  },
  ON,
);

apiTest("the document describes what receivers are sent", async ({ json }) => {
  const document = await json("GET", "/openapi.json");
  const { valid, errors } = await new Validator().validate(document);
  assert(valid, JSON.stringify(errors));
  assertEquals(Object.keys(document.webhooks), [
    ...EVENT_TYPES,
    "webhook.test",
  ]);
  assertEquals(
    Object.keys(document.paths).filter((path) => path.includes("webhooks")),
    [
      "/v1/webhooks",
      "/v1/webhooks/{id}",
      "/v1/webhooks/{id}/test",
      "/v1/webhooks/{id}/rotate",
      "/v1/webhooks/{id}/resume",
    ],
  );
}, ON);

apiTest("where webhooks are off, all of it says so", async (setup) => {
  const { call, json } = setup;
  for (
    const [method, path] of [
      ["GET", "/v1/webhooks"],
      ["POST", "/v1/webhooks"],
      ["DELETE", "/v1/webhooks/wh_1"],
    ]
  ) {
    const response = await fetch(setup.url + path, { method: method! });
    const { code, detail } = await response.json();
    assertEquals(code, "webhooks_off");
    assertEquals(detail, "webhooks are off in this test");
  }
  const body = { webhook: { url: URL } };
  const { code, errors } = await json("PUT", "/v1/orders/7", { body });
  assertEquals(code, "invalid_request");
  assertEquals(errors[0].path, "body.webhook");
  const document = await json("GET", "/openapi.json");
  assertEquals(document.webhooks, {});
  const metrics = await (await call("GET", "/metrics")).text();
  assertEquals(metrics.includes("webhook"), false);
});

apiTest("webhooks want the token too", async ({ call }) => {
  for (const path of ["/v1/webhooks", "/v1/webhooks/wh_1/test"]) {
    const method = path.endsWith("test") ? "POST" : "GET";
    const response = await call(method, path);
    assertEquals(response.status, 401);
    await response.body?.cancel();
  }
}, { ...ON, token: "a-token" });

apiTest("an order has at most 10 endpoints", async (setup) => {
  const { call, json } = setup;
  const put = (order: number, name: number) =>
    call("PUT", `/v1/orders/${order}`, {
      body: { label: "a", webhook: { url: `${URL}/${name}` } },
    });
  const first: { id: string; secret?: string }[] = [];
  for (let name = 1; name <= 10; name++) {
    const response = await put(7, name);
    assertEquals(response.status, name === 1 ? 201 : 200);
    first.push((await response.json()).webhook);
  }
  // Each of them may be asked for again.
  for (let name = 1; name <= 10; name++) {
    const response = await put(7, name);
    assertEquals(response.status, 200);
    assertEquals(
      (await response.json()).webhook,
      { id: first[name - 1]!.id },
    );
  }
  const refused = await put(7, 11);
  assertEquals(refused.status, 409);
  const { code, detail } = await refused.json();
  assertEquals(code, "too_many_webhooks");
  assertEquals(
    detail,
    "Cannot register more than 10 endpoints of order 7: delete one, or use " +
      "one for all orders",
  );
  // Other orders have their own, and so have all orders.
  assertEquals((await put(8, 11)).status, 201);
  await register(setup);
  await json("DELETE", `/v1/webhooks/${first[0]!.id}`).catch(() => {});
  assertEquals((await put(7, 11)).status, 200);
  assertEquals((await put(7, 1)).status, 409);
}, { ...ON, isPolling: false });
