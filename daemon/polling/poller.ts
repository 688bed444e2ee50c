/**
 * Questions about single orders: asking one, what it came to, and what that
 * says of CallFire.
 *
 * @module
 */

import {
  CallFireError,
  type Clock,
  type NumberOrder,
  RequestSpacing,
} from "../../mod.ts";
import type { Pause } from "./long_pause.ts";
import { messageOf } from "./error_message.ts";
import { POLL_RESULT_LABELS, type PollResultLabel } from "./poll_result.ts";
import type { DuePoll } from "./scheduler.ts";
import type { PolledOrder, Upstream, UpstreamState } from "./upstream.ts";
import type { Fault, Reading } from "./watched_order.ts";

/** Asks about one order; what a client's `getNumberOrder` does. */
export type AskForOrder = (
  id: string,
  options: { signal: AbortSignal },
) => Promise<NumberOrder>;

/** One question and its answer, for the metrics. */
export interface Poll {
  /** What it came to. */
  result: PollResultLabel;
  /** From the request to the end of the response, in milliseconds. */
  duration: number;
  /** How long after its due time the question began, in milliseconds. */
  lateness: number;
}

/** What questions need. */
export interface PollerOptions {
  /** Asks about one order. */
  ask: AskForOrder;
  /** Where time comes from. */
  clock: Clock;
  /** How CallFire is doing. */
  upstream: Upstream;
  /**
   * Whether requests may be sent at all, right now; by default they may. It is
   * called right before each is sent.
   */
  canPoll?: (() => boolean) | undefined;
  /**
   * Whether the orders are still held that are asked about; they are unless
   * told. It is looked at right when an answer is there.
   */
  hasLease?: (() => boolean) | undefined;
  /** Is told of every answer. */
  onPoll: (poll: Poll) => void;
  /** Called with every pause that CallFire asks for by `Retry-After`. */
  onRetryAfter?: ((pause: Pause) => void) | undefined;
  /** Is told when CallFire begins to fail or to refuse us, or is up again. */
  onUpstream: (state: UpstreamState, fault: Fault | undefined) => void;
}

/** A request that is begun, until its response has ended. */
interface Begun {
  /** Whether it is a probe, which decides whether others may be asked. */
  readonly isProbe: boolean;
  /** When it was sent; `undefined` until then. */
  sentAt?: number;
}

/** Why a request that was begun is not sent: much may have happened since. */
class NotSentError extends Error {
  override readonly name = "NotSentError";
}

/** Asks about orders. */
export class Poller {
  readonly #options: PollerOptions;
  readonly #pace = new RequestSpacing();
  /** The requests that are begun, by their orders' ids. */
  readonly #begun = new Map<string, Begun>();
  #out = new AbortController();

  /**
   * Begins with nothing asked.
   *
   * @param options What they need.
   */
  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /**
   * How long an order has to be left alone by the promise to CallFire.
   *
   * @param id The order's id.
   * @returns Milliseconds from 0 to 1000.
   */
  remaining(id: string): number {
    return this.#pace.remaining(id, this.#options.clock.now());
  }

  /**
   * Leaves an order alone as if an answer about it had ended just now.
   *
   * @param id The order's id.
   */
  leaveAlone(id: string): void {
    this.#pace.answered(id, this.#options.clock.now());
  }

  /**
   * Decides whether a request may be sent now; the gate of the client.
   *
   * @param id Its order's id.
   * @returns 0 if it is sent now; else the milliseconds to wait before this is
   * called again.
   * @throws {NotSentError} If it must not be sent, but begun again later.
   */
  admit(id: string): number {
    const { clock, canPoll, upstream } = this.#options;
    const begun = this.#begun.get(id);
    const now = clock.now();
    const delay = begun && canPoll?.() !== false
      ? upstream.admit(now, begun.isProbe)
      : undefined;
    if (!begun || delay === undefined) {
      throw new NotSentError(`The request for order '${id}' came too late`);
    }
    if (delay === 0) begun.sentAt = now;
    return delay;
  }

  /**
   * Asks.
   *
   * @param due What is to be asked.
   * @param isKnown Whether CallFire has described the order before.
   * @returns What that came to; `undefined` if it was not sent or given up, or
   * the orders are not held any more.
   */
  async ask(
    { id, isProbe, lateness }: DuePoll,
    isKnown: boolean,
  ): Promise<Reading | undefined> {
    const { clock, hasLease, onPoll, upstream } = this.#options;
    const startedAt = clock.now();
    const { signal } = this.#out;
    const begun: Begun = { isProbe };
    this.#begun.set(id, begun);
    const reading = await this.#read(id, signal);
    this.#begun.delete(id);
    const now = clock.now();
    this.#pace.answered(id, now);
    if (signal.aborted || !reading) {
      upstream.abandoned(isProbe);
      return undefined;
    }
    // After a sleep of the machine the date is behind, and nobody may have
    // noticed yet that the orders are not held.
    const isHeld = hasLease?.() !== false;
    const result = resultOf(reading);
    // One that was never sent failed while it connected.
    const { sentAt = startedAt } = begun;
    if (isHeld) onPoll({ result, duration: now - sentAt, lateness });
    // What CallFire asks for stands whoever holds the orders.
    this.#tellUpstream(result, isProbe, reading.fault, { id, isKnown });
    return isHeld ? reading : undefined;
  }

  /**
   * Gives up all that are out; what is asked from now on is not.
   *
   * @param reason Why.
   */
  giveUp(reason: Error): void {
    this.#out.abort(reason);
    this.#out = new AbortController();
  }

  async #read(
    id: string,
    signal: AbortSignal,
  ): Promise<Reading | undefined> {
    const { ask, clock } = this.#options;
    const now = () => clock.date().getTime();
    try {
      const order = await ask(id, { signal });
      return { at: now(), order };
    } catch (error) {
      if (error instanceof NotSentError) return undefined;
      const { code, retryAfter } = error instanceof CallFireError
        ? error
        : { code: "network" as const, retryAfter: undefined };
      const message = messageOf(error);
      return { at: now(), fault: { code, message, retryAfter } };
    }
  }

  #tellUpstream(
    result: PollResultLabel,
    isProbe: boolean,
    fault: Fault | undefined,
    order: PolledOrder,
  ): void {
    const { clock, onRetryAfter, onUpstream, upstream } = this.#options;
    const before = upstream.state;
    upstream.answered(result, clock.now(), isProbe, fault?.retryAfter, order);
    if (upstream.state !== before) onUpstream(upstream.state, fault);
    if (fault?.retryAfter) {
      onRetryAfter?.({ left: fault.retryAfter, code: fault.code });
    }
  }
}

function resultOf({ fault }: Reading): PollResultLabel {
  if (!fault) return "ok";
  return POLL_RESULT_LABELS.find((result) => result === fault.code) ??
    "network";
}
