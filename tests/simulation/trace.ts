/**
 * What happened in a simulation, in order.
 *
 * @module
 */

import { hashText } from "./dice.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** How many lines are kept for when something goes wrong. */
const KEPT_LINES = 60;

/** The id of an endpoint, which differs from run to run. */
const RANDOM_ID = /wh_[\da-f]{32}/g;

/** Takes notes. */
export class Trace {
  /** A number that all notes together decide. */
  digest = 0;
  readonly #time: VirtualTime;
  readonly #folder: string;
  readonly #print: ((line: string) => void) | undefined;
  #lines: string[] = [];

  /**
   * Begins with no note.
   *
   * @param time Where the time of a note comes from.
   * @param folder A path that is left out, since it differs from run to run.
   * @param print Where every note goes; absent for nowhere.
   */
  constructor(
    time: VirtualTime,
    folder: string,
    print?: (line: string) => void,
  ) {
    this.#time = time;
    this.#folder = folder;
    this.#print = print;
  }

  /** Notes something. */
  add(text: string): void {
    const line = `${formatTime(this.#time.now)} ${text}`
      .replaceAll(this.#folder, "").replaceAll(RANDOM_ID, "wh_…");
    this.digest = hashText(line, this.digest);
    this.#print?.(line);
    this.#lines.push(line);
    if (this.#lines.length >= 2 * KEPT_LINES) {
      this.#lines = this.#lines.slice(-KEPT_LINES);
    }
  }

  /** The last notes, the oldest first. */
  last(): string[] {
    return this.#lines.slice(-KEPT_LINES);
  }
}

/** A time of the simulation, in hours, minutes and seconds. */
export function formatTime(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  const seconds = (milliseconds - minutes * 60_000) / 1000;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${
    seconds.toFixed(6).padStart(9, "0")
  }`;
}
