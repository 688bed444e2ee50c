import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../../daemon/store/store.ts";
import { PAGE_SIZE } from "../../../daemon/webhooks/changed_endpoints.ts";
import { endpointOf } from "../store/contract/webhook_store.ts";
import {
  deliveriesTest,
  REFUSED,
} from "../../helpers/webhooks/deliveries_testing.ts";

const URL = "https://one.example/";
const OTHER = "https://other.example/";
const SECOND = 1_000;
const HOUR = 3_600_000;

deliveriesTest(
  "whoever delivers next goes on from what is stored, and loses nothing",
  async (setup) => {
    const { answers, deliverer, pass, happen, register, store, taken } = setup;
    const { id } = await register(URL);
    for (let order = 1; order <= 3; order++) happen(String(order));
    await pass(2 * SECOND);
    answers.set(URL, () => ({ after: 5 * SECOND }));
    happen("1");
    happen("4");
    await pass(SECOND);
    assertEquals(setup.underWay(), 2);
    deliverer.end();
    await pass(0);
    assertEquals([setup.underWay(), deliverer.backlog], [0, 0]);
    assertEquals(deliverer.count("active"), 0);
    answers.delete(URL);
    happen("1");
    await pass(HOUR);
    assertEquals(taken(URL), [1, 2, 3, 4, 5]);
    // Another daemon has come further meanwhile.
    store.endpoints.set(id, { ...store.endpoints.get(id)!, cursor: 4 });
    await deliverer.begin();
    await pass(0);
    assertEquals(taken(URL), [1, 2, 3, 4, 5, 5, 6]);
    assertEquals(deliverer.count("active"), 1);
    // Beginning once more changes nothing.
    await deliverer.begin();
    await pass(SECOND);
    assertEquals(taken(URL), [1, 2, 3, 4, 5, 5, 6]);
    assertEquals(store.endpoints.get(id)?.cursor, 6);
  },
);

deliveriesTest(
  "what a daemon knew before it ended is not stored by it later",
  async (setup) => {
    const { deliverer, pass, happen, register, store, taken } = setup;
    const { id } = await register(URL);
    happen("1");
    await pass(SECOND / 2);
    setup.answers.set(URL, () => ({
      ...REFUSED,
      after: 5 * SECOND,
      isOnItsWay: true,
    }));
    happen("2");
    await pass(0);
    assertEquals([taken(URL), setup.underWay()], [[1], 1]);
    deliverer.end();
    await pass(HOUR);
    assertEquals(setup.underWay(), 0);
    assertEquals([store.endpoints.get(id)?.cursor, store.saves], [0, 0]);
    // It is begun again where the store has it: that is once more.
    setup.answers.delete(URL);
    await deliverer.begin();
    await pass(SECOND);
    assertEquals(taken(URL), [1, 1, 2]);
  },
);

deliveriesTest(
  "nothing is begun while it cannot be told whose turn it is",
  async (setup) => {
    const { pass, happen, received, register, taken } = setup;
    await register(URL);
    setup.isLeader = false;
    happen("1");
    await pass(HOUR);
    assertEquals(received, []);
    setup.isLeader = true;
    await pass(5 * SECOND);
    assertEquals(taken(URL), [1]);
  },
);

deliveriesTest(
  "what other daemons do to endpoints is gone by as soon as it is told",
  async (setup) => {
    const { answers, pass, happen, register, states, store, taken } = setup;
    const { id, secrets } = await register(URL);
    const { id: other } = endpointOf();
    await store.addEndpoint(
      endpointOf({ id: other, url: OTHER, types: ["order.changed"] }),
      100,
    );
    happen("1");
    await pass(0);
    assertEquals([taken(URL), taken(OTHER)], [[1], []]);
    store.notifyChange([other]);
    await pass(0);
    assertEquals(taken(OTHER), [1]);

    const rotated = [{ text: "whsec_new", validUntil: null }];
    assert(await store.saveSecrets(id, rotated, secrets));
    store.notifyChange([id]);
    await pass(0);
    const known = await setup.endpoints.find(id);
    assertEquals(known?.endpoint.secrets, rotated);
    assertEquals(known?.endpoint.cursor, 1);

    answers.set(URL, () => ({ result: "gone", status: 410, detail: "gone" }));
    happen("2");
    await pass(SECOND);
    assertEquals(states, ["parked"]);
    answers.delete(URL);
    await store.resumeEndpoint(id, 0);
    store.notifyChange([id]);
    await pass(0);
    assertEquals(taken(URL), [1, 1, 2]);
    assertEquals(states, ["parked", "active"]);

    // If it is not told what was changed, it can be anything.
    await store.removeEndpoint(other);
    store.notifyChange(undefined);
    await pass(0);
    happen("3");
    await pass(0);
    assertEquals([taken(URL), taken(OTHER)], [[1, 1, 2, 3], [1, 2]]);
    assertEquals(
      (await setup.endpoints.list(100)).map((one) => one.endpoint.id),
      [
        id,
      ],
    );
  },
);

deliveriesTest(
  "what another daemon has resumed does not end with its order",
  async (setup) => {
    const { answers, pass, happen, register, store, taken } = setup;
    const { id } = await register(URL, { order: "1" });
    answers.set(URL, () => ({ after: SECOND }));
    happen("1", "order.settled");
    happen("1", "order.removed");
    await pass(0);
    await store.resumeEndpoint(id, 0);
    await pass(5 * SECOND);
    assertEquals(store.endpoints.get(id)?.resumed, 1);
    store.notifyChange([id]);
    await pass(5 * SECOND);
    assertEquals(taken(URL), [1, 1]);
    assertEquals(store.endpoints.size, 0);
  },
);

deliveriesTest(
  "what was changed is read later if it cannot be now",
  async (setup) => {
    const { pass, happen, register, store, taken } = setup;
    const { id } = await register(URL);
    store.endpoints.delete(id);
    store.isBroken = true;
    store.notifyChange([id]);
    await pass(SECOND / 2);
    assertEquals(setup.deliverer.count("active"), 1);
    await pass(5 * SECOND);
    assertEquals(setup.faults.map(String), [
      "StoreError: Cannot use the model: broken",
    ]);
    store.isBroken = false;
    await pass(SECOND);
    assertEquals(setup.faults.length, 2);
    assertEquals(setup.faults[1], undefined);
    assertEquals(setup.deliverer.count("active"), 0);
    happen("1");
    await pass(0);
    assertEquals(taken(URL), []);
    // So is everything, when it begins.
    setup.deliverer.end();
    await register(OTHER);
    store.isBroken = true;
    await setup.deliverer.begin();
    assertEquals(setup.endpoints.delivers, false);
    await assertRejects(() => setup.endpoints.list(100), StoreError);
    store.isBroken = false;
    happen("2");
    await pass(SECOND);
    assertEquals(setup.endpoints.delivers, true);
    assertEquals(taken(OTHER), [2]);
  },
);

deliveriesTest(
  "endpoints are looked after without delivering to them",
  async (setup) => {
    const { answers, deliverer, endpoints, pass, happen, register } = setup;
    const { id } = await register(URL);
    const { id: one } = await register(OTHER, { order: "1" });
    answers.set(URL, () => REFUSED);
    happen("1");
    await pass(2 * SECOND);
    deliverer.end();
    happen("1");
    happen("2");
    await pass(0);
    const shown = async () =>
      (await endpoints.list(100)).map(({ backlog, endpoint }) => [
        endpoint.id,
        backlog,
        endpoint.failing?.count ?? 0,
      ]);
    assertEquals(endpoints.delivers, false);
    assertEquals(await shown(), [[id, 3, 1], [one, 1, 0]]);
    assertEquals((await endpoints.find(one))?.backlog, 1);
    assertEquals(
      await endpoints.count(),
      { active: 1, failing: 1, parked: 0, backlog: 4 },
    );

    const rotated = await endpoints.rotate(id);
    assertEquals(rotated?.endpoint.secrets.length, 2);
    assertEquals(rotated?.backlog, 3);
    assertEquals((await endpoints.resume(id, 1))?.backlog, 2);
    assertEquals(await shown(), [[id, 2, 0], [one, 1, 0]]);
    assertEquals(await endpoints.remove(one), true);
    assertEquals(await endpoints.remove(one), false);
    assertEquals(await endpoints.find(one), undefined);
    assertEquals(await endpoints.rotate(one), undefined);
    assertEquals(await endpoints.resume(one), undefined);
    assertEquals((await register(OTHER)).cursor, 3);
    answers.delete(URL);
    await deliverer.begin();
    assertEquals(
      await endpoints.count(),
      { active: 2, failing: 0, parked: 0, backlog: deliverer.backlog },
    );
    await pass(0);
    assertEquals(setup.taken(URL), [2, 3]);
    assertEquals(setup.taken(OTHER), [1]);
  },
);

deliveriesTest(
  "of very many endpoints each is told, of what happened meanwhile too",
  async (setup) => {
    const { deliverer, happen, pass, register, store, taken } = setup;
    const count = 2 * PAGE_SIZE + 1;
    deliverer.end();
    for (let order = 1; order <= count; order++) {
      await register(URL, { order: String(order) });
    }
    happen("1");
    happen(String(count));
    let reads = 0;
    const { owed, pageEndpoints } = store;
    store.owed = (...given) => {
      reads++;
      return owed.apply(store, given);
    };
    let pages = 0;
    store.pageEndpoints = async (...given) => {
      const page = await pageEndpoints.apply(store, given);
      // They were owed nothing when they were read, or are not known yet.
      if (pages++ === 0) happen("2");
      if (pages === 2) happen(String(count - 1));
      return page;
    };
    await deliverer.begin();
    await pass(0);
    assertEquals(pages, 3);
    assertEquals(deliverer.count("active"), count);
    assertEquals(taken(URL).toSorted(), [1, 2, 3, 4]);
    assertEquals(reads, 4);
    happen("3");
    await pass(0);
    assertEquals(taken(URL).length, 5);
    // Those that are not there any more are found to be gone.
    for (const id of [...store.endpoints.keys()].slice(5)) {
      store.endpoints.delete(id);
    }
    store.notifyChange(undefined);
    await pass(0);
    assertEquals(deliverer.count("active"), 5);
  },
);

deliveriesTest(
  "endpoints of orders read a few at a time, and keep no others waiting",
  async (setup) => {
    const { deliverer, happen, pass, register, store, taken } = setup;
    deliverer.end();
    for (let order = 1; order <= 50; order++) {
      await register(URL, { order: String(order) });
      happen(String(order));
    }
    await register(OTHER);
    happen("1", "order.settled");
    const { owed } = store;
    let underWay = 0;
    let most = 0;
    store.owed = async (...given) => {
      most = Math.max(most, ++underWay);
      await setup.clock.sleep(SECOND);
      underWay--;
      return await owed.apply(store, given);
    };
    await deliverer.begin();
    await pass(SECOND);
    assertEquals(taken(OTHER), [51]);
    assertEquals([most, taken(URL).length], [5, 4]);
    await pass(20 * SECOND);
    assertEquals(taken(URL).length, 51);
    // Those that wait for their turn have it no more when all is over.
    for (let order = 1; order <= 50; order++) happen(String(order));
    await pass(0);
    deliverer.end();
    await pass(2 * SECOND);
    assertEquals(underWay, 0);
  },
);

deliveriesTest("a daemon that stops delivers nothing again", async (setup) => {
  const { deliverer, pass, happen, register, taken } = setup;
  await register(URL);
  await deliverer.stop(0);
  deliverer.end();
  await deliverer.begin();
  happen("1");
  await pass(HOUR);
  assertEquals(taken(URL), []);
});
