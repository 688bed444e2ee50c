/**
 * Sends messages to endpoints: signed, and only where that is allowed now.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import { formatAddress } from "../config/listen_address.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { ConcurrencyLimit } from "./concurrency_limit.ts";
import { type Endpoint, validSecrets } from "./endpoint.ts";
import { signatureHeaders, WebhookSecret } from "./signature.ts";
import type { AllowedHosts } from "./allowed_hosts.ts";
import { parseTarget, type Target, TargetError } from "./target.ts";

/**
 * The most connections to one host, over all endpoints of single orders that
 * are there: each order may have one. Those of all orders are few, and each
 * sends no more than it may by itself, so they wait for nobody.
 */
export const MAX_PER_HOST = 64;

/** What a message says. */
export interface Message {
  /** Its id, the same each time that it is sent. */
  readonly id: string;
  /** Its type. */
  readonly type: string;
  /** When what it tells of happened, in milliseconds since 1970. */
  readonly at: number;
  /** What it tells, to be written as JSON. */
  readonly data: unknown;
}

/** What came of an attempt, and how long it took. */
export interface TimedAttempt extends Attempt {
  /** How long it took, in milliseconds. */
  readonly duration: number;
}

/** What a sender needs. */
export interface SenderOptions {
  /** Time and chance. */
  clock: Clock;
  /** The date as the machine has it now, in milliseconds since 1970. */
  wallNow: () => number;
  /** The hosts that may be sent to. */
  hosts: AllowedHosts;
  /** Is told of each attempt. */
  onAttempt: (attempt: TimedAttempt) => void;
  /** Signs, if not as receivers expect it. */
  sign?: typeof signatureHeaders | undefined;
  /** Makes an attempt, if not over the network. */
  attempt?: typeof attempt | undefined;
}

/** Sends messages. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #limit = new ConcurrencyLimit(MAX_PER_HOST);

  /**
   * Begins with nothing sent.
   *
   * @param options What it needs.
   */
  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /**
   * Tries once to send a message to an endpoint; to one of a single order, once
   * there are not too many connections to its host.
   *
   * @param endpoint The endpoint.
   * @param message The message.
   * @param signal Ends it at once.
   * @throws The signal's reason if it is aborted before there was an answer.
   */
  send(
    endpoint: Endpoint,
    message: Message,
    signal: AbortSignal,
  ): Promise<TimedAttempt> {
    return this.#send(endpoint, (target) => {
      const once = () => this.#timed(endpoint, target, message, signal);
      if (endpoint.order === null) return once();
      return this.#limit.run(formatAddress(target), signal, once);
    });
  }

  /**
   * Tries once to send a message to an endpoint, however many connections there
   * are to its host.
   *
   * @param endpoint The endpoint.
   * @param message The message.
   * @param signal Ends it at once.
   * @throws The signal's reason if it is aborted before there was an answer.
   */
  sendAtOnce(
    endpoint: Endpoint,
    message: Message,
    signal: AbortSignal,
  ): Promise<TimedAttempt> {
    return this.#send(
      endpoint,
      (target) => this.#timed(endpoint, target, message, signal),
    );
  }

  async #send(
    endpoint: Endpoint,
    send: (target: Target) => Promise<TimedAttempt>,
  ): Promise<TimedAttempt> {
    const { hosts } = this.#options;
    let target: Target;
    try {
      target = parseTarget(endpoint.url, hosts);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      // The settings are other ones than when it was registered.
      return this.#told({
        result: "forbidden_address",
        status: null,
        detail: error.message,
        duration: 0,
      });
    }
    return await send(target);
  }

  async #timed(
    endpoint: Endpoint,
    target: Target,
    message: Message,
    signal: AbortSignal,
  ): Promise<TimedAttempt> {
    const { clock } = this.#options;
    const startedAt = clock.now();
    const ended = await this.#attempt(endpoint, target, message, signal);
    return this.#told({ ...ended, duration: clock.now() - startedAt });
  }

  async #attempt(
    endpoint: Endpoint,
    target: Target,
    { at, data, id, type }: Message,
    signal: AbortSignal,
  ): Promise<Attempt> {
    const { clock, wallNow } = this.#options;
    const { attempt: tryOnce = attempt, sign = signatureHeaders } =
      this.#options;
    const now = wallNow();
    const timestamp = new Date(at).toISOString();
    const body = JSON.stringify({ type, timestamp, data });
    const secrets = validSecrets(endpoint, now)
      .flatMap((text) => WebhookSecret.read(text) ?? []);
    // Receivers refuse what is not of the last minutes by their clock, so it
    // bears the machine's date, which may have been set since the start.
    const signed = { id, timestamp: Math.floor(now / 1000), body };
    const headers = await sign(signed, secrets);
    return await tryOnce({ target, headers, body, clock, signal });
  }

  #told(ended: TimedAttempt): TimedAttempt {
    this.#options.onAttempt(ended);
    return ended;
  }
}
