/**
 * Orders that come all the time, and are given to the daemons of a demo.
 *
 * @module
 */

import type { DemoFleet } from "./demo_fleet.ts";
import { DemoLife, type DemoOrder } from "./demo_life.ts";
import { pause } from "./demo_pause.ts";

/** A new order is placed this often, in milliseconds. */
const PLACE_INTERVAL = 2_000;

/** So many of the newest orders are kept in the list of watches. */
const KEPT_ORDERS = 150;

/** A daemon that was killed is let alone so long, in milliseconds. */
const RETRY_INTERVAL = 100;

/** Gives orders to the daemons, each to another one. */
export class DemoOrders {
  readonly #fleet: DemoFleet;
  readonly #life: DemoLife;
  readonly #kept: string[] = [];

  /**
   * Begins with no order.
   *
   * @param fleet The daemons.
   * @param life Where orders are placed.
   */
  constructor(fleet: DemoFleet, life: DemoLife) {
    this.#fleet = fleet;
    this.#life = life;
  }

  /**
   * Places orders and lets the daemons watch them.
   *
   * @param signal Ends it.
   */
  async come(signal: AbortSignal): Promise<void> {
    for (let placed = 0; !signal.aborted; placed++) {
      await this.watch(this.#life.place());
      // One of every fate at once, so that there is something to see.
      if (placed >= DemoLife.FATES) await pause(PLACE_INTERVAL, signal);
    }
  }

  /**
   * Lets the daemons watch an order; the oldest is forgotten for it if there
   * are many.
   *
   * @param order The order.
   * @throws {Error} If it is refused.
   */
  async watch({ id, label }: DemoOrder): Promise<void> {
    const response = await this.#request(id, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ label }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`Cannot watch order '${id}': ${answer}`);
    this.#kept.push(id);
    if (this.#kept.length > KEPT_ORDERS) {
      await this.#forget(this.#kept.shift()!);
    }
  }

  async #forget(id: string): Promise<void> {
    const response = await this.#request(id, { method: "DELETE" });
    await response.body?.cancel();
  }

  /** Asks one daemon; if that was killed meanwhile, another one. */
  async #request(id: string, init: RequestInit): Promise<Response> {
    for (;;) {
      try {
        return await fetch(`${this.#fleet.url()}/v1/orders/${id}`, init);
      } catch (error) {
        if (this.#fleet.members.length === 1) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL));
      }
    }
  }
}
