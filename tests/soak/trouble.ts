/**
 * What goes wrong at CallFire during a soak: single answers all the time, and
 * now and then all of them for a while.
 *
 * @module
 */

import type { Fault, Faults } from "../sandbox/faults.ts";
import type { Dice } from "../simulation/dice.ts";
import { pause } from "../helpers/system/pause.ts";

/** One answer in so many goes wrong by itself, on average. */
const SINGLE = 100;

/** How often it is looked how many answers there were, in milliseconds. */
const TICK = 50;

/** The longest time between two spells, in milliseconds. */
const SPELL_INTERVAL = 90_000;

/** What makes one answer wrong. */
const FAULTS: readonly Fault[] = [
  { kind: "status", status: 500 },
  { kind: "status", status: 503, retryAfter: "2" },
  { kind: "status", status: 418 },
  { kind: "status", status: 502, body: "<html>", contentType: "text/html" },
  { kind: "cut", at: 0 },
  { kind: "cut", at: 150 },
  { kind: "reset" },
  { kind: "drip", interval: 5 },
  { kind: "body", body: "" },
  { kind: "body", body: "<r:Resource" },
  { kind: "body", body: "<a x='1' x='2'/>" },
  { kind: "redirect", location: "https://www.callfire.com/" },
  { kind: "bomb", bytes: 4 * 1024 * 1024 },
  { kind: "endless" },
  { kind: "gzip" },
  { kind: "hang" },
  { kind: "none", delay: 3_000 },
];

/** A time in which all goes wrong. */
export interface Spell {
  /** What it is called. */
  name: string;
  /** What every answer is. */
  fault: Fault;
  /** How long, in milliseconds at most. */
  duration: number;
}

/** What goes wrong with every answer, one after the other. */
const SPELLS: readonly Spell[] = [
  {
    name: "fails",
    fault: { kind: "status", status: 503 },
    duration: 6_000,
  },
  { name: "slow", fault: { kind: "none", delay: 700 }, duration: 8_000 },
  { name: "no connection", fault: { kind: "reset" }, duration: 6_000 },
  {
    name: "overloaded",
    fault: { kind: "status", status: 429, retryAfter: "1" },
    duration: 500,
  },
  {
    name: "garbage",
    fault: { kind: "body", body: "<html>in between</html>" },
    duration: 6_000,
  },
  { name: "hangs", fault: { kind: "hang" }, duration: 4_000 },
  {
    name: "refuses",
    fault: { kind: "status", status: 401 },
    duration: 1_000,
  },
];

/** A spell that was, in milliseconds of `performance.now()`. */
export interface PastSpell {
  /** What it is called. */
  name: string;
  /** When it began. */
  from: number;
  /** When it ended. */
  to: number;
}

/** What trouble needs. */
export interface TroubleOptions {
  /** Where it is made. */
  faults: Faults;
  /** Decides what. */
  dice: Dice;
  /** How long the soak is to last, in milliseconds: a short one has spells sooner. */
  duration: number;
  /** How many questions CallFire was asked. */
  asked: () => number;
  /** Is added to, once a spell is over. */
  spells: PastSpell[];
}

/**
 * Makes things go wrong.
 *
 * @param options Where and what.
 * @param signal Ends it, and takes back what has not gone wrong yet.
 */
export async function makeTrouble(
  { asked, dice, duration, faults, spells }: TroubleOptions,
  signal: AbortSignal,
): Promise<void> {
  const interval = Math.min(SPELL_INTERVAL, duration / 4);
  let nextSpell = performance.now() + interval;
  // By the questions, not by the time: probes alone must not meet faults alone.
  let nextSingle = asked() + dice.between(0, 2 * SINGLE);
  for (let at = 0; !signal.aborted;) {
    await pause(TICK, signal);
    if (signal.aborted) break;
    for (; nextSingle < asked(); nextSingle += dice.between(0, 2 * SINGLE)) {
      faults.add(dice.pick(FAULTS));
    }
    if (performance.now() < nextSpell) continue;
    const spell = SPELLS[at++ % SPELLS.length]!;
    const from = performance.now();
    // Before those for one order, which would not spoil all.
    faults.clear();
    faults.add({ ...spell.fault, count: Infinity });
    await pause(Math.min(spell.duration, interval / 3), signal);
    faults.clear();
    spells.push({ name: spell.name, from, to: performance.now() });
    nextSpell = from + interval;
    nextSingle = asked() + dice.between(0, 2 * SINGLE);
  }
  faults.clear();
}
