/**
 * Those who receive webhooks, and the network on the way to them.
 *
 * @module
 */

import {
  type Attempt,
  ATTEMPT_TIMEOUT_MS,
  type AttemptOptions,
} from "../../daemon/webhooks/attempt.ts";
import type { SenderOptions } from "../../daemon/webhooks/sender.ts";
import type { Dice } from "./dice.ts";
import { ModelReceiver } from "./model_receiver.ts";
import type { Process } from "./process.ts";
import { modelSignature, WebhookChecks } from "./webhook_checks.ts";
import type { World } from "./world.ts";

/** How often a message that was given up arrives all the same, of 1. */
const STRAYS = 0.2;

/** How one is found that is not answered in time. */
const TIMEOUT: Attempt = {
  result: "timeout",
  status: null,
  detail: "It was not answered in time",
};

/** All receivers. */
export class ModelReceivers {
  /** What they were promised. */
  readonly checks: WebhookChecks;
  readonly #world: World;
  readonly #dice: Dice;
  readonly #byHost = new Map<string, ModelReceiver>();

  /**
   * Begins with none.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    this.#world = world;
    this.#dice = world.dice("receivers");
    this.checks = new WebhookChecks(world);
  }

  /** Adds a receiver. */
  add(): ModelReceiver {
    const receiver = new ModelReceiver(this.#world, this.#byHost.size + 1);
    this.#byHost.set(receiver.host, receiver);
    return receiver;
  }

  /** One of them, or one that is new. */
  pick(): ModelReceiver {
    const known = [...this.#byHost.values()];
    const isNew = known.length === 0 || this.#dice.chance(0.7);
    return isNew ? this.add() : this.#dice.pick(known);
  }

  /** Lets all take everything from now on. */
  mend(): void {
    for (const receiver of this.#byHost.values()) receiver.mend();
  }

  /** What signs and sends for one process. */
  sendingFor(
    process: Process,
  ): Required<Pick<SenderOptions, "attempt" | "sign">> {
    return {
      sign: (message, secrets) => {
        const timestamp = String(message.timestamp);
        const signatures = secrets.map((secret) =>
          modelSignature(secret.show(), { ...message, timestamp })
        );
        return Promise.resolve({
          "webhook-id": message.id,
          "webhook-timestamp": timestamp,
          "webhook-signature": signatures.join(" "),
        });
      },
      attempt: (options) => this.#attempt(options, process),
    };
  }

  #attempt(
    { body, clock, headers, signal, target }: AttemptOptions,
    process: Process,
  ): Promise<Attempt> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      // Who dies of it never hears how it ends.
      if (!survives(process, "before a message is sent")) return;
      const { webhooks, time } = this.#world;
      const { url } = target;
      const delivery = this.checks.begun({
        id: headers["webhook-id"]!,
        timestamp: headers["webhook-timestamp"]!,
        signatures: headers["webhook-signature"]!.split(" "),
        url,
        body,
      }, process);
      const isStray = this.#dice.chance(STRAYS);
      let isOver = false;
      const end = (result: Attempt["result"] | "given up") => {
        if (isOver) return false;
        isOver = true;
        cancelTimer();
        signal.removeEventListener("abort", abort);
        if (delivery) this.checks.ended(delivery, result);
        return true;
      };
      const abort = () => end("given up") && reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      const cancelTimer = clock.setTimer(
        () => end("timeout") && resolve(TIMEOUT),
        ATTEMPT_TIMEOUT_MS,
      );
      const receiver = this.#byHost.get(target.hostname)!;
      time.setTimer(receiver.trip(), () => {
        if (isOver && !isStray) return;
        const { after, attempt, isTaken } = receiver.answer(
          delivery?.event.watch.id,
        );
        if (isTaken && delivery) this.checks.taken(delivery);
        else if (isTaken) webhooks.at(url).forEach((one) => one.testsTaken++);
        time.setTimer(after, async () => {
          if (process.suspension.isSuspended) await process.awake();
          if (isOver || !survives(process, "before a message is answered")) {
            return;
          }
          if (end(attempt.result)) resolve(attempt);
        });
      });
    });
  }
}

/** Lets a process do something that it may die of. */
function survives(process: Process, moment: string): boolean {
  try {
    process.effect(moment);
    return true;
  } catch (error) {
    if (!process.isDead) throw error;
    return false;
  }
}
