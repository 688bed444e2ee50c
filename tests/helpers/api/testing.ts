/**
 * What the tests of the API share.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { createApp } from "../../../daemon/api/app.ts";
import { toEventResponse } from "../../../daemon/api/event_view.ts";
import type { ApiDependencies } from "../../../daemon/api/parts.ts";
import type { FailedRequest } from "../../../daemon/log/failure_log.ts";
import { buildCore, type Core } from "../../../daemon/core.ts";
import type { AnsweredRequest } from "../../../daemon/metrics.ts";
import { Log } from "../../../daemon/log/log.ts";
import type { Store } from "../../../daemon/store/store.ts";
import { parseAllowedHosts } from "../../../daemon/webhooks/allowed_hosts.ts";
import { MIN_INTERVAL_MS } from "../../../mod.ts";
import { TestClock } from "../client/test_clock.ts";
import { countingController, credentials, test } from "../client/testing.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { until } from "../../sandbox/testing.ts";
import { openTemporaryStore } from "../daemon/store_testing.ts";
import { type Conformance, conformance } from "./conformance.ts";
import { EventReader } from "./event_reader.ts";

/** What a test of the API works with. */
export interface ApiSetup {
  /** Virtual time: of the daemon and of the orders. */
  clock: TestClock;
  /** The CallFire that is asked. */
  sandbox: Sandbox;
  /** Where watches are kept. */
  store: Store;
  /** The daemon's parts. */
  core: Core;
  /** Where the API is, such as `http://127.0.0.1:9837`. */
  url: string;
  /** The failures that were told of as the daemon's own. */
  failures: { error: unknown; request: FailedRequest }[];
  /** What checks answers. */
  checks: Conformance;
  /** Asks, and checks the answer against the OpenAPI document. */
  call(method: string, path: string, init?: CallInit): Promise<Response>;
  /** The same, and reads an answer in JSON. */
  // deno-lint-ignore no-explicit-any -- its shape was just checked
  json(method: string, path: string, init?: CallInit): Promise<any>;
  /** Follows the events; the stream is open when the promise is fulfilled. */
  follow(init?: CallInit, query?: string): Promise<EventReader>;
  /** Watches an order that CallFire knows, and waits for its first reading. */
  watch(id: string, label?: string): Promise<void>;
  /** Lets time pass, and waits for the answers to what is asked in it. */
  pass(milliseconds: number): Promise<void>;
  /** Lets CallFire finish an order, and waits until that was read. */
  finish(id: string): Promise<void>;
  /** Tells the API that the daemon stops. */
  stop(): void;
  /** How many wait for the daemon to stop. */
  stopListeners(): number;
}

/** What a request may have. */
export interface CallInit {
  /** Headers, besides the type of a JSON body. */
  headers?: Record<string, string>;
  /** The body: a text as it is, anything else as JSON. */
  body?: unknown;
  /** Ends the request. */
  signal?: AbortSignal;
}

/** Lists the requests that are told to the metrics from now on. */
export function listAnswers({ core }: ApiSetup): AnsweredRequest[] {
  const answers: AnsweredRequest[] = [];
  const { metrics } = core;
  const { requested } = metrics;
  metrics.requested = (request) => {
    answers.push(request);
    requested.call(metrics, request);
  };
  return answers;
}

/** How the API of a test differs from the usual. */
export type ApiOptions =
  & Partial<Pick<ApiDependencies, "token" | "allowedHosts" | "page">>
  & {
    /** Whether CallFire is asked; unless told, it is. */
    isPolling?: boolean;
    /** The hosts that webhooks may be sent to; they are off unless told. */
    webhookHosts?: string;
    /** Whether these may have an address that is not public. */
    isPrivateAllowed?: boolean;
  };

/** Runs a test with an API; nothing may be left of it. */
export function apiTest(
  name: string,
  run: (setup: ApiSetup) => Promise<void>,
  { isPolling = true, isPrivateAllowed = false, webhookHosts, ...parts }:
    ApiOptions = {},
): void {
  test(name, async () => {
    const clock = new TestClock();
    const now = () => clock.now();
    await using sandbox = await startSandbox({ now, requestNow: now });
    await using temporary = await openTemporaryStore(clock);
    const { store } = temporary;
    const hosts = parseAllowedHosts(webhookHosts ?? "", isPrivateAllowed)!;
    const core = buildCore({
      clock,
      store,
      webhooks: webhookHosts === undefined ? undefined : {
        store: store.webhooks,
        hosts,
        wallNow: () => clock.date().getTime(),
        show: toEventResponse,
      },
      log: new Log({
        format: "json",
        write: () => {},
        date: () => clock.date(),
      }),
      config: {
        ...credentials(sandbox),
        expireAfter: 86_400_000,
        maxRequestsPerSecond: Infinity,
      },
    });
    await core.webhooks?.deliverer.begin();
    if (isPolling) {
      await core.tracker.start();
      await clock.advance(MIN_INTERVAL_MS);
    }
    const stopping = countingController();
    const failures: ApiSetup["failures"] = [];
    const app = createApp({
      ...core,
      clock,
      store,
      stopping: stopping.signal,
      webhooks: core.webhooks
        ? { endpoints: core.webhooks.endpoints, hosts }
        : { whyOff: "webhooks are off in this test" },
      token: undefined,
      allowedHosts: null,
      version: "1.2.3",
      onFailure: (error, request) => failures.push({ error, request }),
      ...parts,
    });
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      app.fetch,
    );
    const url = `http://127.0.0.1:${server.addr.port}`;
    const checks = conformance(
      await (await app.request("http://localhost/openapi.json")).json(),
    );

    const call: ApiSetup["call"] = async (method, path, init = {}) => {
      const { body, headers, signal } = init;
      const isJson = body !== undefined && typeof body !== "string";
      const response = await fetch(url + path, {
        method,
        ...(body !== undefined && {
          body: isJson ? JSON.stringify(body) : String(body),
        }),
        ...(signal && { signal }),
        headers: {
          ...(isJson && { "Content-Type": "application/json" }),
          ...headers,
        },
      });
      await checks.checkResponse(method, path, response);
      return response;
    };
    const setup: ApiSetup = {
      clock,
      sandbox,
      store,
      core,
      url,
      failures,
      checks,
      call,
      json: async (...request) => await (await call(...request)).json(),
      async follow(init, query = "") {
        const response = await call("GET", `/v1/events${query}`, init);
        assertEquals(response.status, 200);
        return await new EventReader(response).quiet();
      },
      async watch(id, label) {
        if (!sandbox.orders.get(id)) {
          sandbox.orders.place({
            id,
            localNumbers: { ordered: 1 },
            script: [{ after: 0, status: "PROCESSING" }],
          });
        }
        const body = label === undefined ? {} : { label };
        await (await call("PUT", `/v1/orders/${id}`, { body })).body?.cancel();
        if (isPolling) {
          await until(() => core.tracker.find(id)?.order !== null);
        }
      },
      async pass(milliseconds) {
        // Step by step, so that no question is given up as taking too long.
        for (let left = milliseconds; left > 0; left -= 1_000) {
          await clock.advance(Math.min(left, 1_000));
          await until(() => core.tracker.inFlight === 0);
        }
      },
      async finish(id) {
        const fulfilled = { localNumbers: ["12135550142"] };
        sandbox.orders.set(id, { status: "FINISHED", fulfilled });
        while (core.tracker.find(id)) await setup.pass(1_000);
      },
      stop: () => stopping.abort(),
      stopListeners: () => stopping.signal.listeners,
    };
    try {
      await run(setup);
    } finally {
      stopping.abort();
      await server.shutdown();
      await core.webhooks?.deliverer.stop(0);
      await core.tracker.stop(0);
      // It stores what is left to be stored, so that no timer is pending.
      await store.close();
    }
    await until(() => clock.pending === 0);
    assertEquals(core.feed.waiting, 0, "somebody still waits for an event");
    assertEquals(stopping.signal.listeners, 0, "or for the daemon to stop");
  });
}
