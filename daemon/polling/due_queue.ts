/**
 * Who is due when: the earliest first.
 *
 * @module
 */

/** The room that a queue begins with; it doubles whenever it is full. */
const INITIAL_CAPACITY = 16;

/** How many children an entry of the heap has. */
const CHILDREN = 4;

/**
 * Ids by the time that they are due at. Each id is in it once at most.
 *
 * It holds a hundred thousand without an object for each: an id has a slot, a
 * number, for as long as it is in, and all that is known of it is in arrays.
 */
export class DueQueue {
  readonly #slots = new Map<string, number>();
  readonly #ids: string[] = [];
  #dues = new Float64Array();
  /** Tells those apart that are due together: first come, first served. */
  #turns = new Float64Array();
  /** A heap of the slots in use, after them the slots that are free. */
  #heap = new Uint32Array();
  /** Where in the heap each slot is. */
  #places = new Uint32Array();
  #nextTurn = 0;

  /** How many there are. */
  get size(): number {
    return this.#slots.size;
  }

  /** The earliest time that anyone is due at; `Infinity` if there is none. */
  get earliest(): number {
    return this.size > 0 ? this.#dues[this.#heap[0]!]! : Infinity;
  }

  /**
   * Puts an id in, or moves it if it is in already.
   *
   * @param id The id.
   * @param due When it is due.
   */
  put(id: string, due: number): void {
    this.remove(id);
    const place = this.size;
    if (place === this.#heap.length) this.#makeRoom();
    const slot = this.#heap[place]!;
    this.#slots.set(id, slot);
    this.#ids[slot] = id;
    this.#dues[slot] = due;
    this.#turns[slot] = this.#nextTurn++;
    this.#rise(place, slot);
  }

  /**
   * Takes the earliest one out.
   *
   * @returns Its id and when it was due, or `undefined` if there is none.
   */
  take(): { id: string; due: number } | undefined {
    if (this.size === 0) return undefined;
    const slot = this.#heap[0]!;
    const [id, due] = [this.#ids[slot]!, this.#dues[slot]!];
    this.remove(id);
    return { id, due };
  }

  /**
   * Takes an id out.
   *
   * @param id The id.
   * @returns Whether it was in.
   */
  remove(id: string): boolean {
    const slot = this.#slots.get(id);
    if (slot === undefined) return false;
    this.#slots.delete(id);
    this.#ids[slot] = "";
    const place = this.#places[slot]!;
    const last = this.#heap[this.size]!;
    this.#set(this.size, slot);
    if (slot === last) return true;
    this.#rise(place, last);
    this.#sink(this.#places[last]!, last);
    return true;
  }

  /** Puts a slot at a place of the heap, or as far above it as it belongs. */
  #rise(place: number, slot: number): void {
    while (place > 0) {
      const parent = Math.floor((place - 1) / CHILDREN);
      const above = this.#heap[parent]!;
      if (!this.#isBefore(slot, above)) break;
      this.#set(place, above);
      place = parent;
    }
    this.#set(place, slot);
  }

  /** Puts a slot at a place of the heap, or as far below it as it belongs. */
  #sink(place: number, slot: number): void {
    for (;;) {
      const child = CHILDREN * place + 1;
      const end = Math.min(child + CHILDREN, this.size);
      let first = child;
      for (let other = child + 1; other < end; other++) {
        if (this.#isBefore(this.#heap[other]!, this.#heap[first]!)) {
          first = other;
        }
      }
      if (child >= end || !this.#isBefore(this.#heap[first]!, slot)) break;
      this.#set(place, this.#heap[first]!);
      place = first;
    }
    this.#set(place, slot);
  }

  #isBefore(one: number, other: number): boolean {
    const [due, otherDue] = [this.#dues[one]!, this.#dues[other]!];
    return due < otherDue ||
      (due === otherDue && this.#turns[one]! < this.#turns[other]!);
  }

  #set(place: number, slot: number): void {
    this.#heap[place] = slot;
    this.#places[slot] = place;
  }

  #makeRoom(): void {
    const room = Math.max(INITIAL_CAPACITY, 2 * this.#heap.length);
    const slots = Uint32Array.from({ length: room }, (_, slot) => slot);
    this.#dues = copyInto(new Float64Array(room), this.#dues);
    this.#turns = copyInto(new Float64Array(room), this.#turns);
    this.#heap = copyInto(slots.slice(), this.#heap);
    this.#places = copyInto(slots, this.#places);
  }
}

function copyInto<T extends Float64Array | Uint32Array>(to: T, from: T): T {
  to.set(from);
  return to;
}
