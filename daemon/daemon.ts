/**
 * The daemon: its parts and the server in front of them, started, and ended in
 * the reverse order.
 *
 * @module
 */

import { systemClock } from "../mod.ts";
import { createApp } from "./api/app.ts";
import { toEventResponse } from "./api/event_view.ts";
import { statusPage } from "./api/page.ts";
import type { Config } from "./config/config.ts";
import { buildCore } from "./core.ts";
import { formatAddress, loopbackHosts } from "./config/listen_address.ts";
import { logFailure } from "./log/failure_log.ts";
import type { Log } from "./log/log.ts";
import { startServer } from "./server.ts";
import { openStore } from "./store/open_store.ts";
import { redactDatabaseUrl } from "./store/postgres/address.ts";
import { VERSION } from "./version.ts";
import { messageOf } from "./polling/error_message.ts";
import type { AllowedHosts } from "./webhooks/allowed_hosts.ts";

/**
 * How long a stop waits for the questions that are out, and for callers to take
 * their answers, in milliseconds.
 */
const SHUTDOWN_TIMEOUT_MS = 5_000;

/** Why there are no webhooks unless there are hosts for them. */
const OFF_UNLESS_NAMED = "This daemon sends no webhooks: start it with " +
  "--webhook-hosts, such as --webhook-hosts=example.com";

/** A running daemon. */
export interface Daemon {
  /** Where it is, such as `http://127.0.0.1:9837`. */
  readonly url: string;
  /** Is fulfilled when it cannot go on, with why. */
  readonly broken: Promise<string>;
  /** Copies its database, and logs where to. */
  backUp(): Promise<void>;
  /** Ends it: no more callers, questions that are out get some time. */
  stop(): Promise<void>;
}

/**
 * Starts a daemon.
 *
 * @param config Its settings.
 * @param log Where its log lines go.
 * @returns The daemon, once it serves its API and polls.
 * @throws {ConfigError} If the credentials or the base URL cannot be used.
 * @throws {StoreError} If the database cannot be used.
 * @throws {Error} If it cannot listen there; the message says what to do.
 */
export async function startDaemon(config: Config, log: Log): Promise<Daemon> {
  const { apiToken, database, listen, webhookHosts } = config;
  const clock = systemClock;
  const { backUp, leases, pauses, store, webhooks } = await openStore(
    database,
    clock,
    (message) => log.warn(message),
  );
  const stopping = new AbortController();
  try {
    const core = buildCore({
      config,
      clock,
      store,
      pauses,
      sharing: leases && { leases, wallNow: () => Date.now() },
      webhooks: areAllowed(webhookHosts)
        ? {
          store: webhooks,
          hosts: webhookHosts,
          wallNow: () => Date.now(),
          show: toEventResponse,
        }
        : undefined,
      log,
    });
    const { health, selfTest, tracker } = core;
    const app = createApp({
      ...core,
      store,
      webhooks: core.webhooks
        ? { endpoints: core.webhooks.endpoints, hosts: webhookHosts }
        : { whyOff: OFF_UNLESS_NAMED },
      token: apiToken,
      allowedHosts: apiToken === undefined ? loopbackHosts(listen) : null,
      version: VERSION,
      page: statusPage(),
      stopping: stopping.signal,
      onFailure: (error, request) => logFailure(log, error, request),
    });
    const server = startServer({
      listen,
      answer: (request) => app.fetch(request),
      clock,
      log,
    });
    await core.start();
    // A name may stand for several addresses; the server has one of them.
    const url = `http://${formatAddress(server.address)}`;
    log.info("Started", {
      url,
      version: VERSION,
      database: redactDatabaseUrl(database),
      watching: tracker.census.size,
    });
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      health.isStopping = true;
      stopping.abort(new Error("The daemon is stopping"));
      // A reader who takes nothing would hold the server up for ever.
      const closed = new AbortController();
      const ended = Promise.race([
        server.shutdown(),
        clock.sleep(SHUTDOWN_TIMEOUT_MS, closed.signal),
      ]);
      await core.stop(SHUTDOWN_TIMEOUT_MS);
      await ended;
      closed.abort();
      try {
        await store.close();
      } catch (error) {
        if (!leases) throw error;
        // What it held is for others to take once its lease has run out.
        log.warn("The database was not told of the end", {
          detail: messageOf(error),
        });
      }
      log.info("Stopped");
    };
    return {
      url,
      broken: selfTest.failed,
      async backUp() {
        try {
          log.info("Backed up", { file: await backUp() });
        } catch (error) {
          log.error("Cannot back up", {
            detail: messageOf(error),
          });
        }
      },
      stop: () => stopped ??= stop(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function areAllowed({ isAny, named }: AllowedHosts): boolean {
  return isAny || named.length > 0;
}
