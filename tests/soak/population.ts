/**
 * The orders of a soak: as many as one likes at any time, of every fate, which
 * come, settle, stay for a while and go.
 *
 * @module
 */

import { DemoLife } from "../sandbox/demo_life.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Dice } from "../simulation/dice.ts";
import type { ToldEvent } from "./event_audit.ts";
import { endingOf } from "./ending.ts";
import { pause } from "../helpers/system/pause.ts";
import { someAtOnce } from "./some_at_once.ts";

/** How often orders come and go, in milliseconds. */
const TICK = 100;

/** The part of all orders that get another label in a second. */
const RENAMED = 0.03;

/** The part of the orders that wait for a payment, for long. */
const STANDING = 0.4;

/** How long those wait, in milliseconds. */
const SHORTEST_WAIT = 30_000;
const LONGEST_WAIT = 600_000;

/** What a population needs. */
export interface PopulationOptions {
  /** The CallFire that the orders are placed at. */
  sandbox: Sandbox;
  /** Where the daemon is. */
  url: string;
  /** How many orders the daemon is to know at any time. */
  orders: number;
  /** How many of them may be new within a second. */
  newPerSecond: number;
  /** How long a settled order stays before it is removed, in milliseconds. */
  linger: number;
  /** The age at which the daemon gives an order up, in milliseconds. */
  expireAfter: number;
  /** Decides fates. */
  dice: Dice;
  /** Is told what cannot be. */
  onBroken: (what: string) => void;
}

/** Orders that come and go. */
export class Population {
  /** How many were ever watched. */
  watched = 0;
  /** How many were removed. */
  removed = 0;
  /** How many got another label. */
  renamed = 0;
  readonly #options: PopulationOptions;
  readonly #life: DemoLife;
  /** Those that the daemon was told to watch and not to remove, by which watch. */
  readonly #living = new Map<string, number>();
  readonly #standing = new Set<string>();
  /** Who is to go, the first one first as far as that matters. */
  #leaving: { id: string; watch: number; at: number }[] = [];
  #unknown = 0;
  #toRename = this.#living.keys();

  /**
   * Begins with no order.
   *
   * @param options What it needs.
   */
  constructor(options: PopulationOptions) {
    this.#options = options;
    this.#life = new DemoLife(options.sandbox);
  }

  /** The orders that the daemon is to know. */
  get living(): ReadonlySet<string> {
    return new Set(this.#living.keys());
  }

  /** How many orders the daemon is to know. */
  get size(): number {
    return this.#living.size;
  }

  /** One of the orders, if there is any; most likely a new one. */
  some(): string | undefined {
    return this.#leaving.at(-1)?.id ?? this.#living.keys().next().value;
  }

  /** Takes note of what the daemon tells: who settles goes after a while. */
  told({ type, watch }: ToldEvent): void {
    const { expireAfter, linger, onBroken, sandbox } = this.#options;
    const known = this.#living.get(watch.id);
    if (type !== "order.settled" || known === undefined) return;
    const ending = endingOf(sandbox.orders.get(watch.id));
    const age = Date.parse(watch.settledAt ?? "") - Date.parse(watch.watchedAt);
    const isRight = watch.outcome === ending ||
      (watch.outcome === "expired" && age >= expireAfter);
    if (!isRight) {
      onBroken(
        `order ${watch.id} ended as ${watch.outcome} after ${age} ms, and ` +
          `CallFire says ${ending}`,
      );
    }
    const at = performance.now() + linger;
    this.#leaving.push({ id: watch.id, watch: known, at });
  }

  /**
   * Lets orders come and go.
   *
   * @param signal Ends it; those that are there stay.
   * @throws {Error} If the daemon does not do as it is told.
   */
  async live(signal: AbortSignal): Promise<void> {
    const { newPerSecond, orders } = this.#options;
    let last = performance.now();
    let allowed = 0;
    while (!signal.aborted) {
      const now = performance.now();
      // After a pause of the machine, not all at once.
      allowed = Math.min(
        newPerSecond,
        allowed + newPerSecond * (now - last) / 1000,
      );
      last = now;
      const count = Math.min(Math.floor(allowed), orders - this.size);
      allowed -= Math.max(0, count);
      await Promise.all([this.#come(count), this.#go(now)]);
      // Nobody goes meanwhile: he would be watched anew by that.
      await this.#rename(Math.ceil(orders * RENAMED * TICK / 1000));
      await pause(TICK, signal);
    }
  }

  /** Lets CallFire void every order that has not ended. */
  end(): void {
    const { orders } = this.#options.sandbox;
    for (const id of this.#living.keys()) {
      const order = orders.get(id);
      if (order && endingOf(order) === null) orders.set(id, { status: "VOID" });
    }
  }

  async #come(count: number): Promise<void> {
    if (count <= 0) return;
    const { dice } = this.#options;
    const orders = Array.from({ length: count }, () => this.#place());
    await this.#watch(orders);
    for (const { id } of orders) {
      // Somebody changes his mind.
      if (!dice.chance(0.05)) continue;
      const at = performance.now() + dice.between(0, 5_000);
      this.#leaving.push({ id, watch: this.#living.get(id)!, at });
    }
  }

  #place(): { id: string; label: string } {
    const { dice, orders, sandbox } = this.#options;
    if (this.#standing.size < orders * STANDING && dice.chance(0.5)) {
      const id = sandbox.orders.place({
        localNumbers: { ordered: 1 },
        script: [
          { after: 0, status: dice.pick(["WAIT_FOR_PAYMENT", "ON_HOLD"]) },
          {
            after: dice.magnitude(SHORTEST_WAIT, LONGEST_WAIT),
            status: "FINISHED",
            fulfilled: { localNumbers: ["12135550142"] },
          },
        ],
      });
      this.#standing.add(id);
      return { id, label: "waits for a payment" };
    }
    if (dice.chance(0.05)) {
      return { id: `9${1e15 + this.#unknown++}`, label: "no such order" };
    }
    return this.#life.place();
  }

  async #watch(orders: { id: string; label: string }[]): Promise<void> {
    // Before the answer: its end may be told sooner than that is read.
    for (const { id } of orders) this.#living.set(id, ++this.watched);
    const answer = await this.#request("/v1/orders", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ orders }),
    });
    const { created } = JSON.parse(answer);
    if (created !== orders.length) {
      throw new Error(`of ${orders.length} new orders ${created} are watched`);
    }
  }

  async #go(now: number): Promise<void> {
    const due = this.#leaving.filter(({ at }) => at <= now);
    if (due.length === 0) return;
    this.#leaving = this.#leaving.filter(({ at }) => at > now);
    // It may have gone already, and even be back.
    const ids = due
      .filter(({ id, watch }) => this.#living.get(id) === watch)
      .map(({ id }) => id);
    // Twice may be there: decided against, and settled.
    await someAtOnce(new Set(ids), (id) => this.#remove(id));
  }

  async #rename(count: number): Promise<void> {
    const ids = Array.from({ length: count }, () => {
      const { done, value } = this.#toRename.next();
      if (!done) return value;
      this.#toRename = this.#living.keys();
      return undefined;
    }).filter((id) => id !== undefined && this.#living.has(id)) as string[];
    await someAtOnce(ids, async (id) => {
      await this.#request(`/v1/orders/${id}`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ label: `name ${++this.renamed}` }),
      });
    });
  }

  async #remove(id: string): Promise<void> {
    const { dice, sandbox } = this.#options;
    // What is told of it from here on is of no interest.
    this.#living.delete(id);
    await this.#request(`/v1/orders/${id}`, { method: "DELETE" });
    this.removed++;
    this.#standing.delete(id);
    // Somebody wants to know it once more.
    if (dice.chance(0.05)) await this.#watch([{ id, label: "once more" }]);
    else sandbox.orders.remove(id);
  }

  async #request(path: string, init: RequestInit): Promise<string> {
    const response = await fetch(`${this.#options.url}${path}`, init);
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${init.method} ${path}: ${response.status} ${text}`);
    }
    return text;
  }
}
