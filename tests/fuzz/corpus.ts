/**
 * The documents that led the readers where none had led them before: what
 * comes next is made of these.
 *
 * @module
 */

import { type Choices, pick, strays } from "../helpers/client/choices.ts";

/** A document and the order that it was made for. */
export interface Entry {
  /** The document, one character for each byte. */
  bytes: string;
  /** The id of the order. */
  id: string;
}

/** Longer documents are not kept, in bytes: they would slow the rest down. */
const LONGEST = 4096;

/** Documents, one for each behaviour. */
export class Corpus {
  readonly #entries: Entry[] = [];
  readonly #accepted: number[] = [];
  readonly #places = new Map<string, number>();

  /** How many behaviours were seen. */
  get behaviours(): number {
    return this.#places.size;
  }

  /** Whether there is nothing to make documents of yet. */
  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /**
   * Keeps a document if none of its behaviour is kept, or a longer one.
   *
   * @param behaviour What it made the readers do.
   * @param entry The document.
   * @param isAccepted Whether an order was read from it.
   */
  add(behaviour: string, entry: Entry, isAccepted: boolean): void {
    if (entry.bytes.length > LONGEST) return;
    const place = this.#places.get(behaviour);
    if (place === undefined) {
      const added = this.#entries.push(entry) - 1;
      this.#places.set(behaviour, added);
      if (isAccepted) this.#accepted.push(added);
    } else if (entry.bytes.length < this.#entries[place]!.bytes.length) {
      this.#entries[place] = entry;
    }
  }

  /**
   * One of the documents; there must be one. Most often an order was read from
   * it, since one fault hides the next.
   */
  pick(choices: Choices): Entry {
    if (this.#accepted.length > 0 && !strays(choices, 3)) {
      return this.#entries[pick(choices, this.#accepted)]!;
    }
    return pick(choices, this.#entries);
  }
}
