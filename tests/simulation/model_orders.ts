/**
 * The orders of the model CallFire: what really becomes of each.
 *
 * @module
 */

import type { NumberOrder, OrderOutcome } from "../../mod.ts";
import type { Kind } from "../sandbox/order.ts";
import { orderXml } from "../sandbox/order_xml.ts";
import type { Dice } from "./dice.ts";
import { BEGINNING } from "./virtual_time.ts";

/** What really becomes of an order. Times are milliseconds of the simulation. */
export interface ModelOrder {
  /** Its id. */
  readonly id: string;
  /** When it was placed. */
  readonly placedAt: number;
  /** From when on CallFire knows it; `Infinity` for never. */
  readonly visibleAt: number;
  /** From when on CallFire knows it no longer; `Infinity` for never. */
  vanishesAt: number;
  /** When it ends; `Infinity` for never. */
  endsAt: number;
  /** The status that it has until it ends. */
  readonly status: string;
  /** The status that it ends with. */
  readonly endStatus: string;
  /** What is ordered: local numbers, say. */
  readonly kind: Kind;
  /** How many are ordered. */
  readonly ordered: number;
  /** How many are bought in the end. */
  readonly bought: number;
}

const STATUSES = [
  "PROCESSING",
  "PROCESSING",
  "PROCESSING",
  "WAIT_FOR_PAYMENT",
  "APPROVE_TIER_ONE",
  "ADJUSTED",
  "ON_HOLD",
];

const END_STATUSES = [
  "FINISHED",
  "FINISHED",
  "FINISHED",
  "ERRORED",
  "VOID",
  "REJECTED",
];

/**
 * Makes an order up.
 *
 * @param id Its id.
 * @param now When it is placed.
 * @param dice Chance.
 */
export function makeUpOrder(id: string, now: number, dice: Dice): ModelOrder {
  const fate = dice.random();
  const lag = dice.chance(0.2) ? dice.between(0, 15_000) : 0;
  const life = fate < 0.75
    ? dice.between(0, 30_000)
    : fate < 0.95
    ? dice.between(0, 20 * 60_000)
    : Infinity;
  const ordered = dice.whole(1, 4);
  return {
    id,
    placedAt: now,
    visibleAt: dice.chance(0.04) ? Infinity : now + lag,
    vanishesAt: fate > 0.93 && dice.chance(0.4)
      ? now + dice.between(0, 10 * 60_000)
      : Infinity,
    endsAt: now + Math.max(lag, life),
    status: dice.pick(STATUSES),
    endStatus: dice.pick(END_STATUSES),
    kind: dice.pick(["localNumbers", "tollFreeNumbers", "keywords"]),
    ordered,
    bought: dice.chance(0.6) ? ordered : dice.whole(0, ordered - 1),
  };
}

/** How an order really is at some time. */
export function trueOrder(order: ModelOrder, now: number): NumberOrder {
  const { bought, endsAt, id, kind, ordered, placedAt } = order;
  const part = Math.min(1, (now - placedAt) / (endsAt - placedAt));
  const count = now >= endsAt ? bought : Math.floor(bought * part * 0.9);
  const isNew = now < placedAt + 500;
  return {
    id,
    status: now >= endsAt ? order.endStatus : isNew ? "NEW" : order.status,
    created: new Date(BEGINNING + placedAt),
    totalCost: count * 1.5,
    [kind]: {
      ordered,
      unitCost: 1.5,
      fulfilled: Array.from(
        { length: count },
        (_, at) => kind === "keywords" ? `WORD${at}` : `1213555${at + 1000}`,
      ),
    },
  };
}

/**
 * How an order really went, at some time: told from what was made up, not by
 * the client's own judgement.
 */
export function trueOutcome(order: ModelOrder, now: number): OrderOutcome {
  if (now < order.endsAt) return "pending";
  switch (order.endStatus) {
    case "ERRORED":
      return "errored";
    case "VOID":
      return "void";
    case "REJECTED":
      return "rejected";
  }
  if (order.bought === order.ordered) return "fulfilled";
  return order.bought === 0 ? "unfulfilled" : "partial";
}

/** The answer that tells how an order is at some time. */
export function orderDocument(order: ModelOrder, now: number): string {
  const truth = trueOrder(order, now);
  return orderXml({
    ...truth,
    created: truth.created.toISOString(),
    visible: true,
  });
}
