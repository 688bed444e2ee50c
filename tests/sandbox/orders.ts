/**
 * The orders of the sandbox: each one lives through a script of statuses.
 *
 * @module
 */

import { MadeUp } from "./made_up.ts";

/** The three kinds of items that an order may hold, in the order of the XML. */
export const KINDS = ["localNumbers", "tollFreeNumbers", "keywords"] as const;

/** The name of one kind of items. */
export type Kind = typeof KINDS[number];

/** What was bought so far; a kind that is not named has nothing yet. */
export type Fulfilled = { [kind in Kind]?: string[] };

/** What an order is from one moment on. */
export interface Step {
  /** The moment, in milliseconds since the order was placed. */
  after: number;
  /** The status from then on: any text, known to CallFire or not. */
  status: string;
  /** All that is bought by then; without it, it stays as it was. */
  fulfilled?: Fulfilled;
  /** The cost from then on; without it, it stays as it was. */
  totalCost?: number;
}

/** A change to an order that takes effect at once. */
export type Change = Partial<Omit<Step, "after">>;

/** One kind of items in a new order. */
export interface NewItem {
  /** How many are ordered. */
  ordered: number;
  /** The price of one in US dollars; by default 1.5, 2 or 4 by kind. */
  unitCost?: number;
  /** What the default script delivers first, before it makes up the rest. */
  wanted?: string[];
}

/** A new order. */
export type NewOrder = { [kind in Kind]?: NewItem } & {
  /** Its id; by default the next one that is free, from 1642251003 on. */
  id?: string;
  /** What it lives through; by default it is fulfilled within 2.5 seconds. */
  script?: Step[];
  /** How long it answers 404 after it was placed, in milliseconds. */
  visibleAfter?: number;
  /** When it says that it was created; by default the current second. */
  created?: string;
};

/** One kind of items as they are now. */
export interface Item {
  /** How many were ordered. */
  ordered: number;
  /** The price of one in US dollars. */
  unitCost: number;
  /** What was bought so far. */
  fulfilled: readonly string[];
}

/** An order as it is now. */
export type Order = { [kind in Kind]?: Item } & {
  /** Its id. */
  id: string;
  /** Its status. */
  status: string;
  /** When it was created, as the XML gives it. */
  created: string;
  /** Its cost in US dollars. */
  totalCost: number;
  /** Whether REST shows it yet. */
  visible: boolean;
};

interface Placed {
  id: string;
  created: string;
  placedAt: number;
  visibleAfter: number;
  items: Map<Kind, { ordered: number; unitCost: number }>;
  script: readonly Step[];
}

const FIRST_ID = 1642251003n;
const LARGEST_ID = 9223372036854775807n;
const UNIT_COST = { localNumbers: 1.5, tollFreeNumbers: 2, keywords: 4 };

/** As many items of a kind as the default script makes up at most. */
const LARGEST_MADE_UP = 10_000;

/** Tells whether a text is an id that an order can have: 1 to 2^63 - 1. */
export function isOrderId(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= LARGEST_ID;
}

/** All orders that the sandbox knows. */
export class Orders {
  readonly #now: () => number;
  readonly #madeUp = new MadeUp();
  readonly #orders = new Map<string, Placed>();
  #nextId = FIRST_ID;

  /**
   * Starts with no order.
   *
   * @param now What time it is, in milliseconds from any moment.
   */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many orders there are. */
  get size(): number {
    return this.#orders.size;
  }

  /**
   * Places an order.
   *
   * @returns Its id.
   * @throws {RangeError} Where the order cannot be.
   */
  place(order: NewOrder): string {
    const { id = this.#freeId(), visibleAfter = 0 } = order;
    if (!isOrderId(id)) {
      throw new RangeError(`id ${id}: must be from 1 to ${LARGEST_ID}`);
    }
    if (this.#orders.has(id)) {
      throw new RangeError(`id ${id}: there is such an order already`);
    }
    const items: Placed["items"] = new Map();
    for (const kind of KINDS) {
      const item = order[kind];
      if (!item) continue;
      const { ordered, unitCost = UNIT_COST[kind] } = item;
      items.set(kind, { ordered, unitCost });
    }
    this.#orders.set(id, {
      id,
      created: order.created ?? `${new Date().toISOString().slice(0, 19)}Z`,
      placedAt: this.#now(),
      visibleAfter,
      items,
      script: order.script
        ? checkScript(id, items, order.script)
        : this.#defaultScript(order),
    });
    return id;
  }

  /** Gives an order another script; its moments count from its placing too. */
  setScript(id: string, script: Step[]): void {
    const placed = this.#placed(id);
    placed.script = checkScript(id, placed.items, script);
  }

  /** Changes an order at once; it then stays so, whatever its script said. */
  set(id: string, change: Change): void {
    const placed = this.#placed(id);
    const now = lastStep(placed, this.#now() - placed.placedAt);
    this.setScript(id, [{ ...now, ...change, after: 0 }]);
  }

  /** Forgets an order; says whether there was one. */
  remove(id: string): boolean {
    return this.#orders.delete(id);
  }

  /** The order as it is now, or `undefined` where there is none. */
  get(id: string): Order | undefined {
    const placed = this.#orders.get(id);
    return placed && orderAt(placed, this.#now() - placed.placedAt);
  }

  /** All orders as they are now, those that REST does not show yet too. */
  list(): Order[] {
    const now = this.#now();
    return Array.from(
      this.#orders.values(),
      (placed) => orderAt(placed, now - placed.placedAt),
    );
  }

  #placed(id: string): Placed {
    const placed = this.#orders.get(id);
    if (!placed) throw new RangeError(`id ${id}: there is no such order`);
    return placed;
  }

  #freeId(): string {
    while (this.#orders.has(String(this.#nextId))) this.#nextId++;
    return String(this.#nextId++);
  }

  #defaultScript(order: NewOrder): Step[] {
    const half: Fulfilled = {};
    const all: Fulfilled = {};
    for (const kind of KINDS) {
      const item = order[kind];
      if (!item) continue;
      const { ordered, wanted = [] } = item;
      if (ordered > LARGEST_MADE_UP) {
        throw new RangeError(
          `${kind}: ${ordered} ordered; without a script, at most ` +
            `${LARGEST_MADE_UP} can be`,
        );
      }
      const missing = Math.max(0, ordered - wanted.length);
      all[kind] = [...wanted, ...this.#madeUp[kind](missing)].slice(0, ordered);
      half[kind] = all[kind].slice(0, Math.floor(ordered / 2));
    }
    return [
      { after: 0, status: "NEW" },
      { after: 300, status: "PROCESSING" },
      { after: 1200, status: "PROCESSING", fulfilled: half },
      { after: 2500, status: "FINISHED", fulfilled: all },
    ];
  }
}

function checkScript(id: string, items: Placed["items"], script: Step[]) {
  for (const { fulfilled = {} } of script) {
    const stray = KINDS.find((kind) => fulfilled[kind] && !items.has(kind));
    if (stray) throw new RangeError(`id ${id}: no ${stray} were ordered`);
  }
  return script.toSorted((one, other) => one.after - other.after);
}

/** The steps up to a moment, laid one over the other. */
function lastStep(placed: Placed, elapsed: number): Step {
  let last: Step = { after: 0, status: "NEW" };
  for (const step of placed.script) {
    if (step.after > elapsed) break;
    last = { ...last, ...step };
  }
  return last;
}

function orderAt(placed: Placed, elapsed: number): Order {
  const { status, fulfilled, totalCost } = lastStep(placed, elapsed);
  let cost = 0;
  const order: Order = {
    id: placed.id,
    status,
    created: placed.created,
    totalCost: 0,
    visible: elapsed >= placed.visibleAfter,
  };
  for (const [kind, { ordered, unitCost }] of placed.items) {
    cost += ordered * unitCost;
    order[kind] = { ordered, unitCost, fulfilled: fulfilled?.[kind] ?? [] };
  }
  order.totalCost = totalCost ?? cost;
  return order;
}
