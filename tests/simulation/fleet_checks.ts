/**
 * What must be so of several daemons that share a database: nobody holds more
 * than its part, nothing is left lying about, and all know the same.
 *
 * @module
 */

import { limitWindow } from "../../daemon/polling/request_limit.ts";
import {
  SETTLED_OUTCOMES,
  type WatchedOrder,
} from "../../daemon/polling/watched_order.ts";
import { parseSamples } from "../helpers/daemon/metrics_testing.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetMember } from "./fleet_member.ts";
import type { Holder } from "./shared_database.ts";
import type { World } from "./world.ts";

/** From when on a daemon counts as undisturbed, in milliseconds. */
const UNDISTURBED_FOR = 12_000;

/** How long orders may be free while nothing is wrong, in milliseconds. */
const LONGEST_FREE = 3_000;

/** How long the orders of a daemon that died may be left, in milliseconds. */
const LONGEST_TAKEOVER = 10_000;

/** How long a daemon may not know what it holds, in milliseconds. */
const LONGEST_MISMATCH = 4_000;

/** Looks at several daemons every now and then. */
export class FleetChecks {
  /**
   * The longest from the death of a daemon until another one held an order of
   * it, while nothing else was wrong, in milliseconds.
   */
  longestTakeover = 0;
  readonly #world: World;
  readonly #fleet: Fleet;
  /** Since when each thing is wrong that may be so for a while. */
  #wrongSince = new Map<string, number>();

  /**
   * Has looked at nothing yet.
   *
   * @param world The simulation.
   * @param fleet The daemons.
   */
  constructor(world: World, fleet: Fleet) {
    this.#world = world;
    this.#fleet = fleet;
    fleet.database.onDeliverer = (number, before) => {
      world.trace.add(`lease ${number} delivers, no more lease ${before}`);
      if (before !== null) world.tally.add("webhook: delivery taken over");
    };
    fleet.database.onClaim = (watch, before) => this.#claimed(watch, before);
  }

  /** Looks at everything that must be so at any moment. */
  check(): void {
    const { broken, ledger, scenario } = this.#world;
    const { database } = this.#fleet;
    const worth = Math.ceil(scenario.maxRequestsPerSecond);
    if (worth < Infinity && database.slots > worth) {
      broken(`${database.slots} slots are shared out, not ${worth}`);
    }
    this.#checkTakeover();
    const wrong = new Map<string, number>();
    if (this.#isCalm()) {
      const window = limitWindow(scenario.maxRequestsPerSecond);
      for (const { id } of database.free) {
        wrong.set(`order ${id} is free`, LONGEST_FREE + window);
      }
      if (!database.isLive(database.deliverer)) {
        wrong.set("nobody delivers", LONGEST_FREE);
      }
    }
    for (const member of this.#fleet.members) {
      if (this.#isUndisturbed(member)) this.#compareHeld(member, wrong);
    }
    for (const [id, { watch }] of ledger.watches) {
      const stored = database.find(id);
      if (!stored || stored.outcome !== watch.outcome) {
        broken(`order ${id} is stored as ${JSON.stringify(stored)}`);
      }
    }
    this.#checkHowLong(wrong);
  }

  /** That all know everything in the end, and it adds up. */
  async checkEnd(): Promise<void> {
    const { broken, ledger } = this.#world;
    for (const { process } of this.#fleet.members) {
      if (!process) return broken("a daemon does not run");
      const { core, lastTold, number } = process;
      if (lastTold !== ledger.last) {
        broken(`#${number} was told of event ${lastTold}, not ${ledger.last}`);
      }
      // Whoever was refused, and asks nothing more, does not hear otherwise.
      const isRefused = core.tracker.upstream.state === "refused";
      const { ready, reasons } = await core.health.readiness();
      if (ready === isRefused) {
        broken(`#${number} is not as ready as it is: ${reasons.join(" ")}`);
      }
      const samples = parseSamples(await core.metrics.render());
      for (const outcome of SETTLED_OUTCOMES) {
        const name = `callfire_orders_settled_total{outcome="${outcome}"}`;
        const count = process.settled.get(outcome) ?? 0;
        if (samples.get(name) !== count) {
          broken(`#${number} tells ${samples.get(name)} ${name}, not ${count}`);
        }
      }
      const held = core.tracker.census.size;
      if (held > 0) broken(`#${number} holds ${held} orders in the end`);
    }
    this.#checkOwners();
  }

  /** Each settlement counts for the daemon that stored it, if that lives. */
  #checkOwners(): void {
    const { broken, ledger } = this.#world;
    for (const { sequence, type } of ledger.events) {
      if (type !== "order.settled" || ledger.owners.has(sequence)) continue;
      const { holder } = this.#fleet.database.events[sequence - 1]!;
      const isHeld = this.#fleet.members.some(({ store }) =>
        store?.numbers.has(holder)
      );
      if (isHeld) broken(`event ${sequence} counts for nobody`);
    }
  }

  #claimed({ watchedAt }: WatchedOrder, before: Holder): void {
    const { broken, tally, time } = this.#world;
    const diedAt = this.#fleet.deaths.get(before ?? 0);
    if (diedAt === undefined || !this.#isUndisturbedButFor(before)) return;
    // What is watched anew may be given to whoever held it, and has died since.
    const passed = Math.min(time.now - diedAt, time.date - watchedAt);
    this.longestTakeover = Math.max(this.longestTakeover, passed);
    if (passed > LONGEST_TAKEOVER) {
      broken(`an order of lease ${before} was taken over after ${passed} ms`);
    }
    tally.add("orders taken over from the dead");
  }

  #checkTakeover(): void {
    const { broken, time } = this.#world;
    const { database, deaths } = this.#fleet;
    for (const [lease, diedAt] of deaths) {
      const passed = time.now - diedAt;
      if (passed <= LONGEST_TAKEOVER) continue;
      const left = database.heldBy(lease).filter(({ watchedAt }) =>
        time.date - watchedAt > LONGEST_TAKEOVER
      ).length;
      if (left > 0 && this.#isUndisturbedButFor(lease)) {
        broken(`${left} orders are held by lease ${lease} of a dead daemon`);
      }
      if (left === 0 && passed > UNDISTURBED_FOR) {
        deaths.delete(lease);
      }
    }
  }

  /**
   * Whether nothing was wrong lately with any other daemon, those too that
   * have no lease any more: they had a part in what was to be taken over.
   */
  #isUndisturbedButFor(dead: Holder): boolean {
    const { database, deaths, members } = this.#fleet;
    const { now } = this.#world.time;
    for (const [lease, diedAt] of deaths) {
      if (lease !== dead && now - diedAt <= UNDISTURBED_FOR) return false;
    }
    const running = members.filter(({ process }) => process !== undefined);
    return running.length > 0 &&
      running.every((one) => this.#isUndisturbed(one)) &&
      database.liveLeases.every((number) =>
        number === dead || running.some(({ store }) => store?.number === number)
      );
  }

  /** Nothing was wrong lately with anybody who has a lease. */
  #isCalm(): boolean {
    const { database, members } = this.#fleet;
    const undisturbed = members.filter((one) => this.#isUndisturbed(one));
    return database.liveLeases.every((number) =>
      undisturbed.some(({ store }) => store?.number === number)
    ) && undisturbed.some(({ store }) =>
      database.isLive(store!.number) && database.slotsOf(store!.number!) > 0
    );
  }

  #isUndisturbed(member: FleetMember): boolean {
    const { time } = this.#world;
    return member.callable !== undefined &&
      time.now - member.undisturbedAt > UNDISTURBED_FOR &&
      this.#fleet.network.wasFineFor(UNDISTURBED_FOR, member);
  }

  /** Whoever holds an order knows that, and asks about no other one. */
  #compareHeld(
    { process, store }: FleetMember,
    wrong: Map<string, number>,
  ): void {
    const { tracker } = process!.core;
    const held = this.#fleet.database.heldBy(store!.number);
    for (const { id, watchedAt } of held) {
      if (tracker.find(id)?.watchedAt === watchedAt) continue;
      wrong.set(`#${process!.number} does not hold ${id}`, LONGEST_MISMATCH);
    }
    if (held.length < tracker.census.size) {
      wrong.set(`#${process!.number} holds too many`, LONGEST_MISMATCH);
    }
  }

  #checkHowLong(wrong: Map<string, number>): void {
    const { broken, time } = this.#world;
    const since = new Map<string, number>();
    for (const [what, longest] of wrong) {
      const at = this.#wrongSince.get(what) ?? time.now;
      since.set(what, at);
      if (time.now - at > longest) {
        broken(`${what}, for ${Math.round(time.now - at)} ms`);
      }
    }
    this.#wrongSince = since;
  }
}
