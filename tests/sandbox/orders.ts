/**
 * The orders of the sandbox: each one lives through a script of statuses.
 *
 * @module
 */

import { MadeUp } from "./made_up.ts";
import {
  type Change,
  type Fulfilled,
  isOrderId,
  type Kind,
  KINDS,
  MAX_ID,
  type NewOrder,
  type Order,
  type Step,
} from "./order.ts";

interface Placed {
  id: string;
  created: string;
  placedAt: number;
  visibleAfter: number;
  items: Map<Kind, { ordered: number; unitCost: number }>;
  script: readonly Step[];
}

const FIRST_ID = 1642251003n;
const UNIT_COST = { localNumbers: 1.5, tollFreeNumbers: 2, keywords: 4 };

/** As many items of a kind as the default script makes up at most. */
const LARGEST_MADE_UP = 10_000;

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
    if (order.id !== undefined) this.#checkNewId(order.id);
    const items: Placed["items"] = new Map();
    for (const kind of KINDS) {
      const item = order[kind];
      if (!item) continue;
      const { ordered, unitCost = UNIT_COST[kind] } = item;
      items.set(kind, { ordered, unitCost });
    }
    const script = order.script
      ? checkScript(items, order.script)
      : this.#defaultScript(order);
    // Comes last, so that an order that is refused uses up no id.
    const id = order.id ?? this.#freeId();
    this.#orders.set(id, {
      id,
      created: order.created ?? `${new Date().toISOString().slice(0, 19)}Z`,
      placedAt: this.#now(),
      visibleAfter: order.visibleAfter ?? 0,
      items,
      script,
    });
    return id;
  }

  /** The steps that an order lives through, the first one first. */
  script(id: string): readonly Step[] {
    return this.#placed(id).script;
  }

  /** Gives an order another script; its moments count from its placing too. */
  setScript(id: string, script: Step[]): void {
    const placed = this.#placed(id);
    placed.script = checkScript(placed.items, script);
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

  #checkNewId(id: string): void {
    if (!isOrderId(id)) {
      throw new RangeError(`id ${id}: must be from 1 to ${MAX_ID}`);
    }
    if (this.#orders.has(id)) {
      throw new RangeError(`id ${id}: there is such an order already`);
    }
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

function checkScript(items: Placed["items"], script: Step[]): Step[] {
  for (const { fulfilled = {} } of script) {
    const stray = KINDS.find((kind) => fulfilled[kind] && !items.has(kind));
    if (stray) throw new RangeError(`the order has no ${stray}`);
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
  // Without the digits that the sum of binary fractions leaves behind.
  order.totalCost = totalCost ?? Number(cost.toFixed(6));
  return order;
}
