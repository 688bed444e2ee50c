import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { MAX_ENDPOINTS } from "../../../daemon/webhooks/endpoints.ts";
import {
  ATTEMPT_HISTORY_LIMIT,
  stateOf,
} from "../../../daemon/webhooks/endpoint.ts";
import { MAX_IN_FLIGHT } from "../../../daemon/webhooks/endpoint_deliveries.ts";
import { test } from "../../helpers/client/testing.ts";
import {
  type Answer,
  type DeliveriesSetup,
  deliveriesTest,
  REFUSED,
  withDeliveries,
} from "../../helpers/webhooks/deliveries_testing.ts";

const URL = "https://one.example/";
const OTHER = "https://other.example/";
const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

deliveriesTest(
  "an endpoint is told of what happens from its registration on",
  async (setup) => {
    const { pass, happen, received, register, taken } = setup;
    happen("1");
    const { id } = await register(URL, {
      types: ["order.settled", "order.changed"],
    });
    happen("1", "order.watched");
    happen("1", "order.changed");
    happen("2", "order.settled");
    happen("2", "order.removed");
    await pass(0);
    assertEquals(taken(URL), [3, 4]);
    assertEquals(received.map((one) => one.id), [
      `evt_e1-3_${id}`,
      `evt_e1-4_${id}`,
    ]);
    await pass(SECOND);
    assertEquals(setup.store.endpoints.get(id)?.cursor, 5);
    assertEquals(setup.deliverer.backlog, 0);
  },
);

deliveriesTest(
  "orders are told of at once, each one's events one by one",
  async (setup) => {
    const { answers, pass, happen, received, register, underWay } = setup;
    answers.set(URL, () => ({ after: SECOND }));
    await register(URL);
    for (let order = 1; order <= 12; order++) {
      for (let event = 0; event < 2; event++) happen(String(order));
    }
    await pass(0);
    assertEquals(underWay(), MAX_IN_FLIGHT);
    assertEquals(setup.deliverer.backlog, 24);
    assertEquals(new Set(received.map(({ order }) => order)).size, 8);
    await pass(4 * SECOND);
    assertEquals(setup.taken(URL).length, 24);
    checkOrder(setup, URL);
  },
);

deliveriesTest("one endpoint waits for no other", async (setup) => {
  const { answers, pass, happen, register, taken } = setup;
  await register(URL);
  await register(OTHER);
  answers.set(URL, () => ({ after: DAY }));
  for (let order = 0; order < 50; order++) happen(String(order + 1));
  await pass(0);
  assertEquals([taken(OTHER).length, taken(URL).length], [50, MAX_IN_FLIGHT]);
});

deliveriesTest(
  "an endpoint that is down is asked by one probe, and told all later",
  async (setup) => {
    const { answers, pass, happen, received, register, states, taken } = setup;
    await register(URL);
    let isDown = true;
    answers.set(URL, () => isDown ? REFUSED : {});
    for (let order = 1; order <= 20; order++) happen(String(order));
    await pass(0);
    assertEquals(received.length, MAX_IN_FLIGHT);
    await pass(8 * HOUR);
    const probes = received.slice(MAX_IN_FLIGHT).map(({ at }) => at / SECOND);
    assertEquals(probes, [5, 35, 155, 755, 2555, 6155, 13355, 27755]);
    assertEquals(states, ["failing"]);
    isDown = false;
    await pass(4 * HOUR);
    assertEquals(states, ["failing", "active"]);
    assertEquals(new Set(taken(URL)).size, 20);
    checkOrder(setup, URL);
  },
);

deliveriesTest(
  "an endpoint that fails for a day is parked, also through restarts",
  async (setup) => {
    const { answers, pass, happen, received, register, states } = setup;
    const { id } = await register(URL);
    answers.set(URL, () => REFUSED);
    happen("1");
    await pass(DAY - 2 * HOUR);
    await setup.restart();
    assertEquals(states, ["failing"]);
    await pass(2 * HOUR);
    assertEquals(states, ["failing", "parked"]);
    const endpoint = setup.store.endpoints.get(id)!;
    assertEquals(endpoint.parked?.reason, "failing");
    assertEquals([endpoint.cursor, endpoint.attempts[0]?.status], [0, 500]);
    assertEquals(endpoint.attempts.length, ATTEMPT_HISTORY_LIMIT);
    const tries = received.length;
    for (const _ of [1, 2]) {
      happen("2");
      await pass(2 * DAY);
      await setup.restart();
    }
    assertEquals(received.length, tries);
    assertEquals(setup.deliverer.backlog, 0);
  },
);

deliveriesTest(
  "410 parks at once, and a resumed endpoint is told what it missed",
  async (setup) => {
    const { answers, pass, happen, register, states, taken } = setup;
    const { id } = await register(URL);
    answers.set(URL, () => ({ result: "gone", status: 410, detail: "gone" }));
    happen("1");
    happen("2");
    await pass(0);
    assertEquals(states, ["parked"]);
    assertEquals(setup.store.endpoints.get(id)?.parked?.reason, "gone");
    answers.delete(URL);
    happen("1");
    await pass(DAY);
    assertEquals(taken(URL), []);
    await setup.endpoints.resume(id);
    await pass(0);
    assertEquals(taken(URL), [1, 2, 3]);
    // From a place that it has passed, and from now on.
    await setup.endpoints.resume(id, 1);
    await pass(0);
    assertEquals(taken(URL), [1, 2, 3, 2, 3]);
    answers.set(URL, () => REFUSED);
    happen("4");
    await pass(0);
    assertEquals(
      stateOf((await setup.endpoints.find(id))!.endpoint),
      "failing",
    );
    answers.delete(URL);
    await setup.endpoints.resume(id, Infinity);
    assertEquals(setup.store.endpoints.get(id)?.cursor, 4);
    happen("5");
    await pass(0);
    assertEquals(taken(URL), [1, 2, 3, 2, 3, 5]);
  },
);

deliveriesTest(
  "what was under way when an endpoint is resumed has no say any more",
  async (setup) => {
    const { answers, happen, pass, register, states, taken } = setup;
    const { id } = await register(URL);
    answers.set(URL, () => ({
      result: "gone",
      status: 410,
      after: SECOND,
      isOnItsWay: true,
    }));
    happen("1");
    await pass(0);
    answers.delete(URL);
    await setup.endpoints.resume(id, Infinity);
    happen("1");
    await pass(2 * SECOND);
    assertEquals([taken(URL), states], [[2], []]);
    assertEquals(setup.store.endpoints.get(id)?.cursor, 2);
  },
);

deliveriesTest("Retry-After is obeyed", async (setup) => {
  const { answers, pass, happen, received, register } = setup;
  await register(URL);
  answers.set(URL, () => ({ ...REFUSED, retryAfter: 3 * HOUR }));
  happen("1");
  await pass(3 * HOUR - 1);
  assertEquals(received.length, 1);
  await pass(1);
  assertEquals(received.length, 2);
});

deliveriesTest(
  "an order's endpoint ends with the order, not before it was told",
  async (setup) => {
    const { answers, pass, happen, register, taken } = setup;
    const one = {
      order: "7",
      types: ["order.settled", "order.removed"] as const,
    };
    const { id } = await register(URL, one);
    happen("8", "order.settled");
    happen("7", "order.settled");
    await pass(0);
    assertEquals(taken(URL), [2]);
    assertEquals((await register(URL, one)).id, id);
    answers.set(URL, () => REFUSED);
    happen("7", "order.removed");
    await pass(0);
    // It is watched anew, by who wants to be told of that.
    const again = await register(URL, one);
    assert(again.id !== id);
    happen("7", "order.settled");
    assertEquals((await setup.endpoints.list(100)).length, 2);
    answers.delete(URL);
    await pass(6 * SECOND);
    assertEquals(taken(URL).sort(), [2, 3, 4]);
    const left = await setup.endpoints.list(100);
    assertEquals(left.map(({ endpoint }) => endpoint.id), [again.id]);
    assertEquals([...setup.store.endpoints.keys()], [again.id]);
  },
);

deliveriesTest(
  "a replay does not end with an earlier watch of the order",
  async (setup) => {
    const { pass, happen, register, taken } = setup;
    happen("7", "order.watched");
    happen("7", "order.removed");
    happen("7", "order.watched");
    const { id } = await register(URL, { order: "7" });
    await setup.endpoints.resume(id, 0);
    await pass(SECOND);
    assertEquals(taken(URL), [3]);
    happen("7", "order.settled");
    await pass(SECOND);
    assertEquals(taken(URL), [3, 4]);
  },
);

deliveriesTest(
  "an endpoint is removed with all that it was owed",
  async (setup) => {
    const { answers, pass, happen, received, register } = setup;
    const { id } = await register(URL);
    answers.set(URL, () => ({ after: HOUR }));
    happen("1");
    happen("1");
    await pass(0);
    assertEquals(await setup.endpoints.remove(id), true);
    assertEquals(await setup.endpoints.remove(id), false);
    await pass(DAY);
    assertEquals(received.length, 1);
    assertEquals(setup.store.endpoints.size, 0);
  },
);

deliveriesTest(
  "a rotated secret is stored before it is told, and kept",
  async (setup) => {
    const { pass, happen, register } = setup;
    const { id, secrets: [first] } = await register(URL);
    const rotated = await setup.endpoints.rotate(id);
    happen("1");
    await pass(SECOND);
    for (
      const known of [
        setup.store.endpoints.get(id),
        (await setup.endpoints.find(id))?.endpoint,
      ]
    ) {
      assertEquals(known?.secrets.map(({ text }) => text), [
        rotated?.secret,
        first?.text,
      ]);
    }
    assertEquals(await setup.endpoints.rotate("wh_none"), undefined);
  },
);

deliveriesTest("a store that cannot be used is asked again", async (setup) => {
  const { pass, happen, register, store, taken } = setup;
  const { id } = await register(URL);
  store.isBroken = true;
  happen("1");
  await pass(20 * SECOND);
  assertEquals(taken(URL), []);
  store.isBroken = false;
  await pass(6 * SECOND);
  assertEquals(taken(URL), [1]);
  happen("2");
  await pass(0);
  store.isBroken = true;
  await pass(20 * SECOND);
  assertEquals([taken(URL), store.endpoints.get(id)?.cursor], [[1, 2], 1]);
  store.isBroken = false;
  await pass(6 * SECOND);
  assertEquals(store.endpoints.get(id)?.cursor, 2);
});

deliveriesTest("progress is not a write for each delivery", async (setup) => {
  const { pass, happen, register, store, taken } = setup;
  await register(URL);
  for (let order = 1; order <= 100; order++) {
    happen(String(order));
    await pass(10);
  }
  await pass(SECOND);
  assertEquals(taken(URL).length, 100);
  assert(store.saves <= 3, `${store.saves} writes`);
});

deliveriesTest(
  "there are so many endpoints for all orders, not more",
  async (setup) => {
    const { register } = setup;
    for (let count = 0; count < MAX_ENDPOINTS; count++) await register(URL);
    await assertRejects(() => register(URL), Error, "more than 100 endpoints");
    await register(URL, { order: "1" });
  },
);

deliveriesTest("a test is one message, whatever comes of it", async (setup) => {
  const { answers, pass, received, register } = setup;
  const { id } = await register(URL);
  const { signal } = new AbortController();
  answers.set(URL, () => REFUSED);
  assertEquals((await setup.endpoints.test(id, signal))?.status, 500);
  await pass(DAY);
  assertEquals(received.length, 1);
  assertEquals(setup.states, []);
  assertEquals(await setup.endpoints.test("wh_none", signal), undefined);
});

/** Each event that was taken came after every earlier one of its order. */
function checkOrder({ received, store }: DeliveriesSetup, url: string): void {
  const known = new Set<number>();
  for (const { isTaken, order, sequence } of received) {
    const missing = store.events.find((event) =>
      event.sequence < sequence && event.watch.id === order &&
      !known.has(event.sequence)
    );
    assertEquals(missing, undefined, `${url}: ${sequence} came too soon`);
    if (isTaken) known.add(sequence);
  }
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ happen: fc.integer({ min: 1, max: 6 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 40_000 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ restart: true }) },
    { weight: 1, arbitrary: fc.record({ disk: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        answer: fc.record({
          result: fc.constantFrom(
            "delivered" as const,
            "refused" as const,
            "timeout" as const,
          ),
          after: fc.nat(12_000),
        }),
        // Of one order alone, or of all.
        order: fc.integer({ min: 0, max: 6 }),
      }),
    },
  ),
  { maxLength: 120 },
);

test("whatever happens in a day, each event arrives, in order", async () => {
  await fc.assert(
    fc.asyncProperty(steps, (script) =>
      withDeliveries(async (setup) => {
        const { answers, pass, happen, register, store } = setup;
        await register(URL);
        const byOrder = new Map<string, Answer>();
        answers.set(URL, ({ data }) => {
          const { watch } = data as { watch: { id: string } };
          return byOrder.get(watch.id) ?? {};
        });
        for (const step of script) {
          if ("happen" in step) happen(String(step.happen));
          else if ("pass" in step) await pass(step.pass);
          else if ("restart" in step) {
            store.isBroken = false;
            await setup.restart();
          } else if ("disk" in step) store.isBroken = step.disk;
          else {
            const { answer, order } = step;
            for (let id = 1; id <= 6; id++) {
              if (order === 0 || order === id) byOrder.set(String(id), answer);
            }
          }
        }
        store.isBroken = false;
        byOrder.clear();
        await pass(DAY);
        checkOrder(setup, URL);
        assertEquals(
          new Set(setup.taken(URL)),
          new Set(store.events.map(({ sequence }) => sequence)),
        );
        const [endpoint] = store.endpoints.values();
        assertEquals(endpoint?.cursor, store.events.length);
      })),
    { numRuns: 150 },
  );
});
