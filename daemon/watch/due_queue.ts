/**
 * Who is due when: the earliest first.
 *
 * @module
 */

interface Entry {
  id: string;
  due: number;
  /** Tells those apart that are due at the same time: first come, first served. */
  turn: number;
}

/** Ids by the time that they are due at. Each id is in it once at most. */
export class DueQueue {
  /** A binary heap: no entry is due before its parent at (index - 1) / 2. */
  readonly #heap: Entry[] = [];
  readonly #places = new Map<string, number>();
  #turns = 0;

  /** How many there are. */
  get size(): number {
    return this.#heap.length;
  }

  /** The earliest time that anyone is due at; `Infinity` if there is none. */
  get earliest(): number {
    return this.#heap[0]?.due ?? Infinity;
  }

  /**
   * Puts an id in, or moves it if it is in already.
   *
   * @param id The id.
   * @param due When it is due.
   */
  put(id: string, due: number): void {
    this.remove(id);
    this.#heap.push({ id, due, turn: this.#turns++ });
    this.#places.set(id, this.#heap.length - 1);
    this.#rise(this.#heap.length - 1);
  }

  /**
   * Takes the earliest one out.
   *
   * @returns Its id and when it was due, or `undefined` if there is none.
   */
  take(): { id: string; due: number } | undefined {
    const first = this.#heap[0];
    if (first) this.remove(first.id);
    return first;
  }

  /**
   * Takes an id out.
   *
   * @param id The id.
   * @returns Whether it was in.
   */
  remove(id: string): boolean {
    const place = this.#places.get(id);
    if (place === undefined) return false;
    this.#places.delete(id);
    const last = this.#heap.pop()!;
    if (place < this.#heap.length) {
      this.#set(place, last);
      this.#rise(place);
      this.#sink(place);
    }
    return true;
  }

  #rise(place: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(place, parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(place: number): void {
    for (;;) {
      const left = 2 * place + 1;
      const right = left + 1;
      let first = place;
      if (left < this.#heap.length && this.#isBefore(left, first)) first = left;
      if (right < this.#heap.length && this.#isBefore(right, first)) {
        first = right;
      }
      if (first === place) return;
      this.#swap(place, first);
      place = first;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [first, second] = [this.#heap[one]!, this.#heap[other]!];
    return first.due < second.due ||
      (first.due === second.due && first.turn < second.turn);
  }

  #swap(one: number, other: number): void {
    const moved = this.#heap[one]!;
    this.#set(one, this.#heap[other]!);
    this.#set(other, moved);
  }

  #set(place: number, entry: Entry): void {
    this.#heap[place] = entry;
    this.#places.set(entry.id, place);
  }
}
