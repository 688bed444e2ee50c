/**
 * People and programs that place orders and call the API, at any moment.
 *
 * @module
 */

import type { WatchRequest } from "../../daemon/polling/tracker.ts";
import type { ApiCalls } from "./api_calls.ts";
import type { Dice } from "./dice.ts";
import { makeUpOrder } from "./model_orders.ts";
import type { World } from "./world.ts";

/** How many calls there are besides those that begin to watch. */
const CALLS_AN_ORDER = 1.5;
const CALLS_ANYWAY = 20;

const LABELS = ["red", "green", "blue"];

/** Places orders and calls the API. */
export class Operator {
  readonly #world: World;
  readonly #calls: ApiCalls;
  readonly #dice: Dice;
  readonly #ids: string[] = [];
  #hasEnded = false;

  /**
   * Plans all that is to be done.
   *
   * @param world The simulation.
   * @param api How to call.
   */
  constructor(world: World, api: ApiCalls) {
    this.#world = world;
    this.#calls = api;
    const dice = this.#dice = world.dice("operator");
    const { duration, orders } = world.scenario;
    for (let left = orders; left > 0;) {
      const size = Math.min(left, this.#groupSize(orders));
      left -= size;
      world.time.setTimer(
        dice.chance(0.2) ? dice.between(0, 5_000) : dice.between(0, duration),
        () => this.#begin(size),
      );
    }
    const calls = orders > 0 ? CALLS_ANYWAY + orders * CALLS_AN_ORDER : 0;
    for (let left = calls; left > 0; left--) {
      world.time.setTimer(dice.between(0, duration), () => this.#act());
    }
  }

  /** Calls no more. */
  end(): void {
    this.#hasEnded = true;
  }

  #groupSize(orders: number): number {
    const dice = this.#dice;
    if (dice.chance(0.7)) return 1;
    return Math.ceil(dice.magnitude(1, Math.max(2, orders / 2)));
  }

  /** Orders are placed, and are to be watched. */
  async #begin(size: number): Promise<void> {
    const { callfire, time } = this.#world;
    const dice = this.#dice;
    const requests: WatchRequest[] = [];
    for (let count = 0; count < size; count++) {
      const id = this.#newId();
      this.#ids.push(id);
      callfire.place(makeUpOrder(id, time.now, dice));
      requests.push({ id, label: this.#label() });
      // Some are named twice, and some are known.
      if (dice.chance(0.05)) requests.push({ id: this.#anyId(), label: null });
    }
    if (dice.chance(0.5)) await time.sleep(dice.magnitude(1, 30_000));
    while (!this.#hasEnded && !await this.#calls.watch(requests)) {
      if (dice.chance(0.05)) return;
      await time.sleep(dice.magnitude(10, 10_000));
    }
  }

  /** Something is done with an order that is known, or nearly at once more. */
  #act(): void {
    const dice = this.#dice;
    if (this.#hasEnded || this.#ids.length === 0) return;
    const id = this.#anyId();
    const calls = this.#calls;
    switch (dice.whole(0, 10)) {
      case 0:
        return void calls.get(id);
      case 1:
        return void calls.list(dice.whole(1, 100));
      case 2:
        return void calls.history(id);
      case 3:
        return void calls.ready();
      case 4:
        return void calls.put(id, dice.pick(LABELS));
      case 5:
        return void calls.watch([{ id, label: null }]);
      case 6:
        return void calls.forget(id);
      case 7:
        return void this.#beginAgain(id);
      case 8:
        return void calls.wait(id, dice.whole(1, 60) * 1_000);
      case 9:
        return void this.#beginAllAgain();
      default:
        return this.#actAtOnce(id);
    }
  }

  /** Several callers who do not know of each other, in one turn. */
  #actAtOnce(id: string): void {
    const dice = this.#dice;
    const calls = this.#calls;
    const acts = [
      () => calls.watch([{ id, label: this.#label() }]),
      () => calls.put(id, dice.pick(LABELS)),
      () => calls.forget(id),
      () => calls.get(id),
    ];
    for (let left = dice.whole(2, 5); left > 0; left--) dice.pick(acts)();
  }

  /** An order is forgotten, and watched anew soon after. */
  async #beginAgain(id: string): Promise<void> {
    const dice = this.#dice;
    if (!await this.#calls.forget(id)) return;
    if (dice.chance(0.5)) {
      await this.#world.time.sleep(dice.magnitude(1, 30_000));
    }
    if (!this.#hasEnded) await this.#calls.watch([{ id, label: null }]);
  }

  async #beginAllAgain(): Promise<void> {
    const dice = this.#dice;
    const ids = this.#ids.slice(-dice.magnitude(1, 60));
    await Promise.all(ids.map((id) => this.#calls.forget(id)));
    if (dice.chance(0.5)) await this.#world.time.sleep(dice.magnitude(1, 500));
    if (this.#hasEnded) return;
    await this.#calls.watch(ids.map((id) => ({ id, label: null })));
  }

  /** The ids of CallFire follow each other; some are as large as can be. */
  #newId(): string {
    const { size } = this.#world.callfire.orders;
    return this.#dice.chance(0.9)
      ? String(1_642_251_003 + size)
      : String(2n ** 63n - 1n - BigInt(size));
  }

  #anyId(): string {
    const dice = this.#dice;
    // The newest are those with the most to happen.
    return dice.chance(0.5)
      ? this.#ids.at(-dice.whole(1, Math.min(5, this.#ids.length)))!
      : dice.pick(this.#ids);
  }

  #label(): string | null {
    return this.#dice.chance(0.5) ? this.#dice.pick(LABELS) : null;
  }
}
