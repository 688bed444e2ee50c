import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../../daemon/store/store.ts";
import { WINDOW_SIZE } from "../../../daemon/webhooks/window.ts";
import {
  type Answer,
  deliveriesTest,
  REFUSED,
} from "../../helpers/webhooks/deliveries_testing.ts";

const URL = "https://one.example/";
const OTHER = "https://other.example/";
const SECOND = 1_000;
const HOUR = 3_600_000;

deliveriesTest(
  "one order that is refused does not keep others up",
  async (setup) => {
    const { answers, pass, happen, received, register, states, taken } = setup;
    const { id } = await register(URL);
    const refused = ({ id: message }: { id: string }): Answer =>
      message.startsWith("evt_e1-1_") ? REFUSED : {};
    answers.set(URL, refused);
    for (const order of ["1", "1", "2", "3"]) happen(order);
    await pass(6 * SECOND);
    assertEquals(taken(URL), [3, 4]);
    for (let minute = 0; minute < 60; minute++) {
      happen("4");
      await pass(60 * SECOND);
    }
    assertEquals(taken(URL).length, 62);
    const tries = received.filter(({ sequence }) => sequence === 1).length;
    assert(tries >= 5 && tries <= 8, `${tries} tries in an hour`);
    assertEquals(setup.store.endpoints.get(id)?.cursor, 0);
    // A day after its first failure it parks the endpoint, restart or not.
    await setup.restart();
    for (let quarter = 0; quarter < 4 * 23; quarter++) {
      assertEquals(states.includes("parked"), false);
      happen("4");
      await pass(HOUR / 4);
    }
    assertEquals(states.at(-1), "parked");
  },
);

deliveriesTest(
  "what is refused keeps nothing else up, however much that is",
  async (setup) => {
    const { answers, pass, happen, register, states, taken } = setup;
    await register(URL);
    let isRefused = true;
    answers.set(URL, ({ id }) => {
      const sequence = Number(/-(\d+)_/.exec(id)?.[1]);
      return isRefused && sequence % 100 === 1 ? REFUSED : {};
    });
    const all = 3 * WINDOW_SIZE;
    const refused = Math.ceil(all / 100);
    for (let order = 1; order <= all; order++) happen(String(order));
    await pass(2 * HOUR);
    assertEquals(new Set(taken(URL)).size, all - refused);
    isRefused = false;
    await pass(5 * HOUR);
    assertEquals(new Set(taken(URL)).size, all);
    assertEquals(states.includes("parked"), false);
  },
);

deliveriesTest(
  "an endpoint that was down for most of a day is not parked by a slip",
  async (setup) => {
    const { answers, pass, happen, register, states, taken } = setup;
    await register(URL);
    answers.set(URL, () => REFUSED);
    // Each of two has failed often enough by itself then.
    happen("1");
    happen("2");
    await pass(23.9 * HOUR);
    let tries = 0;
    answers.set(URL, () => ++tries === 2 ? REFUSED : {});
    await pass(2 * HOUR);
    assertEquals(states.includes("parked"), false);
    assertEquals([taken(URL).length, tries], [2, 3]);
  },
);

deliveriesTest(
  "Retry-After is obeyed, though others were taken meanwhile",
  async (setup) => {
    const { answers, pass, happen, received, register } = setup;
    await register(URL);
    answers.set(URL, ({ id }) => {
      if (id.startsWith("evt_e1-3_")) return { after: 20 };
      const wanted = id.startsWith("evt_e1-1_") ? { retryAfter: HOUR } : {};
      return { ...REFUSED, ...wanted, after: 10 };
    });
    for (const order of ["1", "2", "3"]) happen(order);
    await pass(20);
    answers.clear();
    for (let order = 4; order <= 20; order++) happen(String(order));
    await pass(HOUR - 20);
    assertEquals(received.map(({ sequence }) => sequence), [1, 2, 3]);
    await pass(10);
    assertEquals(received.length, 22);
  },
);

deliveriesTest(
  "an order's endpoint that wants no more ends with the order",
  async (setup) => {
    const { answers, pass, happen, register, restart, states, store } = setup;
    answers.set(URL, () => ({ ...REFUSED, result: "gone", status: 410 }));
    answers.set(OTHER, () => REFUSED);
    const types = ["order.watched", "order.settled"] as const;
    const { id: first } = await register(URL, { order: "1", types });
    const { id: second } = await register(URL, { order: "2", types });
    const { id: failing } = await register(OTHER, { order: "1", types });
    const { id: all } = await register(URL);
    happen("1", "order.watched");
    happen("2", "order.watched");
    await pass(0);
    assertEquals(states.filter((state) => state === "parked").length, 3);
    happen("1", "order.removed");
    await pass(0);
    const left = () => [...store.endpoints.keys()];
    assertEquals(left(), [second, failing, all]);
    assert(first);
    // Also if nobody delivers meanwhile.
    setup.deliverer.end();
    happen("2", "order.removed");
    await restart();
    await pass(0);
    assertEquals(left(), [failing, all]);
  },
);

deliveriesTest(
  "an event that is kept no more keeps nothing up",
  async (setup) => {
    const { answers, pass, happen, register, store, taken } = setup;
    await register(URL);
    answers.set(URL, () => REFUSED);
    happen("1");
    happen("2");
    await pass(0);
    const { owed } = store;
    store.owed = (endpoint, after, limit) =>
      owed.call(store, endpoint, Math.max(after, 1), limit);
    answers.clear();
    await pass(HOUR);
    assertEquals(taken(URL), [2]);
  },
);

deliveriesTest(
  "an event that cannot be read is delivered once it can",
  async (setup) => {
    const { answers, pass, happen, register, store, taken } = setup;
    await register(URL);
    answers.set(URL, () => REFUSED);
    happen("1");
    await pass(0);
    const { owed } = store;
    store.owed = () => Promise.reject(new StoreError("away"));
    answers.clear();
    await pass(HOUR);
    assertEquals(taken(URL), []);
    store.owed = owed;
    await pass(10 * SECOND);
    assertEquals(taken(URL), [1]);
    // It does not keep a daemon from stopping either.
    answers.set(URL, () => REFUSED);
    happen("2");
    await pass(0);
    store.owed = () => Promise.reject(new StoreError("away"));
    await pass(HOUR);
    const stopped = setup.deliverer.stop(SECOND);
    await pass(SECOND);
    await stopped;
  },
);
