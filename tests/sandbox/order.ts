/**
 * What an order of the sandbox is, what it may become and how it is placed.
 *
 * @module
 */

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

/** The largest id that an order can have: 2^63 - 1. */
export const MAX_ID = 9223372036854775807n;

/** Tells whether a text is an id that an order can have: 1 to 2^63 - 1. */
export function isOrderId(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= MAX_ID;
}
