/**
 * What a daemon says of its watches, read.
 *
 * @module
 */

import type { NumberOrder } from "../../mod.ts";
import { eventSchema } from "../api/event_view.ts";
import {
  watchedOrderSchema,
  type WatchedOrderView,
} from "../api/watched_order_view.ts";
import type { OrderReport } from "./order_progress.ts";

/** How the watch of an order stood. */
export interface DaemonWatch {
  /** When it began, in milliseconds since 1970. */
  readonly watchedAt: number;
  /** How the order stood. */
  readonly report: OrderReport;
}

/** Something that happened to a watch. */
export interface DaemonEvent {
  /** Its id, by which to go on after it; absent if the stream has none. */
  readonly id?: string | undefined;
  /** Whether somebody removed the watch. */
  readonly isRemoved: boolean;
  /** The watch right after it; of one that is removed, right before. */
  readonly watch: DaemonWatch;
}

/**
 * Reads a watched order.
 *
 * @param value What the API answered.
 * @throws {Error} If it is no watched order.
 */
export function readWatch(value: unknown): DaemonWatch {
  return watchOf(watchedOrderSchema.parse(value));
}

/**
 * Reads an event.
 *
 * @param value The data of the event.
 * @throws {Error} If it is no event.
 */
export function readEvent(value: unknown): DaemonEvent {
  const { type, watch } = eventSchema.parse(value);
  const isRemoved = type === "order.removed";
  return { isRemoved, watch: watchOf(watch) };
}

function watchOf(view: WatchedOrderView): DaemonWatch {
  const { id, lastError, order, outcome, polls, watchedAt } = view;
  return {
    watchedAt: Date.parse(watchedAt),
    report: {
      id,
      attempt: polls,
      order: order && orderOf(order),
      error: lastError && { code: lastError.code, message: lastError.message },
      outcome,
    },
  };
}

function orderOf(
  order: NonNullable<WatchedOrderView["order"]>,
): NumberOrder {
  const { created, id, keywords, localNumbers, status, tollFreeNumbers } =
    order;
  return {
    id,
    status,
    created: new Date(created),
    totalCost: order.totalCost,
    ...(localNumbers && { localNumbers }),
    ...(tollFreeNumbers && { tollFreeNumbers }),
    ...(keywords && { keywords }),
  };
}
