/**
 * What the model CallFire answers, good or bad.
 *
 * @module
 */

import type { OrderOutcome } from "../../mod.ts";
import { exceptionXml } from "../sandbox/order_xml.ts";
import type { Dice } from "./dice.ts";
import {
  type ModelOrder,
  orderDocument,
  trueOrder,
  trueOutcome,
} from "./model_orders.ts";

/** How CallFire and the network on the way to it can be. */
export type CallFireWeather =
  | "fine"
  | "refusing"
  | "forbidding"
  | "forgetting"
  | "limiting"
  | "failing"
  | "unreachable"
  | "silent"
  | "garbled"
  | "cutting"
  | "stalling"
  | "misleading"
  | "slow"
  | "flaky";

/** Every bad weather. */
export const BAD_WEATHER: readonly CallFireWeather[] = [
  "refusing",
  "forbidding",
  "forgetting",
  "limiting",
  "failing",
  "unreachable",
  "silent",
  "garbled",
  "cutting",
  "stalling",
  "misleading",
  "slow",
  "flaky",
];

/** What may go wrong with one answer in a weather that is flaky. */
export const PASSING_FAULTS: readonly CallFireWeather[] = [
  "limiting",
  "failing",
  "unreachable",
  "silent",
  "garbled",
  "cutting",
  "stalling",
  "slow",
];

/** One answer. */
export interface Answer {
  /** Its status. */
  status: number;
  /** What it says, if it says the truth about an order, as JSON. */
  truth?: string | undefined;
  /** How the order went then. */
  outcome?: OrderOutcome | undefined;
  /** Whether what it says can be read. */
  isReadable: boolean;
  /** Its headers. */
  headers: Record<string, string>;
  /** Its body. */
  body: string;
  /** How much of the body arrives, of 1; then the connection breaks. */
  cutAt: number;
  /** Whether the body comes in pieces. */
  isSlow: boolean;
  /** How long it asks somebody with this date to stay away, in milliseconds. */
  retryAfter: (date: number) => number;
}

/** What an answer is made of. */
export interface AnswerOptions {
  /** The order, or `undefined` if CallFire knows of none. */
  order: ModelOrder | undefined;
  /** Another order, to be told of by mistake; `undefined` if there is none. */
  other: () => ModelOrder | undefined;
  /** Milliseconds of the simulation. */
  now: number;
  /** The date at CallFire, in milliseconds since 1970. */
  date: number;
  /** Chance. */
  dice: Dice;
  /** The longest that it asks anybody to stay away, in seconds. */
  longestRetryAfter: number;
}

/** What CallFire answers in some weather. */
export function makeAnswer(
  weather: CallFireWeather,
  options: AnswerOptions,
): Answer {
  const { dice } = options;
  switch (weather) {
    case "refusing":
      return fault(401, dice);
    case "forbidding":
      return fault(403, dice);
    case "forgetting":
      return fault(404, dice);
    case "limiting":
      return withRetryAfter(fault(429, dice), 0.5, options);
    case "failing":
      return withRetryAfter(
        fault(dice.pick([500, 502, 503, 503, 302, 418]), dice),
        0.2,
        options,
      );
  }
  const good = goodAnswer(options);
  switch (weather) {
    case "garbled":
      return garble(good, dice);
    case "cutting":
      return { ...good, cutAt: dice.random(), isSlow: dice.chance(0.5) };
    case "stalling":
      return { ...good, cutAt: dice.random() * 2, isSlow: true };
    case "misleading":
      return mislead(good, options);
    case "slow":
      return { ...good, isSlow: true };
    default:
      return good;
  }
}

function goodAnswer({ order, now, dice }: AnswerOptions): Answer {
  if (!order || now < order.visibleAt || now >= order.vanishesAt) {
    return fault(404, dice);
  }
  return {
    ...fault(200, dice),
    body: orderDocument(order, now),
    truth: JSON.stringify(trueOrder(order, now)),
    outcome: trueOutcome(order, now),
  };
}

function fault(status: number, dice: Dice): Answer {
  return {
    status,
    isReadable: true,
    headers: {},
    body: dice.chance(0.8)
      ? exceptionXml(status, "so it is")
      : "<html><body>Sorry</body></html>",
    cutAt: 1,
    isSlow: false,
    retryAfter: () => 0,
  };
}

/** Asks to stay away, in one of the forms that the header has. */
function withRetryAfter(
  answer: Answer,
  probability: number,
  { date, dice, longestRetryAfter }: AnswerOptions,
): Answer {
  if (!dice.chance(probability)) return answer;
  const seconds = dice.chance(0.9)
    ? dice.whole(0, 30)
    : Math.round(dice.magnitude(30, longestRetryAfter));
  if (dice.chance(0.7)) {
    const headers = { "retry-after": String(seconds) };
    return { ...answer, headers, retryAfter: () => seconds * 1000 };
  }
  // A date counts whole seconds.
  const from = Math.floor(date / 1000) * 1000;
  const until = from + Math.min(seconds, 1e6) * 1000;
  const headers = { "retry-after": new Date(until).toUTCString() };
  if (dice.chance(0.3)) {
    return { ...answer, headers, retryAfter: (date) => until - date };
  }
  return {
    ...answer,
    headers: { ...headers, date: new Date(from).toUTCString() },
    retryAfter: () => until - from,
  };
}

/** Spoils a body so that nobody could take it for a good one. */
function garble(answer: Answer, dice: Dice): Answer {
  const { body } = answer;
  const spoilt = () => {
    switch (dice.whole(0, 4)) {
      case 0:
        return "<html><body>Bad gateway</body></html>";
      case 1:
        return "";
      case 2:
        return body.slice(0, dice.random() * (body.length - 15));
      case 3:
        return body.replaceAll("NumberOrder", "NumberOrders");
      default: {
        // A digit that was changed could not be told by anybody.
        const at = dice.whole(60, body.length - 20);
        return `${body.slice(0, at)}<${body.slice(at)}`;
      }
    }
  };
  const isReadable = answer.status !== 200;
  return { ...answer, body: spoilt(), isReadable, truth: undefined };
}

/** Answers about another order. */
function mislead(answer: Answer, options: AnswerOptions): Answer {
  const other = options.other();
  if (!other || answer.status !== 200) return answer;
  const body = orderDocument(other, options.now);
  return { ...answer, body, isReadable: false, truth: undefined };
}
