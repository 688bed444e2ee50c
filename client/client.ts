/**
 * The client: get, watch, wait.
 *
 * @module
 */

import { Exchange } from "./http/exchange.ts";
import { ResponseCache } from "./response_cache.ts";
import { copyOrder, isTerminal, type NumberOrder } from "./number_order.ts";
import { type OrderId, parseOrderId } from "./order_id.ts";
import {
  type CallFireClientOptions,
  readOptions,
  type Settings,
} from "./options.ts";
import { Polling, type PollOptions } from "./polling.ts";
import { SingleFlight } from "./single_flight.ts";
import { watch } from "./watching.ts";

/** How long to wait for an order, in milliseconds: as CallFire advises. */
const DEFAULT_WAIT_TIMEOUT_MS = 20_000;

/** How to ask once. */
export interface GetOptions {
  /** Ends the question at once; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Asks CallFire about orders of phone numbers and keywords.
 *
 * For one order, through one client, a request starts at least 1000 ms after
 * the previous answer ended or was given up, whoever asks and however many ask
 * at once: calls made together share one request, a later call waits its turn.
 * So use one client for all that a program asks.
 *
 * @example Wait for an order, then use what was bought
 * ```ts
 * import { CallFireClient, orderOutcome } from "@callfire-orders/client";
 *
 * const callfire = CallFireClient.fromEnv();
 * const order = await callfire.waitForNumberOrder("1642251003");
 * if (orderOutcome(order) !== "fulfilled") console.error("It came back short");
 * console.log(order.localNumbers?.fulfilled);
 * ```
 */
export class CallFireClient {
  readonly #settings: Settings;
  readonly #exchange: Exchange;
  readonly #responseCache = new ResponseCache();
  readonly #turns: SingleFlight<NumberOrder>;

  /**
   * Makes a client. Nothing is sent yet.
   *
   * @example
   * ```ts
   * import { CallFireClient } from "@callfire-orders/client";
   * import { assert } from "@std/assert";
   *
   * const callfire = new CallFireClient({
   *   login: "my-api-login",
   *   password: "my-api-password",
   *   timeout: 5_000,
   * });
   *
   * assert(!JSON.stringify(callfire).includes("my-api-password"));
   * ```
   *
   * @param options The credentials, and what else differs from the defaults.
   * @throws {TypeError} If the login, the password or the base URL cannot be
   * used.
   * @throws {RangeError} If a time or a size is out of range.
   */
  constructor(options: CallFireClientOptions) {
    this.#settings = readOptions(options);
    this.#exchange = new Exchange(this.#settings);
    this.#turns = new SingleFlight(
      (id, controller) => this.#ask(id, controller),
      copyOrder,
      this.#settings.clock,
    );
  }

  /**
   * Makes a client with the credentials in the environment: CALLFIRE_LOGIN,
   * CALLFIRE_PASSWORD and, if it is set, CALLFIRE_BASE_URL. It needs the
   * permission to read these three.
   *
   * @example
   * ```ts
   * import { CallFireClient } from "@callfire-orders/client";
   *
   * const callfire = CallFireClient.fromEnv({ timeout: 5_000 });
   * ```
   *
   * @param options What differs from the defaults; it goes before the
   * environment.
   * @returns The client.
   * @throws {TypeError} If a variable is not set or cannot be used.
   * @throws {RangeError} If a time or a size is out of range.
   */
  static fromEnv(
    options: Partial<CallFireClientOptions> = {},
  ): CallFireClient {
    const baseUrl = options.baseUrl ??
      (Deno.env.get("CALLFIRE_BASE_URL") || undefined);
    return new CallFireClient({
      ...options,
      login: options.login ?? readVariable("CALLFIRE_LOGIN"),
      password: options.password ?? readVariable("CALLFIRE_PASSWORD"),
      baseUrl,
    });
  }

  /**
   * Asks once how an order stands, in turn with all others who ask for it.
   * Nothing is retried.
   *
   * @example
   * ```ts
   * import { CallFireClient, orderOutcome } from "@callfire-orders/client";
   *
   * const callfire = CallFireClient.fromEnv();
   * const order = await callfire.getNumberOrder("1642251003");
   * console.log(order.status, orderOutcome(order));
   * ```
   *
   * @param id The order's id, from 1 to 9223372036854775807.
   * @param options How to end it early.
   * @returns The order.
   * @throws {TypeError} If the id is no whole number.
   * @throws {RangeError} If the id is out of range.
   * @throws {CallFireError} If the order could not be read; the class says why.
   * @throws The signal's own reason, once it is aborted.
   */
  async getNumberOrder(
    id: OrderId,
    options: GetOptions = {},
  ): Promise<NumberOrder> {
    return await this.#turns.take(parseOrderId(id, "get"), options.signal);
  }

  /**
   * Watches an order: the first reading, then every reading that differs from
   * the one before, ending with the terminal one. Faults that may pass are
   * retried; leaving the loop ends everything.
   *
   * CallFire may not know a new order everywhere at once, so 404 is retried
   * too, every `interval`, for the first 20 s of the watch, until the order was
   * read once. After either, a 404 ends the watch at once.
   *
   * @example
   * ```ts
   * import { CallFireClient } from "@callfire-orders/client";
   *
   * const callfire = CallFireClient.fromEnv();
   * for await (const order of callfire.watchNumberOrder("1642251003")) {
   *   console.log(order.status, order.localNumbers?.fulfilled);
   * }
   * ```
   *
   * @param id The order's id, from 1 to 9223372036854775807.
   * @param options How to ask; without a timeout it goes on for ever.
   * @returns The readings. It asks only while the next one is waited for.
   * @throws {TypeError} If the id is no whole number.
   * @throws {RangeError} If the id, the timeout or the interval is out of range.
   * @throws {WaitTimeoutError} While iterating, when the time is up.
   * @throws {NumberOrderNotFoundError} While iterating, for a 404 that is not
   * retried, or when the time is up and every poll got 404.
   * @throws {CallFireError} While iterating, for a fault that cannot pass.
   * @throws The signal's own reason, once it is aborted.
   */
  watchNumberOrder(
    id: OrderId,
    options: PollOptions = {},
  ):
    & AsyncIterableIterator<NumberOrder, undefined, undefined>
    & AsyncDisposable {
    const polling = this.#poll("watch", id, {
      ...options,
      timeout: options.timeout ?? Infinity,
    });
    return watch((signal) => polling.next(signal));
  }

  /**
   * Waits for an order to end, whichever way. Faults that may pass are retried
   * until the time is up.
   *
   * CallFire may not know a new order everywhere at once, so 404 is retried
   * too, every `interval`, for the first 20 s of the wait, until the order was
   * read once. After either, a 404 ends the wait at once.
   *
   * @example With a line for every attempt
   * ```ts
   * import { CallFireClient } from "@callfire-orders/client";
   *
   * const callfire = CallFireClient.fromEnv();
   * const order = await callfire.waitForNumberOrder("1642251003", {
   *   timeout: 60_000,
   *   onPoll: ({ attempt, elapsed, order, error }) =>
   *     console.log(attempt, elapsed, order?.status ?? error?.code),
   * });
   * console.log(order.keywords?.fulfilled);
   * ```
   *
   * @param id The order's id, from 1 to 9223372036854775807.
   * @param options How to ask; the timeout is 20,000 ms unless told.
   * @returns The terminal order; see `orderOutcome` for how it went.
   * @throws {TypeError} If the id is no whole number.
   * @throws {RangeError} If the id, the timeout or the interval is out of range.
   * @throws {WaitTimeoutError} When the time is up, with the last reading.
   * @throws {NumberOrderNotFoundError} For a 404 that is not retried, or when
   * the time is up and every poll got 404.
   * @throws {CallFireError} For a fault that cannot pass.
   * @throws The signal's own reason, once it is aborted.
   */
  async waitForNumberOrder(
    id: OrderId,
    options: PollOptions = {},
  ): Promise<NumberOrder> {
    const polling = this.#poll("wait for", id, {
      ...options,
      timeout: options.timeout ?? DEFAULT_WAIT_TIMEOUT_MS,
    });
    for (;;) {
      const order = await polling.next();
      if (isTerminal(order)) return order;
    }
  }

  #poll(
    doing: string,
    id: OrderId,
    options: PollOptions & { timeout: number },
  ): Polling {
    const checked = parseOrderId(id, doing);
    const take = (signal: AbortSignal) => this.#turns.take(checked, signal);
    return new Polling(doing, checked, options, take, this.#settings.clock);
  }

  /** One turn: the question, and what its answer means. */
  async #ask(id: string, controller: AbortController): Promise<NumberOrder> {
    const body = await this.#exchange.ask(id, controller);
    const known = this.#responseCache.find(id, body);
    if (known) return known;
    // What reads XML takes a while to load, so only once there is some.
    const { parseNumberOrder } = await import("./xml/parse_number_order.ts");
    const order = parseNumberOrder(body, id, this.#settings.secrets);
    this.#responseCache.keep(id, body, order);
    return order;
  }
}

function readVariable(name: string): string {
  const value = Deno.env.get(name);
  if (value) return value;
  throw new TypeError(
    `Cannot make a client: the environment variable ${name} is not set; ` +
      "set it, or pass the login and the password",
  );
}
