/**
 * Good times and bad times, in turn.
 *
 * @module
 */

import type { Dice } from "./dice.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** What spells are made of. */
export interface SpellOptions<Kind> {
  /** The time line. */
  time: VirtualTime;
  /** Chance. */
  dice: Dice;
  /** How it is in good times. */
  good: Kind;
  /** How it can be in bad ones. */
  bad: readonly Kind[];
  /** From one bad time to the next, in milliseconds, on average. */
  every: number;
  /** The longest that a bad time may be, in milliseconds. */
  longest?: (kind: Kind) => number;
  /** Is told of each change. */
  onChange: (kind: Kind) => void;
}

/** The longest and the shortest bad time, in milliseconds. */
export const LONGEST = 8 * 60_000;
const SHORTEST = 500;

/** Something that is now good, now bad. */
export class Spells<Kind> {
  /** How it is now. */
  now: Kind;
  /** Since when, in milliseconds of the simulation. */
  changedAt = -Infinity;
  readonly #options: SpellOptions<Kind>;
  #hasEnded = false;

  /**
   * Begins with a good time.
   *
   * @param options What it is made of.
   */
  constructor(options: SpellOptions<Kind>) {
    this.#options = options;
    this.now = options.good;
    this.#plan();
  }

  /** Begins a good time that lasts for ever. */
  end(): void {
    this.#hasEnded = true;
    this.#change(this.#options.good);
  }

  #plan(): void {
    const { bad, dice, every, good, longest, time } = this.#options;
    time.setTimer(every * dice.between(0.1, 1.9), () => {
      if (this.#hasEnded) return;
      const kind = dice.pick(bad);
      this.#change(kind);
      const most = longest?.(kind) ?? Math.min(LONGEST, every);
      const duration = dice.magnitude(SHORTEST, most);
      time.setTimer(duration, () => {
        if (this.#hasEnded) return;
        this.#change(good);
        this.#plan();
      });
    });
  }

  #change(kind: Kind): void {
    const { onChange, time } = this.#options;
    this.now = kind;
    this.changedAt = time.now;
    onChange(kind);
  }
}
