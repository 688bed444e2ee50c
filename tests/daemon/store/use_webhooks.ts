/**
 * A program that delivers events out of a SQLite store, to be killed:
 * `use_webhooks.ts PATH deliver` goes on with what is owed, and lets more
 * happen; with `drain` nothing more happens, and it ends. Its receiver is
 * whoever reads what it prints: a line as soon as something has come there.
 *
 * @module
 */

import { openSqliteStore } from "../../../daemon/store/sqlite.ts";
import type { StoredEvent } from "../../../daemon/watch/store.ts";
import { EVENT_TYPES } from "../../../daemon/watch/watched_order.ts";
import { Deliverer } from "../../../daemon/webhooks/deliverer.ts";
import { Deliveries } from "../../../daemon/webhooks/deliveries.ts";
import { Endpoints } from "../../../daemon/webhooks/endpoints.ts";
import type { Sender } from "../../../daemon/webhooks/sender.ts";
import { systemClock } from "../../../mod.ts";
import { begun, changed, settled } from "./transitions.ts";

const ORDERS_AT_ONCE = 6;

async function main([path = "", doing]: string[]): Promise<void> {
  const store = openSqliteStore(path, systemClock);
  const { webhooks } = store;
  const wallNow = () => Date.now();
  const sender: Pick<Sender, "send"> = {
    async send(_endpoint, { data }, signal) {
      const { sequence, watch } = data as StoredEvent;
      // A kill may come before it is there, after it, and before that is known.
      await systemClock.sleep(systemClock.random() * 3, signal);
      console.log(`took ${sequence} ${watch.id}`);
      await systemClock.sleep(systemClock.random() * 3, signal);
      return { result: "delivered", status: 200, detail: null, duration: 0 };
    },
  };
  const deliverer = new Deliverer(() =>
    new Deliveries({
      store: webhooks,
      clock: systemClock,
      wallNow,
      sender,
      show: (event) => event,
      mayDeliver: () => true,
      onChange: () => {},
    })
  );
  const endpoints = new Endpoints({
    store: webhooks,
    deliverer,
    sender,
    wallNow,
  });
  store.onEvents = (events) => deliverer.happened(events);
  await deliverer.begin();
  if ((await endpoints.list()).length === 0) {
    const { endpoint } = await endpoints.register({
      url: "https://example.com/",
      label: null,
      types: EVENT_TYPES,
      order: null,
    });
    console.log(`registered ${endpoint.cursor}`);
  }
  if (doing === "drain") {
    while (deliverer.backlog > 0) await systemClock.sleep(10);
    await deliverer.stop(1_000);
    return await store.close();
  }
  const first = await store.lastSequence() + 1;
  for (let at = first;; at += ORDERS_AT_ONCE) {
    const ids = Array.from(
      { length: ORDERS_AT_ONCE },
      (_, more) => String(at + more),
    );
    await Promise.all(ids.map(async (id) => {
      await store.watch([begun(id)]);
      const change = changed(begun(id).watch);
      await store.update(change);
      await store.update(settled(change.watch));
    }));
    await systemClock.sleep(20);
  }
}

if (import.meta.main) await main(Deno.args);
