/**
 * A tracker in virtual time, whose questions a test answers.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import type { Poll } from "../../../daemon/polling/poller.ts";
import type { StoredEvent } from "../../../daemon/store/store.ts";
import {
  Tracker,
  type TrackerOptions,
} from "../../../daemon/polling/tracker.ts";
import {
  MIN_INTERVAL_MS,
  type NumberOrder,
  type OrderStatus,
} from "../../../mod.ts";
import { TestClock } from "../client/test_clock.ts";
import { Disk, ModelStore } from "../store/model_store.ts";
import { orderOf } from "./testing.ts";

/** The id of an order. */
export const ID = "1642251003";

/** A question that waits for the test to answer it. */
export interface Question {
  /** The order's id. */
  id: string;
  /** Answers with a status. */
  answer(status: OrderStatus): Promise<void>;
  /** Lets it fail. */
  fail(error: unknown): Promise<void>;
}

/** Lets all that is ready to go on do so: answers, commits, what follows. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** A tracker in virtual time, whose questions the test answers. */
export class TrackerSetup {
  readonly clock: TestClock;
  readonly questions: Question[] = [];
  readonly events: StoredEvent[] = [];
  readonly polls: Poll[] = [];
  readonly storage: unknown[] = [];
  readonly store: ModelStore;
  readonly tracker: Tracker;
  /** Whether the next commits fail. */
  isDiskFull = false;
  /** What the next commits wait for. */
  disk: Promise<void> = Promise.resolve();

  constructor(
    disk = new Disk(),
    options: Partial<TrackerOptions> = {},
    clock = new TestClock(),
  ) {
    this.clock = clock;
    this.store = new ModelStore(
      disk,
      clock,
      () => this.isDiskFull ? Promise.reject("full") : this.disk,
    );
    this.tracker = new Tracker({
      ask: (id, { signal }) => this.#ask(id, signal),
      store: this.store,
      clock,
      maxRequestsPerSecond: Infinity,
      maxInFlight: 10,
      expireAfter: 86_400_000,
      onPoll: (poll) => this.polls.push(poll),
      onUpstream: () => {},
      onStorage: (error) => this.storage.push(error),
      ...options,
    });
    this.store.subscribe({
      onEvents: (events, _own, held) => {
        this.tracker.happened(held);
        this.events.push(...events);
      },
    });
  }

  /** What happened, as `type id`. */
  get happened(): string[] {
    return this.events.map(({ type, watch }) => `${type} ${watch.id}`);
  }

  /** Starts, and lets the pause pass in which nobody is asked about. */
  async start(): Promise<void> {
    await this.tracker.start();
    await this.clock.advance(MIN_INTERVAL_MS);
  }

  async watch(id = ID, label: string | null = null): Promise<void> {
    await this.tracker.watch([{ id, label }]);
    await settle();
  }

  /** The next question; there must be one. */
  async question(): Promise<Question> {
    await settle();
    const question = this.questions.shift();
    assert(question, "nothing was asked");
    return question;
  }

  #ask(id: string, signal: AbortSignal): Promise<NumberOrder> {
    const { promise, reject, resolve } = Promise.withResolvers<NumberOrder>();
    assertEquals(this.tracker.admit(id), 0);
    signal.addEventListener("abort", () => reject(signal.reason));
    this.questions.push({
      id,
      answer: (status) => {
        resolve(orderOf({ id, status }));
        return settle();
      },
      fail: (error) => {
        reject(error);
        return settle();
      },
    });
    return promise;
  }
}
