/**
 * Questions to CallFire, and what came of them.
 *
 * @module
 */

import type { OrderOutcome } from "../../mod.ts";
import type { Process } from "./process.ts";

/** One question that was asked. */
export interface Question {
  /** The order's id. */
  readonly id: string;
  /** Who asks. */
  readonly process: Process;
  /** Whether CallFire did not count as up, so that it is to find that out. */
  readonly isProbe: boolean;
  /** Whether it was answered or given up. */
  hasEnded: boolean;
}

/** The last word about an order that reached a process. */
export interface LastAnswer {
  /** Its status, if it could be read; `undefined` for any other fault. */
  status: number | undefined;
  /** The truth, as JSON, if that is what it says. */
  truth: string | undefined;
  /** When it came, in milliseconds of the simulation. */
  at: number;
  /** How the order went by that. */
  outcome: OrderOutcome | undefined;
}

/** The 404s about an order with nothing else in between. */
export interface Run404 {
  /** When the first of them came, in milliseconds of the simulation. */
  since: number;
  /** How many there were. */
  count: number;
  /** The run before, which another response to a process ended. */
  before?: { run: Run404; process: Process } | undefined;
}

/** What is known when there was no answer, or none that could be read. */
export const NOTHING: Omit<LastAnswer, "at"> = {
  status: undefined,
  truth: undefined,
  outcome: undefined,
};
