/**
 * What other daemons do on a database: heard of as soon as it is committed, and
 * looked for where it was missed.
 *
 * @module
 */

import { systemClock } from "../../../mod.ts";
import type { PostgresAddress } from "./address.ts";
import type { Connection } from "./connection.ts";
import { ReconnectingConnection } from "./connection_pool.ts";
import { CHANNEL } from "./statements.ts";
import { WEBHOOK_CHANNEL } from "./webhook_statements.ts";

/** How often it is looked for what was missed, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;

/** What news need. */
export interface NotificationListenerOptions {
  /** Where the database is. */
  address: PostgresAddress;
  /** How long anything may take that is asked, in milliseconds. */
  timeoutMs: number;
  /** Is told the sequence of an event, maybe of this daemon. */
  onEvent: (sequence: number) => void;
  /** Is called now and then, to look for what was missed. */
  onCheck: () => void;
  /**
   * Is told which endpoints of webhooks may have been changed; `undefined` if
   * it can be any of them.
   */
  onWebhooks: (ids: readonly string[] | undefined) => void;
}

/** Listens, on a connection of its own, until it is closed. */
export class NotificationListener {
  readonly #options: NotificationListenerOptions;
  readonly #place: ReconnectingConnection;
  /** The connection on which it has listened. */
  #listeningOn: Connection | undefined;
  #checking: Promise<void>;
  #cancelCheck: (() => void) | undefined;
  #isClosed = false;

  /**
   * Begins to listen.
   *
   * @param options What it needs.
   */
  constructor(options: NotificationListenerOptions) {
    this.#options = options;
    this.#place = new ReconnectingConnection(options.address, {
      limit: options.timeoutMs,
      onNotification: (channel, payload) =>
        this.#onNotification(channel, payload),
    });
    this.#checking = this.#check();
  }

  /** Listens no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelCheck?.();
    await this.#place.close();
    await this.#checking;
  }

  async #check(): Promise<void> {
    const { onCheck, onWebhooks } = this.#options;
    try {
      const { connection } = await this.#place.begin(
        { text: `LISTEN ${CHANNEL}` },
        { text: `LISTEN ${WEBHOOK_CHANNEL}` },
      );
      onCheck();
      // What was told while there was no connection is told to nobody.
      if (connection !== this.#listeningOn) onWebhooks(undefined);
      this.#listeningOn = connection;
    } catch {
      // Whoever asks for something is told; it is looked again.
    }
    if (this.#isClosed) return;
    this.#cancelCheck = systemClock.setTimer(() => {
      this.#checking = this.#check();
    }, CHECK_INTERVAL_MS);
  }

  #onNotification(channel: string, payload: string): void {
    const { onEvent, onWebhooks } = this.#options;
    if (channel === WEBHOOK_CHANNEL) onWebhooks([payload]);
    else onEvent(Number(payload));
  }
}
