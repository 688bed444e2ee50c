/**
 * One simulation: the daemon's core in virtual time, on one machine or several,
 * and against a CallFire with which all kinds of things go wrong.
 *
 * @module
 */

import { ApiCalls } from "./api_calls.ts";
import { checkMetrics, checkNow, checkStep, checkStore } from "./checks.ts";
import { Dice } from "./dice.ts";
import { Disk } from "./disk.ts";
import { Fleet } from "./fleet.ts";
import { FleetChecks } from "./fleet_checks.ts";
import { Ledger } from "./ledger.ts";
import { Machine } from "./machine.ts";
import { ModelCallFire } from "./model_callfire.ts";
import { ModelReceivers } from "./model_receivers.ts";
import { Operator } from "./operator.ts";
import { ReadPool } from "./readers.ts";
import { describeScenario, type Scenario } from "./scenario.ts";
import { Trace } from "./trace.ts";
import { VirtualTime } from "./virtual_time.ts";
import { WebhookCalls } from "./webhook_calls.ts";
import { WebhookLedger } from "./webhook_ledger.ts";
import { WebhookOperator } from "./webhook_operator.ts";
import { type Daemons, Tally, type World } from "./world.ts";

/** From one look at everything to the next, in milliseconds. */
const CHECK_INTERVAL_MS = 60_000;

/** The same of several daemons, which cannot be looked into after each step. */
const FLEET_CHECK_INTERVAL = 1_000;

/** So many looks at everything come to one look at the metrics. */
const METRICS_EVERY = 10;

/** A promise that was broken. */
export class BrokenPromise extends Error {
  /** Always `BrokenPromise`. */
  override readonly name = "BrokenPromise";
  /** What happened before, the oldest first. */
  readonly trace: readonly string[];

  /**
   * Tells of it.
   *
   * @param what What was promised, and what happened.
   * @param trace What happened before.
   */
  constructor(what: string, trace: readonly string[]) {
    super(what);
    this.trace = trace;
  }
}

/** A simulation, from its beginning on. */
export class Simulation implements World, Disposable {
  readonly scenario: Scenario;
  readonly time = new VirtualTime();
  readonly trace: Trace;
  readonly tally = new Tally();
  readonly disk: Disk;
  readonly ledger: Ledger;
  readonly callfire: ModelCallFire;
  readonly receivers: ModelReceivers;
  readonly webhooks: WebhookLedger;
  readonly daemons: Daemons;
  /** Calls the API. */
  readonly calls: ApiCalls;
  /** Calls the API about webhooks. */
  readonly webhookCalls: WebhookCalls;
  readonly #folder: string;
  readonly #fleetChecks: FleetChecks | undefined;
  readonly #operator: Operator;
  readonly #webhookOperator: WebhookOperator;
  readonly #readers: ReadPool;
  #checks = 0;
  #failure: BrokenPromise | undefined;

  /**
   * Begins; nothing has happened yet.
   *
   * @param scenario What is to happen.
   * @param print Where to print what happens; absent for nowhere.
   */
  constructor(scenario: Scenario, print?: (line: string) => void) {
    this.#folder = Deno.makeTempDirSync({ ...memory(), prefix: "orders-" });
    addEventListener("error", this.#complain);
    addEventListener("unhandledrejection", this.#complain);
    this.scenario = scenario;
    this.trace = new Trace(this.time, this.#folder, print);
    this.trace.add(describeScenario(scenario));
    this.disk = new Disk(this);
    this.ledger = new Ledger(this);
    this.callfire = new ModelCallFire(this);
    this.receivers = new ModelReceivers(this);
    this.webhooks = new WebhookLedger(this);
    if (scenario.sharedBy > 0) {
      const fleet = this.daemons = new Fleet(this);
      this.#fleetChecks = new FleetChecks(this, fleet);
    } else this.daemons = new Machine(this, this.#folder);
    this.calls = new ApiCalls(this);
    this.webhookCalls = new WebhookCalls(this, this.calls);
    this.#operator = new Operator(this, this.calls);
    this.#webhookOperator = new WebhookOperator(this, this.webhookCalls);
    this.#readers = new ReadPool(this);
    this.#checkLater();
  }

  /** The one machine. */
  get machine(): Machine {
    if (this.daemons instanceof Machine) return this.daemons;
    throw new TypeError("There are several machines");
  }

  /** The several machines. */
  get fleet(): Fleet {
    if (this.daemons instanceof Fleet) return this.daemons;
    throw new TypeError("There is one machine");
  }

  /**
   * The longest until the orders of a daemon that died were another one's, in
   * milliseconds; 0 where none died.
   */
  get longestTakeover(): number {
    return this.#fleetChecks?.longestTakeover ?? 0;
  }

  /** Whether every daemon runs that is to run. */
  get isUp(): boolean {
    const { callable } = this.daemons;
    return callable.length === Math.max(1, this.scenario.sharedBy);
  }

  /** Chance for a purpose. */
  dice(purpose: string): Dice {
    return new Dice(this.scenario.seed, purpose);
  }

  /** Tells of a promise that was broken; the simulation then ends. */
  readonly broken = (promise: string): void => {
    this.trace.add(`BROKEN: ${promise}`);
    this.#failure ??= new BrokenPromise(promise, this.trace.last());
  };

  /**
   * Lets things happen until something is so.
   *
   * @throws {BrokenPromise} If a promise is broken.
   */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await this.time.step();
      this.daemons.afterStep();
      this.calls.afterStep();
      this.#readers.afterStep();
      if (!this.#fleetChecks) checkStep(this);
      this.#throwFailure();
    }
  }

  /** Lets things happen for a while. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.time.now + milliseconds;
    await this.until(() => this.time.nextAt > end);
  }

  /** Lets nothing go wrong any more, and nobody call. */
  mend(): void {
    this.trace.add("nothing goes wrong any more");
    this.#operator.end();
    this.#webhookOperator.end();
    this.callfire.mend();
    this.receivers.mend();
    this.disk.mend();
    this.daemons.mend();
    this.#readers.mend();
  }

  /**
   * Makes sure that everything is as it was told, now and in what is left on
   * the disk when the daemon has stopped.
   */
  async finish(): Promise<void> {
    await this.until(() => this.isUp);
    await this.pass(CHECK_INTERVAL_MS);
    this.#readers.checkComplete();
    await this.#webhookOperator.settle((isSo) => this.until(isSo));
    if (this.#fleetChecks) await this.#finishFleet(this.#fleetChecks);
    else await this.#finishMachine(this.machine);
    this.#throwFailure();
  }

  async #finishFleet(checks: FleetChecks): Promise<void> {
    checks.check();
    await this.#letThrough(checks.checkEnd());
    this.calls.checkNonePending();
    this.daemons.stop();
    await this.until(() => this.daemons.isDown);
    if (this.fleet.database.liveLeases.length > 0) {
      this.broken("a daemon that has stopped holds a lease");
    }
  }

  /** Lets time pass until something is done that takes some. */
  async #letThrough(done: Promise<void>): Promise<void> {
    let isDone = false;
    done.then(() => isDone = true, (error) => this.broken(String(error)));
    await this.until(() => isDone);
  }

  async #finishMachine(machine: Machine): Promise<void> {
    await checkNow(this);
    await checkMetrics(this);
    await checkStore(this, machine.process!);
    machine.stop();
    await this.until(() => machine.isDown);
    const process = machine.open(0);
    await checkStore(this, process);
    process.dispose();
  }

  /** Leaves nothing behind. */
  [Symbol.dispose](): void {
    removeEventListener("error", this.#complain);
    removeEventListener("unhandledrejection", this.#complain);
    this.daemons.dispose();
    Deno.removeSync(this.#folder, { recursive: true });
  }

  #checkLater(): void {
    const interval = this.#fleetChecks
      ? FLEET_CHECK_INTERVAL
      : CHECK_INTERVAL_MS;
    this.time.setTimer(interval, () => this.#check());
  }

  async #check(): Promise<void> {
    this.#checkLater();
    if (this.#fleetChecks) return this.#fleetChecks.check();
    await checkNow(this);
    if (++this.#checks % METRICS_EVERY === 0) await checkMetrics(this);
  }

  #complain = (event: ErrorEvent | PromiseRejectionEvent): void => {
    event.preventDefault();
    const error = "reason" in event ? event.reason : event.error;
    this.broken(`an error was not caught: ${error?.stack ?? error}`);
  };

  #throwFailure(): void {
    if (this.#failure) throw this.#failure;
  }
}

/** A folder in memory, where there is one. */
function memory(): { dir?: string } {
  try {
    Deno.statSync("/dev/shm");
    return { dir: "/dev/shm" };
  } catch {
    return {};
  }
}
