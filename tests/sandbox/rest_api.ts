/**
 * The part of CallFire's REST 1.1 that the sandbox plays: ask for an order,
 * and place one.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { STATUS_CODE } from "@std/http/status";
import { type Answer, exception, send } from "./answer.ts";
import type { AuthorizationCheck } from "./basic_auth.ts";
import { answerWrongly } from "./fault_answers.ts";
import type { Faults } from "./faults.ts";
import { isOrderId, MAX_ID } from "./order.ts";
import { FormError, readOrderForm } from "./order_form.ts";
import { exceptionXml, orderXml, referenceXml } from "./order_xml.ts";
import type { Orders } from "./orders.ts";

/** What the routes know of a request. */
export type SandboxEnv = { Bindings: HttpBindings };

/** What the REST interface is made of. */
export interface RestApiParts {
  /** The orders that it shows. */
  orders: Orders;
  /** What is to go wrong. */
  faults: Faults;
  /** Who may ask. */
  isAuthorized: AuthorizationCheck;
}

type Exchange = Context<SandboxEnv>;

/** The path under which the REST interface lies. */
export const REST_PATH = "/api/1.1/rest";

const ORDER_PATH = `${REST_PATH}/number/order`;
const CREATED = 201;
const NOT_ACCEPTABLE = 406;

/** The id in the path of a request for an order, `null` in any other. */
export function orderIdOf(path: string): string | null {
  if (!path.startsWith(`${ORDER_PATH}/`)) return null;
  const end = path.indexOf("?");
  const id = path.slice(ORDER_PATH.length + 1, end < 0 ? undefined : end);
  return isOrderId(id) ? id : null;
}

/** Makes the routes of the REST interface. */
export function restApi(
  { orders, faults, isAuthorized }: RestApiParts,
): Hono<SandboxEnv> {
  const app = new Hono<SandboxEnv>();
  app.get(`${ORDER_PATH}/:id`, (c) => {
    const id = c.req.param("id");
    return answer(c, id, () => refusal(c) ?? showOrder(id));
  });
  app.post(ORDER_PATH, (c) => {
    return answer(c, null, () => refusal(c) ?? placeOrder(c));
  });
  app.notFound((c) => failure(c, STATUS_CODE.NotFound, "Not Found"));
  app.onError((error, c) => {
    return failure(c, STATUS_CODE.InternalServerError, String(error));
  });
  return app;

  function answer(
    c: Exchange,
    order: string | null,
    right: () => Answer | Promise<Answer>,
  ): Response | Promise<Response> {
    // A HEAD request comes here as a GET, and is no request for an order.
    const fault = c.req.method === "HEAD" ? undefined : faults.take(order);
    if (fault) {
      return answerWrongly(c.env, fault, right)
        .then(() => RESPONSE_ALREADY_SENT);
    }
    const rightAnswer = right();
    if (!(rightAnswer instanceof Promise)) {
      send(c.env.outgoing, rightAnswer);
      return RESPONSE_ALREADY_SENT;
    }
    return rightAnswer.then((rightAnswer) => {
      send(c.env.outgoing, rightAnswer);
      return RESPONSE_ALREADY_SENT;
    });
  }

  function refusal({ env: { incoming: { headers } } }: Exchange) {
    if (!isAuthorized(headers.authorization)) {
      return exception(
        STATUS_CODE.Unauthorized,
        "Credentials are missing or wrong",
        { "www-authenticate": 'Basic realm="CallFire", charset="UTF-8"' },
      );
    }
    if (!acceptsXml(headers.accept)) {
      return exception(NOT_ACCEPTABLE, "Only application/xml is spoken here");
    }
  }

  function showOrder(id: string): Answer {
    const order = orders.get(id);
    if (order?.visible) {
      return { status: STATUS_CODE.OK, body: orderXml(order) };
    }
    return /^\d+$/.test(id) && BigInt(id) <= MAX_ID
      ? exception(STATUS_CODE.NotFound, "Not Found")
      : exception(STATUS_CODE.BadRequest, "The order's id is not a number");
  }

  async function placeOrder(c: Exchange): Promise<Answer> {
    const type = c.env.incoming.headers["content-type"] ?? "";
    if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
      return exception(
        STATUS_CODE.BadRequest,
        "The body must be application/x-www-form-urlencoded",
      );
    }
    try {
      const form = new URLSearchParams(await c.req.text());
      const id = orders.place(readOrderForm(form));
      const { origin } = new URL(c.req.url);
      const location = `${origin}${ORDER_PATH}/${id}`;
      return { status: CREATED, body: referenceXml(id, location) };
    } catch (error) {
      if (!(error instanceof FormError || error instanceof RangeError)) {
        throw error;
      }
      return exception(STATUS_CODE.BadRequest, error.message);
    }
  }
}

function failure(c: Exchange, status: 404 | 500, message: string): Response {
  return c.body(exceptionXml(status, message), status, {
    "content-type": "application/xml",
  });
}

/** Tells whether the range that fits XML best, of those named, allows it. */
function acceptsXml(accept: string | undefined): boolean {
  if (accept === undefined || accept === "application/xml") return true;
  const quality = new Map<string, number>();
  for (const range of accept.toLowerCase().split(",")) {
    const [type = "", ...parameters] = range.split(";").map((s) => s.trim());
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    quality.set(type, q === undefined ? 1 : Number(q.slice(2)));
  }
  const best = ["application/xml", "application/*", "*/*"]
    .find((type) => quality.has(type));
  return best !== undefined && quality.get(best) !== 0;
}
