/**
 * Several daemons on one PostgreSQL database, each in a process of its own and
 * with a network of its own to the database, and what can befall them.
 *
 * @module
 */

import type { PostgresServer } from "../store/postgres_server.ts";
import { TcpProxy } from "../store/tcp_proxy.ts";
import { watchingOf } from "./conservation.ts";
import { type DaemonOptions, DaemonProcess } from "./daemon_process.ts";
import { pause } from "./pause.ts";

/** What the daemons have in common. */
export type CommonOptions =
  & Pick<DaemonOptions, "args" | "folder" | "sandbox">
  & {
    /** The server that the database is on. */
    server: PostgresServer;
    /** The name of the database. */
    database: string;
  };

/** One of several daemons, again and again. */
export class Member implements AsyncDisposable {
  /** Its network to the database. */
  readonly network: TcpProxy;
  readonly #options: CommonOptions;
  #daemon: DaemonProcess | undefined;

  /** Begins without a process. */
  constructor(options: CommonOptions) {
    this.#options = options;
    this.network = new TcpProxy(options.server.port);
  }

  /** Its process, unless it is being ended or is paused. */
  get daemon(): DaemonProcess | undefined {
    return this.#daemon;
  }

  /** Starts it. */
  async start(): Promise<DaemonProcess> {
    const { args, database, folder, sandbox, server } = this.#options;
    this.#daemon = await DaemonProcess.start({
      sandbox,
      folder,
      database: server.urlOf(database, this.network.port),
      ...args && { args },
    });
    return this.#daemon;
  }

  /** Kills it, and starts it again after a while. */
  async killFor(time: number): Promise<void> {
    const daemon = this.#take();
    daemon.kill("SIGKILL");
    await daemon.ended();
    await pause(time);
    await this.start();
  }

  /** Stops it as its users do, and starts it again after a while. */
  async stopFor(time: number): Promise<number> {
    const daemon = this.#take();
    const code = await daemon.stop();
    await pause(time);
    await this.start();
    return code;
  }

  /** Lets no instruction of it run for a while. */
  async pauseFor(time: number): Promise<void> {
    const daemon = this.#take();
    daemon.kill("SIGSTOP");
    await pause(time);
    daemon.kill("SIGCONT");
    this.#daemon = daemon;
  }

  /** Cuts it off from the database for a while. */
  async cutOffFor(time: number, how: "refuse" | "swallow"): Promise<void> {
    this.network[how]();
    await pause(time);
    this.network.heal();
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]();
    await this.network[Symbol.asyncDispose]();
  }

  /** Its process, which nobody is to use until it is there again. */
  #take(): DaemonProcess {
    const daemon = this.#daemon;
    if (!daemon) throw new Error("the daemon does not run");
    this.#daemon = undefined;
    return daemon;
  }
}

/** The one of several daemons that delivers webhooks, as soon as one does. */
export async function delivererOf(members: readonly Member[]): Promise<Member> {
  for (;; await pause(100)) {
    const delivering: Member[] = [];
    for (const member of members) {
      // One that is cut off from its database answers with an error.
      const summary = await member.daemon?.fetch("/v1/summary")
        .then((response) => response.json()).catch(() => undefined);
      if (summary?.webhooks?.delivers) delivering.push(member);
    }
    if (delivering.length === 1) return delivering[0]!;
  }
}

/**
 * Tells whether each of the daemons asks about its part of the orders.
 *
 * @param daemons All of them.
 * @param least How many orders there are at least.
 */
export async function areShared(
  daemons: readonly DaemonProcess[],
  least: number,
): Promise<boolean> {
  const held = await Promise.all(daemons.map(watchingOf));
  const all = held.reduce((sum, count) => sum + count, 0);
  const fair = all / held.length;
  return all >= least &&
    held.every((count) => Math.abs(count - fair) <= 1 + 0.15 * fair);
}
