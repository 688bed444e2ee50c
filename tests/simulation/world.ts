/**
 * What the parts of one simulation share.
 *
 * @module
 */

import type { Dice } from "./dice.ts";
import type { Endpoint } from "../../daemon/webhooks/endpoint.ts";
import type { Disk } from "./disk.ts";
import type { Ledger } from "./ledger.ts";
import type { Process } from "./process.ts";
import type { ModelCallFire } from "./model_callfire.ts";
import type { Scenario } from "./scenario.ts";
import type { ModelReceivers } from "./model_receivers.ts";
import type { Trace } from "./trace.ts";
import type { VirtualTime } from "./virtual_time.ts";
import type { Change, WebhookLedger } from "./webhook_ledger.ts";

/** What runs daemons. */
export interface Daemons {
  /** Those that run and can be called. */
  readonly callable: readonly Process[];
  /** Whether none runs, not even one that stops. */
  readonly isDown: boolean;
  /** Whether it is this process that delivers webhooks. */
  isLeader(process: Process): boolean;
  /** Whether no clock shows a process for how long its machine slept. */
  isDeceived(process: Process): boolean;
  /** Whether a process is sure to know of a change of an endpoint. */
  knows(process: Process, change: Change): boolean;
  /** An endpoint as it is stored, for a check. */
  storedEndpoint(id: string, process: Process): Promise<Endpoint | undefined>;
  /** Lets nothing go wrong any more. */
  mend(): void;
  /** Buries those that have died, and sees to it that others start. */
  afterStep(): void;
  /** Ends all in an orderly way. */
  stop(): void;
  /** Lets go of what they hold. */
  dispose(): void;
}

/** One simulation. */
export interface World {
  /** What the seed made of it. */
  readonly scenario: Scenario;
  /** Its time. */
  readonly time: VirtualTime;
  /** What happened. */
  readonly trace: Trace;
  /** How often what went wrong. */
  readonly tally: Tally;
  /** CallFire. */
  readonly callfire: ModelCallFire;
  /** The disk with the database. */
  readonly disk: Disk;
  /** All events that anybody was told of. */
  readonly ledger: Ledger;
  /** Those who receive webhooks. */
  readonly receivers: ModelReceivers;
  /** All endpoints that anybody registered. */
  readonly webhooks: WebhookLedger;
  /** Runs the daemon, or several. */
  readonly daemons: Daemons;
  /** Chance for a purpose. */
  dice(purpose: string): Dice;
  /** Tells of a promise that was broken; the simulation then ends. */
  broken(promise: string): void;
}

/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** Counts something in. */
  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** How often something was counted. */
  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Adds all counts of another tally. */
  addAll(other: Tally): void {
    for (const [name, count] of other.#counts) this.add(name, count);
  }

  /** All counts whose names begin so, the most frequent first. */
  startingWith(prefix: string): [name: string, count: number][] {
    return [...this.#counts]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, count]): [string, number] => [
        name.slice(prefix.length),
        count,
      ])
      .sort(([, one], [, other]) => other - one);
  }
}
