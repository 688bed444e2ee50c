/**
 * An upstream that tests ask and answer in its own time.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { PollResultLabel } from "../../../daemon/polling/poll_result.ts";
import { Upstream } from "../../../daemon/polling/upstream.ts";

/** A second, in milliseconds. */
export const SECOND = 1000;
/** A minute, in milliseconds. */
export const MINUTE = 60 * SECOND;
/** An hour, in milliseconds. */
export const HOUR = 60 * MINUTE;

/** An upstream that is asked as soon as it may be. */
export class AskedUpstream {
  readonly upstream: Upstream;
  now = 0;

  constructor(rate = 10, random: () => number = () => 0) {
    this.upstream = new Upstream(rate, random);
  }

  /** Asks one question; answers how long that had to wait. */
  ask(): { waited: number; isProbe: boolean } {
    const at = Math.max(this.now, this.upstream.nextAt());
    const waited = at - this.now;
    this.now = at;
    const isProbe = this.upstream.asked(at);
    assertEquals(this.upstream.admit(at, isProbe), 0);
    return { waited, isProbe };
  }

  /** Asks one question, which is answered at once. */
  poll(
    result: PollResultLabel = "ok",
    retryAfter?: number,
  ): { waited: number; isProbe: boolean } {
    const asked = this.ask();
    this.answer(result, asked.isProbe, retryAfter);
    return asked;
  }

  answer(result: PollResultLabel, isProbe = false, retryAfter?: number): void {
    this.upstream.answered(result, this.now, isProbe, retryAfter);
  }

  /** Asks until the time is up; answers when. */
  pollUntil(end: number): number[] {
    const times: number[] = [];
    while (Math.max(this.now, this.upstream.nextAt()) < end) {
      this.poll();
      times.push(this.now);
      // No limit means no time between two questions.
      if (this.upstream.rate === Infinity) this.now += 1;
    }
    this.now = end;
    return times;
  }

  /** Lets CallFire fail until the circuit opens. */
  break(result: PollResultLabel = "network"): void {
    for (let failure = 0; failure < 5; failure++) this.poll(result);
    assertEquals(this.upstream.state, "failing");
  }
}
