/**
 * The daemons of a demo: one, or several that share a database.
 *
 * @module
 */

import { DemoDaemon, type LoggedLine } from "./demo_daemon.ts";
import type { Sandbox } from "./sandbox.ts";

/** What the daemons are started with. */
export interface FleetOptions {
  /** The CallFire that they ask. */
  sandbox: Sandbox;
  /** Their database: the path of a file for one of them, or a URL. */
  database: string;
  /** The address of each, with its port. */
  addresses: readonly string[];
  /** The host that they may send webhooks to, with its port. */
  webhookHost: string;
}

/** One of the daemons, again and again. */
export interface Member {
  /** What it is called: 1 for the first. */
  readonly number: number;
  /** Where it listens, with its port. */
  readonly address: string;
  /** Its processes, while it runs. */
  daemon?: DemoDaemon | undefined;
}

/** The daemons. */
export class DemoFleet implements AsyncDisposable {
  /** All of them. */
  readonly members: readonly Member[];
  readonly #options: FleetOptions;
  readonly #failure = Promise.withResolvers<never>();
  /** Every one that was ever started. */
  readonly #started: DemoDaemon[] = [];
  /** Who waits for a line, by what it says. */
  readonly #awaited = new Map<string, (member: Member) => void>();
  #turn = 0;
  #kills = 0;

  private constructor(options: FleetOptions) {
    this.#options = options;
    this.members = options.addresses
      .map((address, place) => ({ number: place + 1, address }));
    this.#failure.promise.catch(() => {});
  }

  /**
   * Starts them all and waits until they answer.
   *
   * @param options What they are started with.
   * @throws {Error} If one of them ends before; it has said why.
   */
  static async start(options: FleetOptions): Promise<DemoFleet> {
    await using stack = new AsyncDisposableStack();
    const fleet = stack.use(new DemoFleet(options));
    await Promise.all(fleet.members.map((member) => fleet.start(member)));
    stack.move();
    return fleet;
  }

  /** Is rejected when one ends that was not told to. */
  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  /** How often one of them was killed. */
  get kills(): number {
    return this.#kills;
  }

  /** Those that run. */
  get running(): DemoDaemon[] {
    return this.members.flatMap(({ daemon }) => daemon ?? []);
  }

  /** The URL of one that runs, each in turn. */
  url(): string {
    const { running } = this;
    return running[this.#turn++ % running.length]!.url;
  }

  /**
   * Starts one.
   *
   * @param member The one; it does not run.
   */
  async start(member: Member): Promise<void> {
    const { database, sandbox, webhookHost } = this.#options;
    const daemon = new DemoDaemon({
      sandbox,
      database,
      listen: member.address,
      webhookHost,
      onLog: (line) => this.#heard(member, line),
    });
    this.#started.push(daemon);
    await daemon.answers();
    member.daemon = daemon;
    daemon.ended.then((code) => {
      if (member.daemon !== daemon) return;
      this.#failure.reject(new Error(`The daemon ended: code ${code}`));
    });
  }

  /**
   * Kills one, as a failing machine does.
   *
   * @param member The one; it runs.
   */
  async kill(member: Member): Promise<void> {
    const { daemon } = member;
    member.daemon = undefined;
    this.#kills++;
    daemon?.kill();
    await daemon?.ended;
  }

  /**
   * Stops all that run, as Ctrl-C does.
   *
   * @returns Their exit codes.
   */
  stop(): Promise<number[]> {
    const { running } = this;
    for (const member of this.members) member.daemon = undefined;
    for (const daemon of running) daemon.stop();
    return Promise.all(running.map(({ ended }) => ended));
  }

  /**
   * Waits for a line in the log of any of them.
   *
   * @param line What it says.
   * @returns Whose log it is in.
   */
  logged({ message, order }: Required<LoggedLine>): Promise<Member> {
    return new Promise((resolve) => {
      this.#awaited.set(`${message} ${order}`, resolve);
    });
  }

  /** Kills those that still run. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) member.daemon = undefined;
    for (const daemon of this.#started) daemon.kill();
    await Promise.all(this.#started.map(({ ended }) => ended));
  }

  #heard(member: Member, { message, order }: LoggedLine): void {
    const line = `${message} ${order}`;
    this.#awaited.get(line)?.(member);
    this.#awaited.delete(line);
  }
}
