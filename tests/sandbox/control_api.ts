/**
 * The sandbox's own paths: place orders, move them on, make things go wrong
 * and see which requests came.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { STATUS_CODE } from "@std/http/status";
import {
  InputError,
  readChange,
  readFault,
  readNewOrder,
  readScript,
} from "./control_input.ts";
import type { Faults } from "./faults.ts";
import type { Orders } from "./orders.ts";
import type { RequestLog } from "./request_log.ts";
import type { SandboxEnv } from "./rest_api.ts";
import { usage } from "./usage.ts";

/** What the sandbox's own paths act on. */
export interface ControlApiParts {
  /** The orders. */
  orders: Orders;
  /** What is to go wrong. */
  faults: Faults;
  /** The requests that came. */
  requests: RequestLog;
}

type Exchange = Context<SandboxEnv>;

const CREATED = 201;

/** Makes the routes; they stand under `/sandbox`. */
export function controlApi(
  { orders, faults, requests }: ControlApiParts,
): Hono<SandboxEnv> {
  const app = new Hono<SandboxEnv>();
  app.get("/", (c) => c.text(usage(new URL(c.req.url).origin)));

  app.get("/orders", (c) => c.json(orders.list()));
  app.post("/orders", async (c) => {
    const id = orders.place(readNewOrder(await json(c)));
    return c.json(orders.get(id), CREATED);
  });
  app.put("/orders/:id/script", async (c) => {
    const id = c.req.param("id");
    if (!orders.get(id)) return noSuchOrder(c, id);
    orders.setScript(id, readScript(await json(c)));
    return c.json(orders.get(id));
  });
  app.patch("/orders/:id", async (c) => {
    const id = c.req.param("id");
    if (!orders.get(id)) return noSuchOrder(c, id);
    orders.set(id, readChange(await json(c)));
    return c.json(orders.get(id));
  });
  app.delete("/orders/:id", (c) => {
    const id = c.req.param("id");
    return orders.remove(id) ? c.body(null, 204) : noSuchOrder(c, id);
  });

  app.get("/faults", (c) => c.json(faults.list()));
  app.post("/faults", async (c) => {
    faults.add(readFault(await json(c)));
    return c.json(faults.list(), CREATED);
  });
  app.delete("/faults", (c) => {
    faults.clear();
    return c.body(null, 204);
  });

  app.get("/requests", (c) => {
    const order = c.req.query("order");
    const smallestGap = requests.smallestGap(order);
    return c.json({
      count: requests.count,
      // JSON has no Infinity: null says that no order was asked for twice.
      smallestGap: Number.isFinite(smallestGap) ? smallestGap : null,
      requests: requests.entries(order),
    });
  });
  app.delete("/requests", (c) => {
    requests.clear();
    return c.body(null, 204);
  });

  app.all("*", (c) => {
    return c.json({
      error: `${c.req.method} ${c.req.path} is not known: see GET /sandbox`,
    }, STATUS_CODE.NotFound);
  });
  app.onError((error, c) => {
    const isInput = error instanceof InputError || error instanceof RangeError;
    return c.json(
      { error: isInput ? error.message : String(error) },
      isInput ? STATUS_CODE.BadRequest : STATUS_CODE.InternalServerError,
    );
  });
  return app;
}

function noSuchOrder(c: Exchange, id: string): Response {
  const error = `there is no order ${id}`;
  return c.json({ error }, STATUS_CODE.NotFound);
}

async function json(c: Exchange): Promise<unknown> {
  try {
    return await c.req.json();
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new InputError("the body is not JSON");
    }
    throw error;
  }
}
