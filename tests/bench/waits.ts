/**
 * Three ways to wait for an order: the client's, and those of two packages that
 * have a waiter for anything, with a bare fetch. All ask once a second.
 *
 * @module
 */

import { createHttpPoller } from "@azure/core-lro";
import { createWaiter, WaiterState } from "@smithy/util-waiter";
import { CallFireClient } from "@callfire-orders/client";
import { loginOf } from "./watched_daemon.ts";

/** Waits until an order has finished. */
export type Wait = (id: string) => Promise<unknown>;

/** The pause between two questions, in seconds. */
const INTERVAL = 1;

/** No wait takes as long, in seconds. */
const TIMEOUT = 120;

/**
 * When the finishing server lets an order finish.
 *
 * @param place Its place among the orders, from 0.
 * @returns Milliseconds since the first question.
 */
export function finishedAfter(place: number): number {
  return 1000 + 6 * place;
}

/** Each makes a way to wait for orders of the CallFire at a URL. */
export const WAITS: Record<string, (url: string) => Wait> = {
  client(url) {
    const callfire = new CallFireClient(loginOf(url));
    return (id) => callfire.waitForNumberOrder(id, { timeout: TIMEOUT * 1000 });
  },
  smithy(url) {
    const options = {
      client: null,
      minDelay: INTERVAL,
      maxDelay: INTERVAL,
      maxWaitTime: TIMEOUT,
    };
    return async (id) => {
      const { state } = await createWaiter(options, id, async (_, id) => ({
        state: await isFinished(url, id)
          ? WaiterState.SUCCESS
          : WaiterState.RETRY,
      }));
      if (state !== WaiterState.SUCCESS) throw new Error(`${id}: ${state}`);
    };
  },
  azure(url) {
    return (id) => {
      const location = `${url}/number/order/${id}`;
      const responseOf = (statusCode: number, body: { status: string }) => ({
        flatResponse: body,
        rawResponse: {
          statusCode,
          request: { method: "POST", url: location },
          headers: { "operation-location": location },
          body,
        },
      });
      return createHttpPoller({
        // The order was placed before; nothing is asked here.
        sendInitialRequest: () =>
          Promise.resolve(responseOf(202, { status: "Running" })),
        async sendPollRequest() {
          const status = await isFinished(url, id) ? "Succeeded" : "Running";
          return responseOf(200, { status });
        },
      }, { intervalInMs: INTERVAL * 1000, skipFinalGet: true }).pollUntilDone();
    };
  },
};

async function isFinished(url: string, id: string): Promise<boolean> {
  const response = await fetch(`${url}/number/order/${id}`, {
    headers: {
      "Accept": "application/xml",
      "Authorization": `Basic ${btoa("bench:bench")}`,
    },
  });
  return (await response.text()).includes("<Status>FINISHED</Status>");
}
