/**
 * How CallFire is doing, and what follows from that for all orders together:
 * one circuit for when it fails, one gate for when it refuses the credentials,
 * and a slower pace for when it asks for one.
 *
 * @module
 */

import { MAX_RETRY_AFTER_MS } from "../../client/internal.ts";
import { MissingOrders } from "./missing_orders.ts";
import type { PollResultLabel } from "./poll_result.ts";
import { RequestLimit } from "./request_limit.ts";

/** One second, in milliseconds: what rates are told in. */
const SECOND = 1_000;

/** So many failures in a row, over all orders, open the circuit. */
const FAILURES_TO_OPEN = 5;

/** The first time between two probes of a failing CallFire, in milliseconds. */
const INITIAL_PROBE_DELAY_MS = 1_000;

/** The longest time between two probes, in milliseconds. */
const MAX_PROBE_DELAY_MS = 60_000;

/** A probe without an outcome is taken for lost by then, in milliseconds. */
const PROBE_TIMEOUT_MS = 60_000;

/** Between two probes with credentials that were refused, in milliseconds. */
const CREDENTIALS_PROBE_DELAY_MS = 15_000;

/** The rate that a recovery starts with, in questions a second. */
const INITIAL_RATE = 5;

/** The rate doubles this often after a recovery, in milliseconds. */
const RECOVERY_STEP = 1_000;

/** How long CallFire is left alone when it asks for less, in milliseconds. */
const OVERLOAD_BACKOFF_MS = 1_000;

/** The rate doubles this often after CallFire asked for less, in milliseconds. */
const OVERLOAD_STEP_MS = 10_000;

/** The lowest rate that CallFire's asking for less leads to, a second. */
const MIN_RATE = 0.2;

/** A rate that is taken for no limit while it comes back. */
const UNLIMITED = 10_000;

/** Whether CallFire can be asked: yes, it fails, or it refuses us. */
export type UpstreamState = "up" | "failing" | "refused";

/** The order that a request was about. */
export interface PolledOrder {
  /** Its id. */
  readonly id: string;
  /** Whether CallFire has described it before. */
  readonly isKnown: boolean;
}

/** What all orders together know of CallFire. */
export class Upstream {
  #fullRate: number;
  readonly #random: () => number;
  readonly #limit: RequestLimit;
  #state: UpstreamState = "up";
  #failures = 0;
  #probeDelay = INITIAL_PROBE_DELAY_MS;
  #probeAt = -Infinity;
  #pausedUntil = -Infinity;
  #step = RECOVERY_STEP;
  #stepAt = Infinity;
  /** What a recovery, or CallFire's asking for less, has left of the rate. */
  #trustedRate = Infinity;
  #isClosed = false;
  readonly #missing = new MissingOrders();
  /** Whether it counts as failing because known orders turned 404 together. */
  #isAll404 = false;
  /** When it was last found to fail no more. */
  #healthySince = -Infinity;

  /**
   * Begins with a CallFire that is up.
   *
   * @param rate Questions a second, more than 0; `Infinity` for no limit.
   * @param random A number from 0 up to, but not including, 1.
   */
  constructor(rate: number, random: () => number) {
    this.#fullRate = rate;
    this.#random = random;
    this.#limit = new RequestLimit(rate);
  }

  /** Whether CallFire can be asked, as far as is known. */
  get state(): UpstreamState {
    return this.#state;
  }

  /** Why it counts as failing though it responds; `undefined` otherwise. */
  get failure(): string | undefined {
    if (!this.#isAll404) return undefined;
    return "CallFire answers 404 for orders that it knew: no order settles as " +
      "not_found until it knows one of them again. Check CALLFIRE_BASE_URL, " +
      "and that CALLFIRE_LOGIN names the account of these orders.";
  }

  /**
   * For how long it has not failed.
   *
   * @param now Milliseconds of the clock that the other methods are given.
   * @returns Milliseconds; 0 while it fails, `Infinity` if it never did.
   */
  healthyFor(now: number): number {
    return this.#state === "failing" ? 0 : now - this.#healthySince;
  }

  /** Questions a second, as they are limited now; 0 for none at all. */
  get rate(): number {
    return this.#isClosed ? 0 : this.#limit.rate;
  }

  /**
   * Changes how many questions may be asked at most. A rate that is lower, since
   * CallFire is coming back or asked for less, is not raised by that.
   *
   * @param rate Questions a second; 0 for none, `Infinity` for no limit.
   */
  setFullRate(rate: number): void {
    this.#isClosed = rate === 0;
    if (this.#isClosed) return;
    this.#fullRate = rate;
    this.#limit.setRate(Math.min(rate, this.#trustedRate));
  }

  /**
   * When the next question may be asked, whichever order it is about.
   *
   * @returns Milliseconds of the clock that the other methods are given;
   * `Infinity` for not at all.
   */
  nextAt(): number {
    if (this.#isClosed) return Infinity;
    const at = Math.max(this.#limit.nextAt(), this.#pausedUntil);
    return this.#state === "up" ? at : Math.max(at, this.#probeAt);
  }

  /**
   * Counts a request that is begun.
   *
   * @param now Milliseconds, not before `nextAt()`.
   * @returns Whether it is a probe, which decides whether others may be asked.
   */
  asked(now: number): boolean {
    this.#limit.begin(now);
    const isProbe = this.#state !== "up";
    if (isProbe) this.#probeAt = now + PROBE_TIMEOUT_MS;
    return isProbe;
  }

  /**
   * Counts a request that is sent, if it may be sent now. Much may have happened
   * since it was begun.
   *
   * @param now Milliseconds of the same clock.
   * @param isProbe What `asked` returned for it.
   * @returns 0 if it is sent now, else for how many milliseconds it may not be;
   * `undefined` if it must not be sent, but begun again later.
   */
  admit(now: number, isProbe: boolean): number | undefined {
    const isOpen = this.#state === "up" || isProbe;
    if (this.#isClosed || !isOpen || now < this.#pausedUntil) return undefined;
    return this.#limit.admit(now);
  }

  /**
   * Notes what a question came to.
   *
   * @param result What it came to.
   * @param now Milliseconds of the same clock.
   * @param isProbe What `asked` returned for it.
   * @param retryAfter How long CallFire asks us to stay away, in milliseconds.
   * @param order The order that it was about.
   */
  answered(
    result: PollResultLabel,
    now: number,
    isProbe: boolean,
    retryAfter = 0,
    order?: PolledOrder,
  ): void {
    // What was asked before CallFire asked for less says nothing new of that.
    const isPaused = now < this.#pausedUntil;
    this.#pause(now, result === "rate_limited", retryAfter);
    // A late response may show that the circuit opened by mistake.
    const isEvidence = this.#compare(result, now, order);
    // Nor do questions that were out when the circuit opened.
    if (!isProbe && this.#state !== "up") return;
    switch (result) {
      case "unauthorized":
      case "forbidden":
        return this.#refuse(now, result);
    }
    const isMissing = result === "not_found" && this.#missing.isWidespread;
    if (isMissing || this.#isAll404) return this.#failAs404(now, isEvidence);
    switch (result) {
      case "rate_limited":
        this.#recover(now);
        if (!isPaused) this.#slowDown(now);
        return;
      case "network":
      case "timeout":
      case "server_error":
      case "malformed":
        return this.#fail(now);
      default:
        this.#recover(now);
        this.#speedUp(now);
    }
  }

  /**
   * Sends nothing until a time, since CallFire asked for that before.
   *
   * @param time Milliseconds of the same clock.
   */
  pauseUntil(time: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, time);
  }

  /** Gives up a question that was asked, as if it had never been. */
  abandoned(isProbe: boolean): void {
    if (isProbe) this.#probeAt = -Infinity;
  }

  #pause(now: number, isOverload: boolean, retryAfter: number): void {
    const pause = Math.max(isOverload ? OVERLOAD_BACKOFF_MS : 0, retryAfter);
    this.#pausedUntil = Math.max(
      this.#pausedUntil,
      now + Math.min(MAX_RETRY_AFTER_MS, pause),
    );
  }

  /**
   * Notes that an order is not watched any more.
   *
   * @param id The order's id.
   * @param now Milliseconds of the same clock.
   */
  forget(id: string, now: number): void {
    this.#missing.remove(id);
    this.#closeIfKnown(now);
  }

  /** Compares the order with others; returns whether it speaks of CallFire. */
  #compare(result: PollResultLabel, now: number, order?: PolledOrder): boolean {
    if (result === "ok" && order) this.#missing.found(order.id);
    this.#closeIfKnown(now);
    if (result !== "not_found") return true;
    return order?.isKnown === true && this.#missing.add(order.id);
  }

  #closeIfKnown(now: number): void {
    if (this.#isAll404 && !this.#missing.isWidespread) this.#recover(now);
  }

  /** Known orders turned 404 together: only reading one of them closes this. */
  #failAs404(now: number, isEvidence: boolean): void {
    if (!this.#isAll404) {
      this.#isAll404 = true;
      this.#state = "failing";
      this.#probeDelay = INITIAL_PROBE_DELAY_MS;
    } else if (isEvidence) {
      this.#probeDelay = Math.min(MAX_PROBE_DELAY_MS, this.#probeDelay * 2);
    }
    // A 404 of an order that was never read says nothing: try another one soon.
    this.#probeAfter(
      now,
      isEvidence ? this.#probeDelay : INITIAL_PROBE_DELAY_MS,
    );
  }

  #refuse(now: number, result: "unauthorized" | "forbidden"): void {
    this.#isAll404 = false;
    // A first 403 may be about one order alone: another one is tried soon.
    const isSoon = result === "forbidden" && this.#state !== "refused";
    this.#state = "refused";
    this.#probeAt = now +
      (isSoon ? INITIAL_PROBE_DELAY_MS : CREDENTIALS_PROBE_DELAY_MS);
  }

  #fail(now: number): void {
    if (this.#state === "refused") {
      this.#probeAt = now + CREDENTIALS_PROBE_DELAY_MS;
      return;
    }
    if (this.#state === "failing") {
      this.#probeDelay = Math.min(MAX_PROBE_DELAY_MS, this.#probeDelay * 2);
    } else {
      this.#failures++;
      if (this.#failures < FAILURES_TO_OPEN) return;
      this.#state = "failing";
      this.#probeDelay = INITIAL_PROBE_DELAY_MS;
    }
    this.#probeAfter(now, this.#probeDelay);
  }

  /** From half of the delay to all of it, so that daemons spread out. */
  #probeAfter(now: number, delay: number): void {
    this.#probeAt = now + delay * (1 - this.#random() / 2);
  }

  #recover(now: number): void {
    this.#failures = 0;
    if (this.#state === "up") return;
    if (this.#state === "failing") this.#healthySince = now;
    this.#isAll404 = false;
    this.#state = "up";
    // What was still coming back goes on no faster than before.
    const step = this.#isFullRate ? RECOVERY_STEP : this.#step;
    this.#trust(Math.min(INITIAL_RATE, this.#limit.rate), now, step);
  }

  #slowDown(now: number): void {
    // A limit that is far above what is in use would not be felt if halved.
    const inUse = this.#isFullRate
      ? Math.max(1, this.#limit.sentSince(now - SECOND))
      : Infinity;
    const lowest = Math.min(MIN_RATE, this.#fullRate);
    const rate = Math.max(lowest, Math.min(this.#limit.rate, inUse) / 2);
    this.#trust(rate, this.#pausedUntil, OVERLOAD_STEP_MS);
  }

  #speedUp(now: number): void {
    if (now < this.#stepAt) return;
    const rate = this.#trustedRate * 2;
    const isFull = rate >= Math.min(this.#fullRate, UNLIMITED);
    this.#trust(isFull ? Infinity : rate, now, this.#step);
  }

  get #isFullRate(): boolean {
    return this.#trustedRate >= this.#fullRate;
  }

  #trust(rate: number, now: number, step: number): void {
    this.#trustedRate = rate;
    this.#limit.setRate(Math.min(rate, this.#fullRate));
    this.#step = step;
    this.#stepAt = rate === Infinity ? Infinity : now + step;
  }
}
