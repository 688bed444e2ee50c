/**
 * People who have webhooks be sent somewhere, and look after that.
 *
 * @module
 */

import { EVENT_TYPES } from "../../daemon/polling/watched_order.ts";
import type { Endpoint } from "../../daemon/webhooks/endpoint.ts";
import type { EndpointStanding } from "../../daemon/webhooks/endpoints.ts";
import type { Dice } from "./dice.ts";
import type { WebhookCalls } from "./webhook_calls.ts";
import type { World } from "./world.ts";

/** How many calls there are for each endpoint of all orders, and besides. */
const CALLS_AN_ENDPOINT = 4;
const CALLS_ANYWAY = 4;

/** From one look at the endpoints to the next, in the end, in milliseconds. */
const CHECK_INTERVAL_MS = 10_000;

/** How long endpoints may be left to try again by themselves. */
const LONGEST_LEFT = 5 * 3_600_000;

/** How long it takes in the end besides that, and a second for each event. */
const LONGEST_END = 5 * 60_000;

const TYPES = [
  EVENT_TYPES,
  EVENT_TYPES,
  ["order.watched", "order.changed", "order.settled"],
  ["order.settled"],
] as const;

/** Registers endpoints, and looks after them. */
export class WebhookOperator {
  readonly #world: World;
  readonly #calls: WebhookCalls;
  readonly #dice: Dice;
  /** Endpoints that are left to themselves in the end, by their ids. */
  readonly #left = new Map<string, boolean>();
  #leftUntil = -Infinity;
  #hasEnded = false;

  /**
   * Plans all that is to be done.
   *
   * @param world The simulation.
   * @param calls How to call.
   */
  constructor(world: World, calls: WebhookCalls) {
    this.#world = world;
    this.#calls = calls;
    const dice = this.#dice = world.dice("operator of webhooks");
    const { duration, webhooks } = world.scenario;
    for (let left = webhooks; left > 0; left--) {
      const at = dice.between(0, dice.chance(0.6) ? 60_000 : duration);
      world.time.setTimer(at, () => this.#register(null));
    }
    const count = webhooks > 0
      ? CALLS_ANYWAY + webhooks * CALLS_AN_ENDPOINT
      : 0;
    for (let left = count; left > 0; left--) {
      world.time.setTimer(dice.between(0, duration), () => this.#act());
    }
  }

  /** Calls no more. */
  end(): void {
    this.#hasEnded = true;
  }

  /**
   * Has all go on that are parked or wait to try again, until each has what it
   * is owed; some that need no more than time are given that.
   *
   * @param until Lets time pass until something is so.
   */
  async settle(until: (isSo: () => boolean) => Promise<void>): Promise<void> {
    const { broken, ledger, receivers, time, webhooks } = this.#world;
    let isDone = webhooks.wanted.length === 0;
    const end = time.now + LONGEST_END + ledger.last * 1000;
    const look = async () => {
      if (isDone) return;
      const listed = await this.#calls.list();
      const unsettled = listed?.filter((one) => !isSettled(one)) ?? [];
      await Promise.all(unsettled.map((one) => this.#goOn(one)));
      isDone = listed !== undefined && unsettled.length === 0;
      time.setTimer(CHECK_INTERVAL_MS, look);
    };
    time.setTimer(0, look);
    await until(() => isDone || time.now > Math.max(end, this.#leftUntil));
    if (!isDone) broken("not all endpoints have settled in time");
    receivers.checks.checkComplete();
  }

  /** Has an endpoint go on that would take long, or for ever. */
  async #goOn({ endpoint }: EndpointStanding): Promise<void> {
    const { failing, heldSince, id, parked, url } = endpoint;
    if (!parked && !failing && heldSince === null) return;
    if (!parked && this.#isLeft(endpoint)) return;
    await this.#calls.resume(this.#world.webhooks.find(id, url)!);
  }

  /** Time is dear to several daemons, and unsure where dates are set. */
  #isLeft({ failing, id }: Endpoint): boolean {
    const { scenario, time } = this.#world;
    const known = this.#left.get(id);
    if (known !== undefined) return known;
    const isLeft = scenario.sharedBy === 0 &&
      scenario.dateStepEvery === Infinity &&
      (failing?.nextAt ?? 0) - time.date < LONGEST_LEFT &&
      this.#dice.chance(0.5);
    this.#left.set(id, isLeft);
    if (isLeft) this.#leftUntil = time.now + LONGEST_LEFT + LONGEST_END;
    return isLeft;
  }

  async #register(order: string | null): Promise<void> {
    const dice = this.#dice;
    const { receivers, time } = this.#world;
    const url = receivers.pick().makeUrl();
    const registered = { url, order, types: dice.pick(TYPES) };
    while (!this.#hasEnded && !await this.#calls.register(registered)) {
      if (dice.chance(0.1)) return;
      await time.sleep(dice.magnitude(10, 10_000));
    }
    // Whoever has not noted the answer does the same again.
    if (order !== null && !this.#hasEnded && dice.chance(0.2)) {
      await this.#calls.register(registered);
    }
  }

  #act(): void {
    const { callfire, ledger, webhooks } = this.#world;
    const dice = this.#dice;
    if (this.#hasEnded) return;
    const { wanted } = webhooks;
    if (wanted.length === 0 || dice.chance(0.2)) {
      const orders = [...callfire.orders.keys()].slice(-5);
      if (orders.length > 0) this.#register(dice.pick(orders));
      return;
    }
    const endpoint = dice.pick(wanted);
    const calls = this.#calls;
    switch (dice.whole(0, 9)) {
      case 0:
        return void calls.remove(endpoint);
      case 1:
        return void calls.rotate(endpoint);
      case 2:
      case 3:
        return void calls.test(endpoint);
      case 4:
        return void calls.list();
      case 5:
        return void this.#resumeParked();
      case 6:
      case 7:
        return void calls.resume(endpoint);
      default:
        return void calls.resume(endpoint, this.#place(ledger.last));
    }
  }

  /** Where to go on: from the beginning, from lately, or with what is new. */
  #place(last: number): number {
    const dice = this.#dice;
    if (dice.chance(0.2)) return Infinity;
    if (dice.chance(0.2)) return 0;
    return Math.max(0, last - dice.whole(0, 30));
  }

  async #resumeParked(): Promise<void> {
    const { webhooks } = this.#world;
    for (const { endpoint } of await this.#calls.list() ?? []) {
      const { id, parked, url } = endpoint;
      if (parked) await this.#calls.resume(webhooks.find(id, url)!);
    }
  }
}

function isSettled({ backlog, endpoint }: EndpointStanding): boolean {
  return backlog === 0 && !endpoint.failing && !endpoint.parked;
}
