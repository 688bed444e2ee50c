/**
 * Who follows the daemon's events during a soak: all lose their connection now
 * and then.
 *
 * @module
 */

import { createParser } from "eventsource-parser";
import type { Dice } from "../simulation/dice.ts";
import type { ToldEvent } from "./event_audit.ts";
import { pause } from "../helpers/system/pause.ts";

/** How long a connection lasts, in milliseconds. */
const SHORTEST = 500;
const LONGEST = 30_000;

/** How far back somebody begins to read, in events. */
const FAR_BACK = 50_000;

/** How long somebody takes nothing, in milliseconds: he is dropped after 10 s. */
const STALL = 15_000;

/** Reads events on and on, over many connections. */
export class Reader {
  /** The sequence of the last event that was read; 0 before the first. */
  last = 0;
  /** How often it connected. */
  connections = 0;
  #epoch = "";
  readonly #url: string;

  /**
   * Begins before the first event.
   *
   * @param url Where the daemon is.
   */
  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Reads on over one connection.
   *
   * @param signal Ends it.
   * @param onData Is given the data of each event.
   */
  async read(
    signal: AbortSignal,
    onData: (data: string, sequence: number) => void,
  ): Promise<void> {
    if (signal.aborted) return;
    this.connections++;
    const response = await fetch(`${this.#url}/v1/events`, {
      headers: {
        "last-event-id": this.last === 0 ? "0" : `${this.#epoch}-${this.last}`,
      },
    });
    const source = response.body!.getReader();
    // Not by the signal of the fetch: aborted while data flows, its stream
    // neither ends nor fails.
    const leave = () => void source.cancel().catch(() => {});
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    const parser = createParser({
      onEvent: ({ data, id }) => {
        if (signal.aborted) return;
        const [epoch = "", sequence] = id?.split("-") ?? [];
        this.#epoch = epoch;
        this.last = Number(sequence);
        onData(data, this.last);
      },
    });
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await source.read();
      if (done) break;
      parser.feed(decoder.decode(value, { stream: true }));
    }
    signal.removeEventListener("abort", leave);
  }

  /**
   * Reads on and on.
   *
   * @param signal Ends it.
   * @param dice Decides how long a connection lasts.
   * @param onData Is given the data of each event.
   */
  async follow(
    signal: AbortSignal,
    dice: Dice,
    onData: (data: string, sequence: number) => void,
  ): Promise<void> {
    while (!signal.aborted) {
      await withLimit(
        dice.magnitude(SHORTEST, LONGEST),
        signal,
        (over) => this.read(over, onData),
      );
      await pause(dice.between(0, 500), signal);
    }
  }
}

/** Runs something until it ends by itself, or its time is up. */
async function withLimit(
  milliseconds: number,
  signal: AbortSignal,
  run: (over: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const over = () => controller.abort();
  const timer = setTimeout(over, milliseconds);
  signal.addEventListener("abort", over, { once: true });
  if (signal.aborted) over();
  try {
    await run(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", over);
  }
}

/**
 * Reads all events from the first one on, as they are.
 *
 * @param reader Who reads.
 * @param onEvent Is told of each.
 */
export function followAll(
  reader: Reader,
  signal: AbortSignal,
  dice: Dice,
  onEvent: (event: ToldEvent) => void,
): Promise<void> {
  return reader.follow(signal, dice, (data) => onEvent(JSON.parse(data)));
}

/**
 * Reads on and on, at times from far back, and sees that no event is missing.
 *
 * @param reader Who reads.
 * @param signal Ends it.
 * @param dice Decides.
 * @param onBroken Is told what cannot be.
 */
export async function wander(
  reader: Reader,
  signal: AbortSignal,
  dice: Dice,
  onBroken: (what: string) => void,
): Promise<void> {
  let furthest = 0;
  while (!signal.aborted) {
    let before = reader.last;
    const limit = dice.magnitude(SHORTEST, LONGEST);
    await withLimit(
      limit,
      signal,
      (over) =>
        reader.read(over, (_data, sequence) => {
          if (sequence !== before + 1) {
            onBroken(`a reader was told event ${sequence} after ${before}`);
          }
          before = sequence;
        }),
    );
    // Only from the end: further back, events of orders that were removed may
    // be dropped by right.
    const isAtEnd = reader.last >= furthest;
    furthest = Math.max(furthest, reader.last);
    if (isAtEnd && dice.chance(0.2)) {
      reader.last = Math.max(0, reader.last - FAR_BACK);
    }
    await pause(dice.between(0, 2_000), signal);
  }
}

/**
 * Connects and takes nothing, until it is dropped, again and again.
 *
 * @param url Where the daemon is.
 * @param signal Ends it.
 */
export async function stall(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await withLimit(STALL, signal, async (over) => {
      const { body } = await fetch(`${url}/v1/events`, {
        headers: { "last-event-id": "0" },
      });
      await pause(STALL, over);
      await body?.cancel();
    });
  }
}
