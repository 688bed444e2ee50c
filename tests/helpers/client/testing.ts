/**
 * What the tests of the client share.
 *
 * @module
 */

import { assertGreaterOrEqual } from "@std/assert";
import {
  CallFireClient,
  type CallFireClientOptions,
  MIN_INTERVAL_MS,
} from "../../../mod.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { until } from "../../sandbox/testing.ts";
import { TestClock } from "./test_clock.ts";

/** Few tests take this long, in milliseconds; another that does has hung. */
const HUNG = 140_000;

/**
 * No test takes this long, in milliseconds, that has programs end again and
 * again; also where others use the machine.
 */
export const LONG_TEST_HUNG = 600_000;

/** What a test of the client works with. */
export interface Setup {
  /** Virtual time: of the client, the orders and the log of the requests. */
  clock: TestClock;
  /** The CallFire that is asked. */
  sandbox: Sandbox;
  /** A client of the sandbox, without a time limit for one exchange. */
  callfire: CallFireClient;
  /** Makes another one. */
  connect(options?: Partial<CallFireClientOptions>): CallFireClient;
}

/**
 * Runs a test that may leave nothing behind.
 *
 * @param name Its name.
 * @param run The test.
 * @param hung After how long it has hung, in milliseconds.
 */
export function test(
  name: string,
  run: () => Promise<void> | void,
  hung = HUNG,
): void {
  Deno.test({
    name,
    sanitizeOps: true,
    sanitizeResources: true,
    fn: async () => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const over = new Promise((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error("the test hung")), hung);
      });
      await Promise.race([run(), over]).finally(() => clearTimeout(timer));
    },
  });
}

/**
 * Runs a test with a client, a sandbox and virtual time. At its end no timer
 * may be pending, and no order may have been asked for twice in a second.
 */
export function clientTest(
  name: string,
  run: (setup: Setup) => Promise<void>,
): void {
  test(name, async () => {
    const clock = new TestClock();
    const now = () => clock.now();
    await using sandbox = await startSandbox({ now, requestNow: now });
    const connect = (options: Partial<CallFireClientOptions> = {}) =>
      new CallFireClient({
        ...credentials(sandbox),
        timeout: Infinity,
        clock,
        ...options,
      });
    await run({ clock, sandbox, callfire: connect(), connect });
    // A request that was given up a moment ago calls its timer off.
    await until(() => clock.pending === 0);
    const gap = sandbox.requests.smallestGap();
    assertGreaterOrEqual(gap, MIN_INTERVAL_MS, "the pace was not kept");
  });
}

/** What a client has to know of a sandbox. */
export function credentials(
  { baseUrl, login, password }: Sandbox,
): { baseUrl: string; login: string; password: string } {
  return { baseUrl, login, password };
}

/** A `fetch` over connections of its own. */
export function fetchWith(client: Deno.HttpClient): typeof fetch {
  return (input: string | URL | Request, init?: RequestInit) =>
    fetch(input, { ...init, client });
}

/** What a promise is rejected with. */
export function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => Promise.reject(new Error(`resolved to ${Deno.inspect(value)}`)),
    (reason) => reason,
  );
}

/** A `fetch` whose answers are held back until they are let go. */
export interface HeldFetch {
  /** Asks, and holds the answer back once its headers have come. */
  fetch: typeof fetch;
  /** How often it was called. */
  readonly asked: number;
  /** Lets the next answer go, as soon as it has come. */
  release(): Promise<void>;
}

/** Makes a `fetch` whose answers are held back. */
export function holdFetch(): HeldFetch {
  const held: (() => void)[] = [];
  let asked = 0;
  return {
    fetch: async (input, init) => {
      asked++;
      const response = await fetch(input, init);
      await new Promise<void>((resolve) => held.push(resolve));
      return response;
    },
    get asked() {
      return asked;
    },
    async release() {
      await until(() => held.length > 0);
      held.shift()?.();
    },
  };
}

/** A signal that knows how many listen to it. */
export interface CountingSignal extends AbortSignal {
  /** How many listen. */
  readonly listeners: number;
}

/** Makes a controller whose signal knows how many listen to it. */
export function countingController(): {
  signal: CountingSignal;
  abort: (reason?: unknown) => void;
} {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  Object.defineProperties(signal, {
    listeners: { get: () => listeners.size },
    addEventListener: {
      value(...parameters: [string, () => void, AddEventListenerOptions]) {
        const [, listener, options] = parameters;
        listeners.add(listener);
        addEventListener.apply(signal, parameters);
        if (!options?.once) return;
        const over = () => listeners.delete(listener);
        addEventListener.call(signal, "abort", over, { once: true });
      },
    },
    removeEventListener: {
      value(...parameters: [string, () => void]) {
        listeners.delete(parameters[1]);
        removeEventListener.apply(signal, parameters);
      },
    },
  });
  return {
    signal: signal as CountingSignal,
    abort: (reason) => controller.abort(reason),
  };
}

/** Counts the attempts of a wait or a watch. */
export function countPolls(): {
  onPoll: () => void;
  reach: (attempts: number) => Promise<void>;
} {
  let polls = 0;
  return {
    onPoll: () => {
      polls++;
    },
    reach: (attempts) => until(() => polls >= attempts),
  };
}
