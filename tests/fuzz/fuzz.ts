/**
 * Documents without end, right ones and damaged ones, each of which the client
 * must read as another parser does.
 *
 * @module
 */

import { wasmBytes } from "./wasm_memory.ts";
import { assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import type { NumberOrder } from "../../client/number_order.ts";
import {
  type Choices,
  fromSeed,
  pick,
  strays,
} from "../helpers/client/choices.ts";
import {
  orders,
  writeOrder,
  writeTail,
} from "../helpers/client/order_documents.ts";
import { type Agreement, checkAgreement } from "./agreement.ts";
import { behaviourOf } from "./behaviour.ts";
import { bytesOf, toBytes } from "./bytes.ts";
import { Corpus, type Entry } from "./corpus.ts";
import { mutate } from "./mutations.ts";

/** After so many documents all starts over, with the next seed. */
export const ROUND = 100_000;

/** How many documents are made of the same orders. */
const BATCH = 500;

/** By how much the process may grow after the first documents, in bytes. */
const MOST_GROWTH = 512 * 2 ** 20;

/** The most that WebAssembly may hold, in bytes. */
const MOST_WASM = 64 * 2 ** 20;

/** What became of many documents. */
export interface Tally {
  /** How many there were. */
  documents: number;
  /** From how many of them an order was read. */
  accepted: number;
  /** How many of them were refused. */
  refused: number;
  /** How many behaviours were seen in a round; in all rounds, together. */
  behaviours: number;
  /** The longest time that the client took for one, in milliseconds. */
  slowest: number;
  /** The most memory that the process held, in bytes. */
  memory: number;
  /** The most memory that WebAssembly held, in bytes. */
  wasm: number;
}

/** An empty tally. */
export function newTally(): Tally {
  return {
    documents: 0,
    accepted: 0,
    refused: 0,
    behaviours: 0,
    slowest: 0,
    memory: 0,
    wasm: 0,
  };
}

/** The documents of one seed. */
export class Round {
  readonly #seed: number;
  readonly #tally: Tally;
  readonly #corpus = new Corpus();
  #orders: NumberOrder[] = [];
  #memoryAtFirst = 0;

  /**
   * Begins with an empty corpus.
   *
   * @param seed Decides about every document; a whole number from 0 to 2^31 - 1.
   * @param tally Where to count them.
   */
  constructor(seed: number, tally: Tally) {
    this.#seed = seed;
    this.#tally = tally;
  }

  /**
   * Makes the next document and checks it.
   *
   * @param at Its number: from 0 to {@link ROUND}, one after the other.
   * @throws {Error} If the readers do not agree or too much memory is taken;
   * its message holds the document.
   */
  check(at: number): void {
    if (at % BATCH === 0) {
      // Two seeds next to each other must not share their orders.
      const seed = (Math.imul(this.#seed, 0x9E3779B1) + at) | 0;
      this.#orders = fc.sample(orders, { seed, numRuns: 50 });
      this.#checkMemory(at);
    }
    const choices = fromSeed(this.#seed, at);
    const { bytes, id, order } = this.#make(choices);
    try {
      const body = toBytes(bytes);
      const agreement = checkAgreement(body, id);
      if (order) assertEquals(agreement.order, order);
      this.#count(agreement);
      const behaviour = behaviourOf(bytes, agreement);
      const before = this.#corpus.behaviours;
      this.#corpus.add(behaviour, { bytes, id }, agreement.order !== undefined);
      this.#tally.behaviours += this.#corpus.behaviours - before;
    } catch (error) {
      throw new Error(
        `${error}\nThe order ${id} from ${JSON.stringify(bytes)}`,
        { cause: error },
      );
    }
  }

  /** A document, with its order if it is one that a server may send. */
  #make(choices: Choices): Entry & { order?: NumberOrder } {
    const isFresh = this.#corpus.isEmpty || strays(choices, 4);
    if (!isFresh) {
      const { bytes, id } = this.#corpus.pick(choices);
      const other = this.#corpus.pick(choices).bytes;
      return { bytes: mutate(bytes, other, choices), id };
    }
    const order = pick(choices, this.#orders);
    const bytes = bytesOf(writeOrder(order, choices) + writeTail(choices));
    if (strays(choices, 3)) return { bytes, id: order.id, order };
    const other = this.#corpus.isEmpty
      ? bytes
      : this.#corpus.pick(choices).bytes;
    return { bytes: mutate(bytes, other, choices), id: order.id };
  }

  #count(agreement: Agreement): void {
    const tally = this.#tally;
    tally.documents++;
    if (agreement.order) tally.accepted++;
    else tally.refused++;
    tally.slowest = Math.max(tally.slowest, agreement.time);
  }

  #checkMemory(at: number): void {
    const tally = this.#tally;
    const memory = Deno.memoryUsage().rss;
    tally.memory = Math.max(tally.memory, memory);
    tally.wasm = Math.max(tally.wasm, wasmBytes());
    // By then the programs are compiled and the corpus is there.
    if (at === BATCH * 10) this.#memoryAtFirst = memory;
    if (this.#memoryAtFirst > 0) {
      assertLess(memory - this.#memoryAtFirst, MOST_GROWTH, "memory grows");
    }
    assertLess(tally.wasm, MOST_WASM, "the memory of WebAssembly grows");
  }
}
