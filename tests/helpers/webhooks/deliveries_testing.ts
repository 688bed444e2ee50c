/**
 * What the tests of deliveries share: receivers by a script, in virtual time.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import type { EventType } from "../../../daemon/polling/watched_order.ts";
import type { Attempt } from "../../../daemon/webhooks/attempt.ts";
import { Deliverer } from "../../../daemon/webhooks/deliverer.ts";
import { Deliveries } from "../../../daemon/webhooks/deliveries.ts";
import {
  type Endpoint,
  type EndpointState,
  stateOf,
} from "../../../daemon/webhooks/endpoint.ts";
import {
  Endpoints,
  type Registration,
} from "../../../daemon/webhooks/endpoints.ts";
import type { Message, TimedAttempt } from "../../../daemon/webhooks/sender.ts";
import { TestClock } from "../client/test_clock.ts";
import { test } from "../client/testing.ts";
import { ModelWebhookStore } from "./model_webhook_store.ts";

/** A message, as a receiver gets it. */
export interface Received {
  /** The URL of the endpoint. */
  url: string;
  /** When, in milliseconds since the test began. */
  at: number;
  /** The message's id. */
  id: string;
  /** The order that it tells of. */
  order: string;
  /** The sequence of its event. */
  sequence: number;
  /** Whether it was taken. */
  isTaken: boolean;
}

/** How a receiver answers: at once unless told. */
export interface Answer extends Partial<Attempt> {
  /** After how long, in milliseconds. */
  after?: number;
  /** Whether it was on its way already when the attempt is given up. */
  isOnItsWay?: boolean;
}

/** What a test of deliveries works with. */
export interface DeliveriesSetup {
  /** Virtual time. */
  clock: TestClock;
  /** The store. */
  store: ModelWebhookStore;
  /** Delivers, in the daemon that runs. */
  deliverer: Deliverer;
  /** The endpoints, as that daemon has them. */
  endpoints: Endpoints;
  /** Whether it may deliver, as far as it can tell. */
  isLeader: boolean;
  /** What receivers got, in order. */
  received: Received[];
  /** Each state that an endpoint came to. */
  states: EndpointState[];
  /** Why endpoints could not be read, and then that they can. */
  faults: unknown[];
  /** How many attempts are under way. */
  underWay(): number;
  /** How each URL answers; a URL that is not told of takes everything. */
  answers: Map<string, (message: Message) => Answer>;
  /** Registers an endpoint. */
  register(url: string, given?: Partial<Registration>): Promise<Endpoint>;
  /** Lets something happen to an order. */
  happen(order: string, type?: EventType): void;
  /** Lets time pass, and all be done that is to be done in it. */
  pass(milliseconds: number): Promise<void>;
  /** Ends the daemon at once and starts another one on the same store. */
  restart(): Promise<void>;
  /** The sequences of the events that a receiver took, in order. */
  taken(url: string): number[];
}

/** Runs a test with deliveries; nothing may be left of them. */
export function deliveriesTest(
  name: string,
  run: (setup: DeliveriesSetup) => Promise<void>,
): void {
  test(name, () => withDeliveries(run));
}

/** Does something with deliveries; nothing may be left of them. */
export async function withDeliveries(
  run: (setup: DeliveriesSetup) => Promise<void>,
): Promise<void> {
  const clock = new TestClock();
  clock.chances = [0.5];
  const store = new ModelWebhookStore();
  const received: Received[] = [];
  const states: EndpointState[] = [];
  const faults: unknown[] = [];
  let underWay = 0;
  const answers: DeliveriesSetup["answers"] = new Map();

  async function send(
    { url }: Endpoint,
    message: Message,
    signal: AbortSignal,
  ): Promise<TimedAttempt> {
    const { after = 0, isOnItsWay = false, ...answer } =
      answers.get(url)?.(message) ?? {};
    const attempt = {
      result: "delivered" as const,
      status: 200,
      detail: null,
      duration: after,
      ...answer,
    };
    const { sequence, watch } = message.data as {
      sequence: number;
      watch: { id: string };
    };
    received.push({
      url,
      at: clock.now(),
      id: message.id,
      order: watch?.id,
      sequence,
      isTaken: attempt.result === "delivered",
    });
    underWay++;
    try {
      const given = isOnItsWay ? undefined : signal;
      if (after > 0) await clock.sleep(after, given);
      given?.throwIfAborted();
      return attempt;
    } finally {
      underWay--;
    }
  }

  const wallNow = () => clock.date().getTime();
  const sender = { send, sendAtOnce: send };
  const make = () => {
    const deliverer = new Deliverer(() =>
      new Deliveries({
        store,
        clock,
        wallNow,
        sender,
        show: (event) => event,
        isLeader: () => setup.isLeader,
        onChange: (now, before) => {
          if (stateOf(now) !== stateOf(before)) states.push(stateOf(now));
        },
        onFault: (error) => faults.push(error),
      })
    );
    store.subscribe((ids) => deliverer.refresh(ids));
    const endpoints = new Endpoints({ store, deliverer, sender, wallNow });
    return { deliverer, endpoints };
  };
  const setup: DeliveriesSetup = {
    clock,
    store,
    ...make(),
    isLeader: true,
    received,
    states,
    faults,
    underWay: () => underWay,
    answers,
    async register(url, given = {}) {
      const { endpoint } = await setup.endpoints.register({
        url,
        label: null,
        types: ["order.watched", "order.changed", "order.settled"],
        order: null,
        ...given,
      });
      return endpoint;
    },
    happen(order, type = "order.changed") {
      setup.deliverer.happened([store.add(order, type)]);
    },
    async pass(milliseconds) {
      await turn();
      await clock.advance(milliseconds);
      await turn();
    },
    async restart() {
      setup.deliverer.end();
      Object.assign(setup, make());
      await setup.deliverer.begin();
      await turn();
    },
    taken: (url) =>
      received.filter((one) => one.url === url && one.isTaken)
        .map(({ sequence }) => sequence),
  };
  await setup.deliverer.begin();
  await run(setup);
  await setup.deliverer.stop(0);
  assertEquals(underWay, 0, "an attempt is still under way");
  assertEquals(clock.pending, 0, "a timer is still pending");
}

/** Lets all be done that waits for nothing but its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** An answer of a receiver that is in trouble. */
export const REFUSED: Answer = {
  result: "refused",
  status: 500,
  detail: "It was answered with status 500",
};
