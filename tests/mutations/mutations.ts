/**
 * Bugs to plant, one at a time: what each does to the code, and what must
 * notice it.
 *
 * @module
 */

/**
 * What notices a bug: seeds of the simulation, of one daemon or of several that
 * share a database, or the tests of a path.
 */
export type Check = "simulate" | "simulate --shared" | `tests/${string}`;

/** A bug to plant. */
export interface Mutation {
  /** What is wrong then. */
  readonly name: string;
  /** The file that it is planted in. */
  readonly file: string;
  /** Code whose shape is in the file exactly once; names do not matter. */
  readonly code: string;
  /** What is put in its place. */
  readonly bug: string;
  /** Other code of the file, with the names that only the bug has. */
  readonly names?: string;
  /** What must notice it. */
  readonly check: Check;
}

/** Every bug that is planted. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "the pace of the client is a hundredth of a second short",
    file: "client/request_spacing.ts",
    code: "Math.max(0, at + MIN_INTERVAL_MS - now)",
    bug: "Math.max(0, at + MIN_INTERVAL_MS - 10 - now)",
    check: "tests/client/request_spacing_test.ts",
  },
  {
    name: "the client forgets the last answer too soon",
    file: "client/single_flight.ts",
    code: `settle = (caller) => caller.reject(error);
      } this.#pace.answered(id, this.#clock.now());`,
    bug: "settle = (caller) => caller.reject(error); }",
    check: "tests/client/single_flight_test.ts",
  },
  {
    name: "the daemon does not know when an order was answered last",
    file: "daemon/polling/poller.ts",
    code: "this.#pace.answered(id, now); if (signal.aborted",
    bug: "if (signal.aborted",
    check: "simulate",
  },
  {
    name:
      "an order that is watched anew while it is asked about is due at once",
    file: "daemon/polling/tracker.ts",
    code: "if (!this.#asking.has(watch.id)) this.#schedule(watch, 0);",
    bug: "this.#schedule(watch, 0);",
    check: "simulate",
  },
  {
    name: "a new daemon begins to ask at once",
    file: "daemon/polling/tracker.ts",
    code: "Math.max(MIN_INTERVAL_MS, limitWindow(maxRequestsPerSecond));",
    bug: "Math.min(0, MIN_INTERVAL_MS + limitWindow(maxRequestsPerSecond));",
    check: "simulate",
  },
  {
    name: "a wake-up is lost when an earlier order comes in",
    file: "daemon/polling/scheduler.ts",
    code: "if (due < this.#timerAt) this.#run();",
    bug: "if (this.#timerAt === Infinity) this.#run();",
    check: "simulate",
  },
  {
    name: "nobody is asked about after the last question that was out",
    file: "daemon/polling/scheduler.ts",
    code: `        this.#idle = undefined;
      }
      this.#run();`,
    bug: `        this.#idle = undefined;
      }`,
    check: "simulate",
  },
  {
    name: "one question more is out than may be",
    file: "daemon/polling/scheduler.ts",
    code: "this.#isRunning && this.#inFlight < maxInFlight",
    bug: "this.#isRunning && this.#inFlight <= maxInFlight",
    check: "tests/daemon/polling/scheduler_test.ts",
  },
  {
    name: "the account's limit counts one question too few",
    file: "daemon/polling/request_limit.ts",
    code: "return this.#lastBut(worth - 1) +",
    bug: "return this.#lastBut(worth) +",
    check: "simulate",
  },
  {
    name: "the account's limit is one for each order",
    file: "daemon/polling/upstream.ts",
    code: "return this.#limit.admit(now);",
    bug: "return 0;",
    check: "simulate",
  },
  {
    name: "Retry-After is ignored",
    file: "daemon/polling/upstream.ts",
    code: "now + Math.min(MAX_RETRY_AFTER_MS, pause)",
    bug: "now + Math.min(MAX_RETRY_AFTER_MS, 0 * pause)",
    check: "simulate",
  },
  {
    name: "refused credentials are tried once a second",
    file: "daemon/polling/upstream.ts",
    code: "const CREDENTIALS_PROBE_DELAY_MS = 15_000;",
    bug: "const CREDENTIALS_PROBE_DELAY_MS = 1_000;",
    check: "simulate",
  },
  {
    name: "a probe that was given up is waited for",
    file: "daemon/polling/upstream.ts",
    code: "if (isProbe) this.#probeAt = -Infinity;",
    bug: "if (isProbe) this.#probeAt = Infinity;",
    check: "tests/daemon/polling/upstream_test.ts",
  },
  {
    name: "a 404 is believed at once",
    file: "daemon/polling/watched_order.ts",
    code: "if (watchedFor - notFound.since >= believedAfter)",
    bug: "if (watchedFor - notFound.since >= 0)",
    check: "simulate",
  },
  {
    name: "two 404s in a row settle an order",
    file: "daemon/polling/watched_order.ts",
    code: "export const MIN_NOT_FOUND_POLLS = 3;",
    bug: "export const MIN_NOT_FOUND_POLLS = 2;",
    check: "tests/daemon/polling/watched_order_not_found_test.ts",
  },
  {
    name: "an order that was read vanishes as soon as one that never was",
    file: "daemon/polling/watched_order.ts",
    code:
      "const believedAfter = known ? VANISHED_AFTER_MS : NOT_FOUND_AFTER_MS;",
    bug: "const believedAfter = NOT_FOUND_AFTER_MS;",
    check: "simulate",
  },
  {
    name: "a CallFire that answers 404 to all is believed",
    file: "daemon/polling/missing_orders.ts",
    code: "return this.#suspects.size >= MIN_MISSING_ORDERS;",
    bug: "return false;",
    check: "simulate",
  },
  {
    name: "an order that came back short counts as bought",
    file: "client/number_order.ts",
    code: `isEmpty ? "unfulfilled" : "partial"`,
    bug: `isEmpty ? "unfulfilled" : "fulfilled"`,
    check: "simulate",
  },
  {
    name: "a settled order is asked about again",
    file: "daemon/polling/tracker.ts",
    code: "this.#watching.remove(id); this.#scheduler.remove(id);",
    bug: "this.#watching.remove(id); this.#scheduler.schedule(id, 0);",
    names: "this.#scheduler.schedule(id, now + pause, polls === 0);",
    check: "simulate",
  },
  {
    name: "an answer to the watch before settles the one after",
    file: "daemon/polling/order_registry.ts",
    code: "return watch?.watchedAt === watchedAt ? watch : undefined;",
    bug: "return watchedAt > 0 ? watch : undefined;",
    check: "tests/daemon/polling/tracker_test.ts",
  },
  {
    name: "what could not be stored is never asked for again",
    file: "daemon/polling/tracker.ts",
    code: "return this.#now() + STORE_RETRY_MS;",
    bug: "return Infinity;",
    check: "simulate",
  },
  {
    name: "an event is told before it is durable",
    file: "daemon/store/sqlite/commit_queue.ts",
    code:
      `if (isLarge()) this.#file.withoutCheckpoint(() => this.#commit.run());
      else this.#commit.run();`,
    bug: "this.#upkeep.onEvents(stored.splice(0)); this.#commit.run();",
    names: `if (part[0] !== stored[0]) yield;
      try { this.#upkeep.onEvents(part); }`,
    check: "simulate",
  },
  {
    name: "a call is answered before its change is durable",
    file: "daemon/store/sqlite/commit_queue.ts",
    code: "answer: () => resolve(answer),",
    bug: "answer: (resolve(answer), () => {}),",
    check: "simulate",
  },
  {
    name: "a commit that failed is not taken back",
    file: "daemon/store/sqlite/commit_queue.ts",
    code: `      this.#rollBack("ROLLBACK");\n`,
    bug: "",
    check: "simulate",
  },
  {
    name: "polls without a change are never stored",
    file: "daemon/store/sqlite/sqlite_store.ts",
    code:
      "for (const watch of this.#touches.all()) this.#watches.touch(watch);",
    bug: "",
    check: "tests/daemon/store/",
  },
  {
    name: "events are numbered anew after a commit that failed",
    file: "daemon/store/sqlite/commit_queue.ts",
    code: "this.#lastSequence += stored.length;",
    bug: "this.#lastSequence += stored.length + 1;",
    check: "simulate",
  },
  {
    name: "a replay begins with the event that is known",
    file: "daemon/event_feed.ts",
    code: "(event) => event.sequence <= sequence) + 1;",
    bug: "(event) => event.sequence < sequence) + 1;",
    check: "simulate",
  },
  {
    name: "a reader is not woken by an event",
    file: "daemon/event_feed.ts",
    code: `for (const { watch } of events) this.#wake(watch.id);
      this.#wake(ANY_ORDER);`,
    bug: "for (const { watch } of events) this.#wake(watch.id);",
    check: "simulate",
  },
  {
    name: "whoever waits for an order is not woken by its end",
    file: "daemon/event_feed.ts",
    code: "for (const { watch } of events) this.#wake(watch.id);",
    bug: "",
    check: "simulate",
  },
  {
    name: "settled orders stay counted as watched",
    file: "daemon/polling/order_registry.ts",
    code: "this.census.remove(entry.watch, entry.beganAt);",
    bug: "",
    check: "simulate",
  },
  {
    name: "a settled order is counted twice",
    file: "daemon/metrics.ts",
    code: `if (type !== "order.settled" || !outcome) continue;
      const labels = { outcome }; this.#settled.inc(labels);`,
    bug: `if (type !== "order.settled" || !outcome) continue;
      const labels = { outcome }; this.#settled.inc(labels, 2);`,
    check: "simulate",
  },
  {
    name: "an answer that was cut short is believed",
    file: "client/xml/well_formed.ts",
    code: `while (this.#open.length > 0) this.#passContent();
      this.#passMisc();
      if (this.#at < this.#text.length)`,
    bug: `while (this.#open.length > 0) {
        if (this.#at < this.#text.length) this.#passContent();
        else this.#close(this.#open.at(-1)!);
      }
      this.#passMisc();
      if (this.#at < this.#text.length)`,
    names:
      'this.#open.push(element); if (end[1] === "/") this.#close(element);',
    check: "tests/client/xml/well_formed_test.ts",
  },
  {
    name: "an answer about another order is believed",
    file: "client/xml/parse_number_order.ts",
    code: "parseLong(seenId) !== BigInt(id)",
    bug: "parseLong(seenId) === 0n",
    check: "simulate",
  },
  {
    name: "questions are asked when no lease allows for them",
    file: "daemon/polling/scheduler.ts",
    code: "if (canPoll?.() === false) break;",
    bug: "",
    check: "simulate --shared",
  },
  {
    name: "a lease uses slots of the limit that others have not given up",
    file: "daemon/cluster/slot_tracker.ts",
    code: "const next = Math.min(fairSlots, slots);",
    bug: "const next = fairSlots;",
    check: "simulate --shared",
  },
  {
    name: "an order that a lease has claimed is asked about at once",
    file: "daemon/polling/tracker.ts",
    code: "this.#poller.leaveAlone(watch.id);",
    bug: "",
    check: "simulate --shared",
  },
  {
    name: "the end of a lease gives up no question",
    file: "daemon/polling/tracker.ts",
    code: 'this.#poller.giveUp(new Error("…"));',
    bug: "",
    check: "simulate --shared",
  },
  {
    name: "a lease lets go of an order that is being asked about",
    file: "daemon/polling/tracker.ts",
    code: ".filter(({ id }) => !this.#asking.has(id))",
    bug: "",
    check: "simulate --shared",
  },
  {
    name: "a lease counts from when its renewal was answered",
    file: "daemon/cluster/membership.ts",
    code: "tenure.term.renew(moment);",
    bug: "tenure.term.renew(momentOf(this.#clocks));",
    names: `const moment = momentOf(this.#clocks);
      const standing = await leases.renew({`,
    check: "tests/daemon/cluster/membership_test.ts",
  },
  {
    name: "an answer counts that came after the lease had ended",
    file: "daemon/polling/poller.ts",
    code: "const isHeld = hasLease?.() !== false;",
    bug: "const isHeld = true;",
    check: "tests/simulation/regressions_test.ts",
  },
  {
    name: "a store writes about an order that another lease holds",
    file: "daemon/store/postgres/batch.ts",
    code: "if (!present || present.daemon !== asked) return undefined;",
    bug: "if (!present) return undefined;",
    check: "tests/daemon/store/postgres/leases_test.ts",
  },
  {
    name: "what a lease stored before it was lost counts for nobody",
    file: "daemon/store/postgres/postgres_store.ts",
    code: "daemon !== null && this.#leases.has(daemon)",
    bug: "daemon !== null && daemon === this.#lease",
    names: "own.filter(({ daemon }) => daemon === this.#lease)",
    check: "tests/daemon/store/postgres/postgres_store_faults_test.ts",
  },
  {
    name: "progress is stored by a daemon that delivers no more",
    file: "daemon/store/postgres/webhook_statements.ts",
    code: "WHERE daemon = $${values.length + 1}::bigint",
    bug: "WHERE $${values.length + 1}::bigint > 0",
    check: "tests/daemon/store/postgres/postgres_store_deliverer_test.ts",
  },
  {
    name: "two daemons deliver at a time",
    file: "daemon/store/postgres/leases.ts",
    code: "WHERE number = deliverer.daemon AND ended_at IS NULL",
    bug: "WHERE number = deliverer.daemon AND false",
    check: "tests/daemon/store/postgres/postgres_store_deliverer_test.ts",
  },
  {
    name: "a daemon delivers after its lease has ended",
    file: "daemon/cluster/membership.ts",
    code: "this.#options.deliverer?.end();",
    bug: "",
    check: "tests/daemon/cluster/membership_test.ts",
  },
  {
    name: "a webhook goes wherever the name leads that it is sent to",
    file: "daemon/webhooks/attempt.ts",
    code: "check(socket.remoteAddress) && resolve()",
    bug: "resolve()",
    check: "tests/daemon/webhooks/attempt_safety_test.ts",
  },
  {
    name: "the answer to a webhook is read to its end",
    file: "daemon/webhooks/attempt.ts",
    code: "if (size > BODY_LIMIT) resolve();",
    bug: "",
    check: "tests/daemon/webhooks/attempt_test.ts",
  },
  {
    name: "an endpoint that is gone is tried again",
    file: "daemon/webhooks/endpoint.ts",
    code: `const isGone = attempt.result === "gone";`,
    bug: "const isGone = false;",
    check: "tests/daemon/webhooks/endpoint_test.ts",
  },
  {
    name: "a receiver that asks us to stay away is not heard",
    file: "daemon/webhooks/retries.ts",
    code: "at + Math.min(retryAfter, LONGEST_RETRY_AFTER)",
    bug: "at + Math.min(0 * retryAfter, LONGEST_RETRY_AFTER)",
    check: "tests/daemon/webhooks/retries_test.ts",
  },
  {
    name: "a webhook that is under way counts as delivered",
    file: "daemon/webhooks/window.ts",
    code: "const [first] = this.#owed;\n    return first ?",
    bug: "const first = this.#owed.find((owed) => !owed.isUnderWay);\n" +
      "    return first ?",
    names: "if (!owed.isUnderWay) owed.event = undefined;",
    check: "simulate",
  },
  {
    name: "a webhook is sent before the one before it of its order is done",
    file: "daemon/webhooks/window.ts",
    code:
      "orders.add(owed.order);\n      if (!owed.isUnderWay) waiting.push(owed);",
    bug: "if (owed.isUnderWay) continue;" +
      "      orders.add(owed.order);\n      waiting.push(owed);",
    check: "simulate",
  },
  {
    name: "webhooks go on from where they were wherever they are to",
    file: "daemon/webhooks/endpoint_deliveries.ts",
    code: `this.#stopping = new AbortController();
      this.#window = new Window(resumed.cursor);`,
    bug: "this.#stopping = new AbortController();",
    check: "simulate",
  },
  {
    name: "webhooks are sent to an endpoint that wants no more",
    file: "daemon/webhooks/endpoint_deliveries.ts",
    code: "if (this.#endpoint.parked) return this.#endIfUnwanted();",
    bug: "",
    check: "simulate",
  },
  {
    name: "webhooks are sent to an endpoint that was removed",
    file: "daemon/webhooks/endpoints.ts",
    code: "removeEndpoint(id);\n    await deliverer.refresh([id]);",
    bug: "removeEndpoint(id);",
    check: "simulate",
  },
  {
    name: "webhooks are not tried again by themselves",
    file: "daemon/webhooks/endpoint_deliveries.ts",
    code: "if (isWaiting && nextAt < Infinity) this.#pumpIn(nextAt - now);",
    bug: "",
    check: "simulate",
  },
  {
    name: "webhooks are delivered when no lease allows for it",
    file: "daemon/cluster/membership.ts",
    code: "return this.hasLease && this.#tenure!.delivers;",
    bug: "return this.#tenure?.delivers ?? true;",
    check: "simulate --shared",
  },
  {
    name: "the end of a lease gives up no webhook",
    file: "daemon/cluster/membership.ts",
    code: "this.#options.deliverer?.end();",
    bug: "",
    check: "simulate --shared",
  },
  {
    name:
      "webhooks go by endpoints as they were before another daemon's change",
    file: "daemon/webhook_parts.ts",
    code: "store.subscribe((ids) => deliverer.refresh(ids));",
    bug: "",
    check: "simulate --shared",
  },
];
