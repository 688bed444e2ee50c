/**
 * What receivers of webhooks were promised, held against every message that is
 * sent to them.
 *
 * @module
 */

import { formatEventId } from "../../daemon/store/event_id.ts";
import type { AttemptResult } from "../../daemon/webhooks/attempt.ts";
import { MAX_IN_FLIGHT } from "../../daemon/webhooks/endpoint_deliveries.ts";
import { hashText } from "./dice.ts";
import type { Process } from "./process.ts";
import { LEASE_DURATION_MS } from "./shared_database.ts";
import type { Delivery, KnownEndpoint } from "./webhook_ledger.ts";
import type { World } from "./world.ts";

/** A message on its way. */
export interface SentMessage {
  /** Its id. */
  readonly id: string;
  /** When it was signed, in seconds since 1970. */
  readonly timestamp: string;
  /** The signatures. */
  readonly signatures: readonly string[];
  /** Where to. */
  readonly url: string;
  /** The body. */
  readonly body: string;
}

/**
 * Signs a message: a real signature takes a turn of the event loop and says no
 * more here.
 *
 * @param secret The secret.
 * @param message What is signed.
 */
export function modelSignature(
  secret: string,
  { body, id, timestamp }: Pick<SentMessage, "body" | "id" | "timestamp">,
): string {
  return String(hashText(`${secret} ${id} ${timestamp} ${body}`));
}

/** Looks at every message. */
export class WebhookChecks {
  readonly #world: World;

  /**
   * Has seen none.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    this.#world = world;
  }

  /**
   * An attempt begins.
   *
   * @param message The message.
   * @param process Who sends it.
   * @returns The delivery; `undefined` if the message tells of no event.
   */
  begun(message: SentMessage, process: Process): Delivery | undefined {
    const { ledger, webhooks } = this.#world;
    const { id, url } = message;
    if (id.startsWith("test_")) {
      process.note(`sends a test to ${url}`);
      return undefined;
    }
    const [, sequence, webhook] = /^evt_\w+-(\d+)_(wh_\w+)$/.exec(id) ?? [];
    const endpoint = webhooks.find(webhook ?? "", url);
    const event = ledger.events[Number(sequence) - 1];
    const isKnown = event && id === `evt_${formatEventId(event)}_${webhook}`;
    if (!endpoint || !isKnown) {
      this.#broken(`${url} is sent ${id}, which nobody knows of`);
      return undefined;
    }
    process.note(`sends event ${sequence} to ${endpoint.name}`);
    const others = [...endpoint.underWay];
    const delivery = endpoint.begin(event, process);
    this.#checkMessage(delivery, message);
    if (!this.#world.daemons.isDeceived(process)) {
      this.#checkAllowed(delivery);
      this.#checkOthers(delivery, others);
    }
    return delivery;
  }

  /** A message is taken. */
  taken(delivery: Delivery): void {
    const { begunAt, endpoint, event } = delivery;
    const { tally } = this.#world;
    const { sequence, watch } = event;
    const before = endpoint.taken.get(sequence);
    tally.add(`webhook: ${before === undefined ? "delivered" : "repeated"}`);
    endpoint.taken.set(sequence, Math.max(before ?? begunAt, begunAt));
    const [missing] = endpoint.missingBefore(delivery);
    if (missing) {
      this.#broken(
        `${endpoint.name} is told of event ${sequence} of order ${watch.id} ` +
          `and not of event ${missing.sequence} before it`,
      );
    }
  }

  /** An attempt has ended, and who made it knows. */
  ended(delivery: Delivery, result: AttemptResult | "given up"): void {
    const { endpoint, event, process } = delivery;
    endpoint.underWay.delete(delivery);
    process.note(`hears of event ${event.sequence}: ${result}`);
    if (result !== "delivered") this.#world.tally.add(`webhook: ${result}`);
    if (result === "gone") endpoint.tired(process);
  }

  /** That every endpoint that is wanted has all that it is owed. */
  checkComplete(): void {
    for (const endpoint of this.#world.webhooks.wanted) {
      const [first, ...others] = endpoint.missing();
      if (!first) continue;
      this.#broken(
        `${endpoint.name} was never told of event ${first.sequence}, ` +
          `nor of ${others.length} others`,
      );
    }
  }

  /** That it says what happened, to whom it concerns, as its sender. */
  #checkMessage(
    { endpoint, event, process }: Delivery,
    message: SentMessage,
  ): void {
    const { at, sequence, type } = event;
    const timestamp = new Date(at).toISOString();
    const body = JSON.stringify({ type, timestamp, data: event });
    if (message.body !== body) {
      this.#broken(`event ${sequence} is sent as ${message.body}`);
    }
    if (!endpoint.wants(event) || sequence <= endpoint.toldAfter) {
      this.#broken(`${endpoint.name} does not want event ${sequence}`);
    }
    const { secretKnownBy, secrets } = endpoint;
    if (!secretKnownBy?.acknowledged) return;
    const isSigned = secrets.some((secret) =>
      message.signatures.includes(modelSignature(secret, message))
    );
    if (isSigned || !this.#world.daemons.knows(process, secretKnownBy)) return;
    this.#broken(`${endpoint.name} knows no secret of event ${sequence}`);
  }

  /** That its sender may send, and there. */
  #checkAllowed({ endpoint, event: { sequence }, process }: Delivery): void {
    const { daemons, time } = this.#world;
    const { gone, name, removal } = endpoint;
    if (!daemons.isLeader(process)) {
      this.#broken(`#${process.number} sends without being the one who does`);
    }
    if (removal?.acknowledged && daemons.knows(process, removal)) {
      this.#broken(`${name} was removed, and is sent event ${sequence}`);
    }
    // Those that began at the same time end so.
    if (gone?.process === process && time.now > gone.at) {
      this.#broken(`${name} wanted no more, and is sent event ${sequence}`);
    }
    if (gone) this.#checkParked(endpoint, process);
  }

  /** Whoever comes after one that took note of it knows that too. */
  async #checkParked(
    { id, name }: KnownEndpoint,
    process: Process,
  ): Promise<void> {
    const { daemons } = this.#world;
    const stored = await daemons.storedEndpoint(id, process);
    if (stored?.parked) this.#broken(`${name} is parked, and is sent events`);
  }

  /** That of one order there is one at a time, and not too many in all. */
  #checkOthers(
    { endpoint, event, process }: Delivery,
    underWay: readonly Delivery[],
  ): void {
    const { time } = this.#world;
    const others = underWay.filter(({ process }) => !process.isDead);
    for (const other of others) {
      const { number, suspension } = other.process;
      if (other.process !== process) {
        // Who stands still gives up what is under way when it goes on, and who
        // slept when it looks at the date.
        const slept = time.now - suspension.lastSleep.to < LEASE_DURATION_MS;
        if (suspension.isSuspended || slept) continue;
        this.#broken(`#${number} and #${process.number} both send`);
      } else if (other.event.watch.id === event.watch.id) {
        this.#broken(
          `${endpoint.name} is sent event ${event.sequence} while event ` +
            `${other.event.sequence} of the same order is under way`,
        );
      }
    }
    const own = others.filter((other) => other.process === process);
    if (own.length >= MAX_IN_FLIGHT) {
      this.#broken(`${own.length + 1} are under way to ${endpoint.name}`);
    }
  }

  #broken(what: string): void {
    this.#world.broken(what);
  }
}
