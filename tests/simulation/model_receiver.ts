/**
 * One who receives webhooks, and how they do: up, in trouble for a while, down
 * for long, or tired of it all.
 *
 * @module
 */

import type { Attempt } from "../../daemon/webhooks/attempt.ts";
import type { Dice } from "./dice.ts";
import { Spells } from "./spells.ts";
import type { World } from "./world.ts";

/** How a receiver can do. */
export type Mood =
  | "fine"
  | "slow"
  | "failing"
  | "hanging"
  | "closing"
  | "picky"
  | "gone"
  | "down";

/** How often a message is taken though it is not answered, of 1. */
const TAKEN_UNANSWERED = 0.4;

/** The longest that it asks anybody to stay away, in milliseconds. */
const LONGEST_RETRY_AFTER = 15 * 60_000;

/** What comes of a message. */
export interface ModelReply {
  /** Whether the receiver has it. */
  isTaken: boolean;
  /** How it ends for the sender. */
  attempt: Attempt;
  /** How long that takes, in milliseconds; `Infinity` for ever. */
  after: number;
}

/** How receivers are: what may get into them. */
const TEMPERAMENTS: readonly (readonly Mood[])[] = [
  [],
  ["slow"],
  ["slow", "failing", "hanging", "closing", "picky"],
  ["slow", "failing", "hanging", "closing", "picky"],
  ["failing", "gone", "gone"],
];

/** How often one of them is down for good, until all is mended, of 1. */
const DOWN_FOR_LONG = 0.15;

/** One receiver. */
export class ModelReceiver {
  /** Its name. */
  readonly host: string;
  readonly #world: World;
  readonly #dice: Dice;
  readonly #spells: Spells<Mood>;
  /** What it is like whatever gets into it. */
  #lasting: Mood | undefined;
  /** The order whose messages it refuses while it is picky. */
  #disliked: string | undefined;
  #urls = 0;
  #isMended = false;

  constructor(world: World, number: number) {
    this.host = `receiver-${number}.example`;
    this.#world = world;
    const dice = this.#dice = world.dice(this.host);
    const { badReceiverEvery, duration } = world.scenario;
    const bad = dice.pick(TEMPERAMENTS);
    const isEverBad = badReceiverEvery < Infinity;
    this.#spells = new Spells<Mood>({
      time: world.time,
      dice,
      good: "fine",
      bad,
      every: bad.length > 0 ? badReceiverEvery : Infinity,
      onChange: (mood) => {
        this.#disliked = undefined;
        world.trace.add(`${this.host} ${mood}`);
      },
    });
    if (isEverBad && dice.chance(DOWN_FOR_LONG)) {
      world.time.setTimer(dice.between(0, duration), () => {
        if (!this.#isMended) this.be("down");
      });
    }
  }

  /** A new URL of it. */
  makeUrl(): string {
    return `https://${this.host}/${++this.#urls}`;
  }

  /** Lets it be like that until it is told otherwise. */
  be(mood: Mood): void {
    this.#lasting = mood;
    this.#disliked = undefined;
    this.#world.trace.add(`${this.host} ${mood} for long`);
  }

  /** Lets it take everything from now on. */
  mend(): void {
    this.#isMended = true;
    this.be("fine");
    this.#spells.end();
  }

  /** How long a message is on its way, in milliseconds. */
  trip(): number {
    const dice = this.#dice;
    return dice.chance(0.98) ? dice.between(1, 100) : dice.between(100, 3_000);
  }

  /**
   * What comes of a message that arrives.
   *
   * @param order The order that it tells of; absent for none.
   */
  answer(order: string | undefined): ModelReply {
    const dice = this.#dice;
    const mood = this.#lasting ?? this.#spells.now;
    this.#world.tally.add(`receiver: ${mood}`);
    const after = this.trip();
    switch (mood) {
      case "slow":
        return { ...accepted(), after: dice.magnitude(500, 20_000) };
      case "failing":
        return { ...this.#refused(), after };
      case "hanging":
        return {
          ...closed(dice.chance(TAKEN_UNANSWERED)),
          after: dice.chance(0.5) ? Infinity : 30_000,
        };
      case "closing":
        return { ...closed(dice.chance(TAKEN_UNANSWERED)), after };
      case "down":
        return { ...closed(false), after };
      case "gone":
        return { ...refused(410), after };
      case "picky":
        this.#disliked ??= order;
        if (order === this.#disliked) return { ...this.#refused(), after };
    }
    return { ...accepted(), after };
  }

  #refused(): Omit<ModelReply, "after"> {
    const dice = this.#dice;
    const retryAfter = dice.chance(0.2)
      ? Math.round(dice.magnitude(1, LONGEST_RETRY_AFTER / 1000)) * 1000
      : undefined;
    return refused(dice.pick([500, 500, 503, 429, 302]), retryAfter);
  }
}

function accepted(): Omit<ModelReply, "after"> {
  const attempt = { result: "delivered", status: 200, detail: null } as const;
  return { isTaken: true, attempt };
}

function refused(
  status: number,
  retryAfter?: number,
): Omit<ModelReply, "after"> {
  const result = status === 410 ? "gone" : "refused";
  const detail = `It was answered with status ${status}`;
  return { isTaken: false, attempt: { result, status, detail, retryAfter } };
}

function closed(isTaken: boolean): Omit<ModelReply, "after"> {
  const detail = "The connection failed: CLOSED_EARLY";
  return { isTaken, attempt: { result: "network", status: null, detail } };
}
