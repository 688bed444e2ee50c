/**
 * A scheduler in virtual time, and what it lets be asked.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { PollResultLabel } from "../../../daemon/polling/poll_result.ts";
import { type DuePoll, Scheduler } from "../../../daemon/polling/scheduler.ts";
import { Upstream } from "../../../daemon/polling/upstream.ts";
import { TestClock } from "../client/test_clock.ts";

/** A poll, and when it began. */
export interface StartedPoll extends DuePoll {
  /** Milliseconds of the clock. */
  at: number;
}

/** What may be told of the polls; what is not told is ordinary. */
export interface ScheduledPollsOptions {
  /** Where time comes from. */
  clock?: TestClock;
  /** Questions a second; no limit unless told. */
  rate?: number;
  /** The most questions that may be out at once; 1000 unless told. */
  maxInFlight?: number;
  /** How long an answer takes, in milliseconds; 0 unless told. */
  exchange?: (id: string) => number;
  /** What CallFire answers; always `ok` unless told. */
  result?: (id: string) => PollResultLabel;
  /**
   * How long after its answer an order is due again, in milliseconds; it is
   * never due again unless told.
   */
  pause?: (id: string) => number;
  /** Is told of every poll that begins. */
  onPoll?: (poll: StartedPoll) => void;
}

/** A scheduler whose polls are answered after a while, and scheduled again. */
export class ScheduledPolls {
  readonly clock: TestClock;
  readonly upstream: Upstream;
  readonly scheduler: Scheduler;
  /** Every poll, unless `onPoll` takes them. */
  readonly polls: StartedPoll[] = [];
  readonly #options: ScheduledPollsOptions;

  constructor(options: ScheduledPollsOptions = {}) {
    const { rate = Infinity, maxInFlight = 1000 } = options;
    this.#options = options;
    this.clock = options.clock ?? new TestClock();
    this.upstream = new Upstream(rate, () => 0.5);
    this.scheduler = new Scheduler({
      clock: this.clock,
      upstream: this.upstream,
      maxInFlight,
      poll: (due) => this.#poll(due),
    });
  }

  /** When each poll of an order began. */
  timesOf(id: string): number[] {
    return this.polls.filter((poll) => poll.id === id).map(({ at }) => at);
  }

  async #poll(due: DuePoll): Promise<void> {
    const { exchange, result, pause } = this.#options;
    const onPoll = this.#options.onPoll ?? ((poll) => this.polls.push(poll));
    assert(due.lateness >= 0, `${due.id} is early by ${-due.lateness} ms`);
    assertEquals(this.upstream.admit(this.clock.now(), due.isProbe), 0);
    onPoll({ ...due, at: this.clock.now() });
    const duration = exchange?.(due.id) ?? 0;
    if (duration > 0) await this.clock.sleep(duration);
    const now = this.clock.now();
    this.upstream.answered(result?.(due.id) ?? "ok", now, due.isProbe);
    if (pause) this.scheduler.schedule(due.id, now + pause(due.id));
  }
}

/** The most starts within any second. */
export function mostInASecond(times: ArrayLike<number>): number {
  let [first, most] = [0, 0];
  for (let place = 0; place < times.length; place++) {
    while (times[first]! + 1000 <= times[place]!) first++;
    most = Math.max(most, place - first + 1);
  }
  return most;
}
