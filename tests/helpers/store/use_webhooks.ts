/**
 * A program that delivers events out of a SQLite store, to be killed:
 * `use_webhooks.ts PATH deliver` goes on with what is owed, and lets more
 * happen; with `drain` nothing more happens, and it ends. With `halt STEP` a
 * little happens, and it stands still for ever before that step, from 1. Its
 * receiver is whoever reads what it prints: a line as soon as something has
 * come there.
 *
 * @module
 */

import { openSqliteStore } from "../../../daemon/store/sqlite/sqlite_store.ts";
import type { StoredEvent } from "../../../daemon/store/store.ts";
import { EVENT_TYPES } from "../../../daemon/polling/watched_order.ts";
import { Deliverer } from "../../../daemon/webhooks/deliverer.ts";
import { Deliveries } from "../../../daemon/webhooks/deliveries.ts";
import { Endpoints } from "../../../daemon/webhooks/endpoints.ts";
import type { Sender } from "../../../daemon/webhooks/sender.ts";
import type { WebhookStore } from "../../../daemon/webhooks/webhook_store.ts";
import { systemClock } from "../../../mod.ts";
import { begun, changed, settled } from "./transitions.ts";

const ORDERS_AT_ONCE = 6;

/** Counts steps, and lets nothing follow those that may be taken. */
class Steps {
  readonly #last: number;
  #taken = 0;

  /** Begins with none taken. */
  constructor(last: number) {
    this.#last = last;
  }

  /** Takes one. */
  take(name: string): void {
    if (++this.#taken < this.#last) return;
    console.log(`halts before step ${this.#taken}: ${name}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }

  /** A store of which each call begins with a step and ends with one. */
  around(store: WebhookStore): WebhookStore {
    return new Proxy(store, {
      get: (target, name) => {
        const member = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        if (name === "subscribe") return member.bind(target);
        return async (...given: unknown[]) => {
          this.take(`${String(name)}`);
          const answer = await member.apply(target, given);
          this.take(`what follows ${String(name)}`);
          return answer;
        };
      },
    });
  }
}

async function main([path = "", doing, step]: string[]): Promise<void> {
  const store = openSqliteStore(path, systemClock);
  const steps = new Steps(doing === "halt" ? Number(step) : Infinity);
  const webhooks = steps.around(store.webhooks);
  const wallNow = () => Date.now();
  const send: Sender["send"] = async (_endpoint, { data }, signal) => {
    const { sequence, watch } = data as StoredEvent;
    steps.take("a message is sent");
    // A kill may come before it is there, after it, and before that is known.
    await systemClock.sleep(systemClock.random() * 3, signal);
    console.log(`took ${sequence} ${watch.id}`);
    steps.take("it is answered");
    await systemClock.sleep(systemClock.random() * 3, signal);
    steps.take("its answer is known");
    return { result: "delivered", status: 200, detail: null, duration: 0 };
  };
  const sender = { send, sendAtOnce: send };
  const deliverer = new Deliverer(() =>
    new Deliveries({
      store: webhooks,
      clock: systemClock,
      wallNow,
      sender,
      show: (event) => event,
      isLeader: () => true,
      onChange: () => {},
      onFault: (error) => console.log(`fault: ${error}`),
    })
  );
  const endpoints = new Endpoints({
    store: webhooks,
    deliverer,
    sender,
    wallNow,
  });
  store.subscribe({
    onEvents(events) {
      steps.take("what was stored is told");
      deliverer.happened(events);
    },
  });
  await deliverer.begin();
  if ((await endpoints.list(100)).length === 0) {
    const { endpoint } = await endpoints.register({
      url: "https://example.com/",
      label: null,
      types: EVENT_TYPES,
      order: null,
    });
    console.log(`registered ${endpoint.cursor}`);
  }
  const happen = async (from: number, count: number) => {
    const ids = Array.from({ length: count }, (_, more) => String(from + more));
    await Promise.all(ids.map(async (id) => {
      await store.watch([begun(id)]);
      const change = changed(begun(id).watch);
      await store.update(change);
      await store.update(settled(change.watch));
    }));
  };
  const first = await store.lastSequence() + 1;
  if (doing === "deliver") {
    for (let at = first;; at += ORDERS_AT_ONCE) {
      await happen(at, ORDERS_AT_ONCE);
      await systemClock.sleep(20);
    }
  }
  if (doing === "halt") await happen(first, 2);
  while (deliverer.backlog > 0) await systemClock.sleep(10);
  await deliverer.stop(1_000);
  await store.close();
}

if (import.meta.main) await main(Deno.args);
