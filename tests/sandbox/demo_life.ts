/**
 * The life of an account: orders of every fate, placed one after the other.
 *
 * @module
 */

import type { Fulfilled, NewOrder, Step } from "./order.ts";
import type { Sandbox } from "./sandbox.ts";

/** An order that was just placed. */
export interface DemoOrder {
  /** Its id. */
  id: string;
  /** What its owner calls it: the fate that it has. */
  label: string;
}

/** What an order will live through. */
interface Fate {
  label: string;
  items: Pick<NewOrder, "localNumbers" | "tollFreeNumbers" | "keywords">;
  /** When it ends, in milliseconds; it is PROCESSING until then. */
  end: number;
  status: string;
  /** What is bought at the end; absent for all that is ordered. */
  fulfilled?: Fulfilled;
  /** How long CallFire does not know of it yet, in milliseconds. */
  visibleAfter?: number;
  /** What goes wrong while it is asked for. */
  spoil?: (sandbox: Sandbox, order: string) => void;
}

const FATES: readonly Fate[] = [
  {
    label: "two local numbers",
    items: { localNumbers: { ordered: 2 } },
    end: 2_500,
    status: "FINISHED",
  },
  {
    label: "campaign: keywords",
    items: {
      keywords: { ordered: 2, wanted: ["YELLOWTAXI", "ORANGEBROADSWORD"] },
    },
    end: 4_000,
    status: "FINISHED",
    fulfilled: { keywords: ["YELLOWTAXI"] },
  },
  {
    label: "support line, toll-free",
    items: { tollFreeNumbers: { ordered: 1 } },
    end: 6_000,
    status: "FINISHED",
  },
  {
    label: "a keyword that is taken",
    items: { keywords: { ordered: 1, wanted: ["TAKEN"] } },
    end: 3_000,
    status: "FINISHED",
    fulfilled: {},
  },
  {
    label: "through a bad connection",
    items: { localNumbers: { ordered: 3 } },
    end: 5_000,
    status: "FINISHED",
    spoil({ faults }, order) {
      faults.add({ kind: "status", status: 503, order });
      faults.add({ kind: "cut", at: 200, order });
      faults.add({ kind: "reset", order });
    },
  },
  {
    label: "an area without numbers",
    items: { localNumbers: { ordered: 5 } },
    end: 3_500,
    status: "ERRORED",
    fulfilled: {},
  },
  {
    label: "everything at once",
    items: {
      localNumbers: { ordered: 4 },
      tollFreeNumbers: { ordered: 2 },
      keywords: { ordered: 1 },
    },
    end: 9_000,
    status: "FINISHED",
  },
  {
    label: "known late",
    items: { localNumbers: { ordered: 1 } },
    end: 7_000,
    status: "FINISHED",
    visibleAfter: 3_000,
  },
  {
    label: "stuck beyond 20 seconds",
    items: { localNumbers: { ordered: 10 } },
    end: 45_000,
    status: "FINISHED",
    fulfilled: {
      localNumbers: ["12135550190", "12135550191", "12135550192"],
    },
  },
  {
    label: "called off",
    items: { tollFreeNumbers: { ordered: 1 } },
    end: 4_000,
    status: "VOID",
    fulfilled: {},
  },
  {
    label: "not approved",
    items: { keywords: { ordered: 3 } },
    end: 5_000,
    status: "REJECTED",
    fulfilled: {},
  },
];

/** The fate of an order that takes longer than a daemon may live. */
const LASTING: Fate = {
  label: "outlives its daemon",
  items: { localNumbers: { ordered: 2 } },
  end: 15_000,
  status: "FINISHED",
};

/** Places orders in the sandbox, one fate after the other. */
export class DemoLife {
  readonly #sandbox: Sandbox;
  readonly #speed: number;
  #placed = 0;

  /**
   * Begins with no order.
   *
   * @param sandbox Where to place them.
   * @param speed How many times faster than usual they live.
   */
  constructor(sandbox: Sandbox, speed = 1) {
    this.#sandbox = sandbox;
    this.#speed = speed;
  }

  /** How many orders make one of every fate. */
  static readonly FATES = FATES.length;

  /** Places the next order. */
  place(): DemoOrder {
    return this.#place(FATES[this.#placed++ % FATES.length]!);
  }

  /** Places an order that takes longer than a daemon may live. */
  placeLasting(): DemoOrder {
    return this.#place(LASTING);
  }

  #place(fate: Fate): DemoOrder {
    const { label, items, visibleAfter, spoil } = fate;
    const { orders } = this.#sandbox;
    const id = orders.place({
      ...items,
      ...(visibleAfter && { visibleAfter }),
    });
    // The usual script has made up what it buys; it only has to last longer.
    orders.setScript(
      id,
      script(fate, orders.script(id))
        .map((step) => ({ ...step, after: step.after / this.#speed })),
    );
    spoil?.(this.#sandbox, id);
    return { id, label };
  }
}

function script(fate: Fate, usual: readonly Step[]): Step[] {
  const { end, fulfilled, status } = fate;
  const all = usual.at(-1)?.fulfilled ?? {};
  const isEmpty = fulfilled && Object.keys(fulfilled).length === 0;
  return [
    { after: 0, status: "NEW" },
    { after: 700, status: "PROCESSING" },
    {
      after: end,
      status,
      fulfilled: fulfilled ?? all,
      ...(isEmpty && { totalCost: 0 }),
    },
  ];
}
