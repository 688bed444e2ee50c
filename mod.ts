/**
 * Asks CallFire about orders of phone numbers and keywords, waits for them and
 * watches them, never more often than once a second.
 *
 * @example
 * ```ts
 * import { CallFireClient, orderOutcome } from "@callfire-orders/client";
 *
 * const callfire = CallFireClient.fromEnv();
 * const order = await callfire.waitForNumberOrder("1642251003");
 * console.log(orderOutcome(order), order.localNumbers?.fulfilled);
 * ```
 *
 * @module
 */

export { CallFireClient, type GetOptions } from "./client/client.ts";
export { type Clock, systemClock } from "./client/clock.ts";
export {
  AccessDeniedError,
  ApiError,
  AuthenticationError,
  CallFireError,
  type CallFireErrorCode,
  type CallFireErrorDetails,
  MalformedResponseError,
  NetworkError,
  NumberOrderNotFoundError,
  RateLimitError,
  ServerError,
  TimeoutError,
  WaitTimeoutError,
} from "./client/errors.ts";
export {
  isTerminal,
  type NumberOrder,
  type NumberOrderItem,
  ORDER_STATUSES,
  type OrderOutcome,
  orderOutcome,
  type OrderStatus,
} from "./client/number_order.ts";
export type { CallFireClientOptions } from "./client/options.ts";
export { type OrderId, parseOrderId } from "./client/order_id.ts";
export {
  backoffDelay,
  MIN_INTERVAL_MS,
  RequestSpacing,
} from "./client/request_spacing.ts";
export type { PollOptions, PollProgress } from "./client/polling.ts";
export { parseRetryAfter } from "./client/http/retry_after.ts";
