/**
 * Checks documents in a thread of its own, so that another one can see when
 * one of them does not come to an end.
 *
 * @module
 */

import { newTally, ROUND, Round, type Tally } from "./fuzz.ts";

/** What is to be checked. */
export interface Task {
  /** The first seed. */
  seed: number;
  /** How many documents. */
  documents: number;
  /** Two numbers that tell which document is being checked: seed, number. */
  place: Int32Array;
}

/** What came of it, or has come until now. */
export type Report =
  | { kind: "progress"; tally: Tally }
  | { kind: "done"; tally: Tally }
  | { kind: "failed"; message: string };

/** After so many documents it is told how things are. */
const PROGRESS = 10_000;

interface WorkerScope {
  onmessage: ((event: MessageEvent<Task>) => void) | null;
  postMessage(report: Report): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data: { seed, documents, place } }) => {
  const tally = newTally();
  let round = new Round(seed, tally);
  try {
    for (let at = 0; at < documents; at++) {
      const number = at % ROUND;
      if (number === 0) round = new Round(seed + at / ROUND, tally);
      place[0] = seed + Math.floor(at / ROUND);
      Atomics.store(place, 1, number);
      round.check(number);
      if ((at + 1) % PROGRESS === 0) {
        scope.postMessage({ kind: "progress", tally });
      }
    }
    scope.postMessage({ kind: "done", tally });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    scope.postMessage({ kind: "failed", message });
  }
};
