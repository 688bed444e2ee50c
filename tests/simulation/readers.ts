/**
 * Readers of the event stream, who come and go and read on from where they
 * were.
 *
 * @module
 */

import { type StoredEvent, StoreError } from "../../daemon/store/store.ts";
import type { Dice } from "./dice.ts";
import type { Process } from "./process.ts";
import { nextEvent } from "../helpers/daemon/next_event.ts";
import type { World } from "./world.ts";

/** How many there are. */
const READERS = 3;

/** All readers. */
export class ReadPool {
  readonly #readers: Reader[];

  /**
   * Lets them connect as soon as they can.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    this.#readers = Array.from(
      { length: READERS },
      (_, at) => new Reader(world, at),
    );
  }

  /** Lets them stay connected from now on, and be as quick as they can. */
  mend(): void {
    for (const reader of this.#readers) reader.mend();
  }

  /** Makes sure that whoever waits for an event knows all before it. */
  afterStep(): void {
    for (const reader of this.#readers) reader.afterStep();
  }

  /** Makes sure that all have everything. */
  checkComplete(): void {
    for (const reader of this.#readers) reader.checkComplete();
  }
}

/** One reader. */
class Reader {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #name: string;
  /** The last event that it knows; `undefined` before it was connected. */
  #last: number | undefined;
  #process: Process | undefined;
  #leaving = new AbortController();
  #isWaiting = false;
  #isMended = false;

  constructor(world: World, at: number) {
    this.#world = world;
    this.#dice = world.dice(`reader ${at}`);
    this.#name = `reader ${at}`;
    // One of them wants to know everything, the others what is new.
    if (at === 0) this.#last = 0;
    this.#connectLater();
  }

  mend(): void {
    this.#isMended = true;
  }

  afterStep(): void {
    if (this.#process?.isDead) {
      this.#process = undefined;
      this.#isWaiting = false;
      this.#connectLater();
    }
    const process = this.#process;
    if (!this.#isWaiting || this.#leaving.signal.aborted || !process) return;
    if (!process.isSharing) return this.checkComplete();
    if (this.#last! >= process.lastTold) return;
    this.#broken(`has event ${this.#last}, and ${process.lastTold} was told`);
  }

  checkComplete(): void {
    const { last } = this.#world.ledger;
    if (this.#last === last) return;
    this.#broken(`has event ${this.#last}, and the last one is ${last}`);
  }

  #connectLater(): void {
    const delay = this.#dice.magnitude(1, 20_000);
    this.#world.time.setTimer(delay, () => this.#connect());
  }

  async #connect(): Promise<void> {
    const { callable } = this.#world.daemons;
    if (callable.length === 0) return this.#connectLater();
    const process = this.#dice.pick(callable);
    this.#process = process;
    this.#leaving = new AbortController();
    this.#leaveLater(this.#leaving);
    try {
      const last = await process.store.lastSequence();
      this.#last ??= last;
      if (this.#last > last) {
        this.#broken(`knows event ${this.#last}, but the last one is ${last}`);
      }
      await this.#follow(process, this.#leaving.signal);
    } catch (error) {
      if (!process.isDead && !(error instanceof StoreError)) {
        this.#broken(`could not go on: ${error}`);
      }
    }
    // Whoever loses its connection with the process finds that out by itself.
    if (process.isDead) return;
    this.#process = undefined;
    this.#connectLater();
  }

  async #follow(process: Process, signal: AbortSignal): Promise<void> {
    const { feed } = process.core;
    while (!signal.aborted) {
      const events = await feed.after(this.#last!);
      for (const event of events) {
        if (signal.aborted) return;
        process.effect("before an event is sent");
        this.#receive(event);
        await this.#digest();
        process.beAlive();
      }
      if (events.length > 0) continue;
      this.#isWaiting = true;
      await nextEvent(feed, this.#last!, signal);
      this.#isWaiting = false;
    }
  }

  #receive(event: StoredEvent): void {
    const { events } = this.#world.ledger;
    if (event.sequence !== this.#last! + 1) {
      this.#broken(`gets event ${event.sequence} after ${this.#last}`);
    }
    this.#last = event.sequence;
    const told = events[event.sequence - 1];
    if (event !== told && JSON.stringify(event) !== JSON.stringify(told)) {
      this.#broken(`gets ${JSON.stringify(event)} for ${JSON.stringify(told)}`);
    }
    this.#world.tally.add("events received");
  }

  /** A reader may be slow. */
  async #digest(): Promise<void> {
    const dice = this.#dice;
    if (this.#isMended || dice.chance(0.95)) return;
    await this.#world.time.sleep(dice.magnitude(1, 10_000));
  }

  #leaveLater(leaving: AbortController): void {
    const delay = this.#dice.magnitude(1_000, 3_600_000);
    this.#world.time.setTimer(delay, () => {
      if (!this.#isMended) leaving.abort();
    });
  }

  #broken(what: string): void {
    this.#world.broken(`${this.#name} ${what}`);
  }
}
