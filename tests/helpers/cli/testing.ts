/**
 * The setup of tests of the command `wait`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { runWait } from "../../../daemon/cli/wait_command.ts";
import type { Terminal } from "../../../daemon/cli/terminal.ts";
import { TestClock } from "../client/test_clock.ts";
import { test } from "../client/testing.ts";
import type { Step } from "../../sandbox/order.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { until } from "../../sandbox/testing.ts";
import { credentialsOf } from "../system/run_deno.ts";

/** The time limit of one exchange, which nothing else lasts. */
const EXCHANGE = 10_000;

/** Virtual time that stands still while a request is under way. */
export class CommandClock extends TestClock {
  #exchanges = 0;

  /** A timer of an exchange is known by its delay. */
  override setTimer(callback: () => void, delay: number): () => void {
    if (delay !== EXCHANGE) return super.setTimer(callback, delay);
    this.#exchanges++;
    const cancel = super.setTimer(callback, delay);
    return () => {
      this.#exchanges--;
      cancel();
    };
  }

  /** Lets time pass, from timer to timer, until a promise settles. */
  async runUntilSettled<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = promise.then(
      () => isSettled = true,
      () => isSettled = true,
    );
    for (;;) {
      // All that is ready to go on does so first.
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (isSettled) return promise;
      if (this.#exchanges > 0) continue;
      const milliseconds = await Promise.race([settled, this.sleeping()]);
      // Meanwhile a request may have started.
      if (isSettled || this.#exchanges > 0) continue;
      await this.advance(Number(milliseconds));
    }
  }
}

/** A terminal that keeps what is written. */
export class TestTerminal implements Terminal {
  /** What was written to the standard output. */
  output = "";
  /** What was written to the standard error output. */
  errors = "";
  /** What can be read from the standard input. */
  input = "";
  isTerminal = false;
  hasColor = false;
  columns = 80;
  rows = 24;
  readonly #ending = new AbortController();
  readonly signal = this.#ending.signal;

  constructor(readonly clock: TestClock) {}

  write = (text: string): void => {
    this.output += text;
  };
  writeError = (text: string): void => {
    this.errors += text;
  };
  isBusy = (): boolean => false;
  readInput = (): Promise<string> => Promise.resolve(this.input);
  size = (): { columns: number; rows: number } => ({
    columns: this.columns,
    rows: this.rows,
  });

  /** As Ctrl-C does. */
  interrupt(): void {
    this.#ending.abort();
  }
}

/** What a test of the command works with. */
export interface Setup {
  /** Virtual time, of the orders too. */
  clock: CommandClock;
  /** The CallFire that is polled. */
  sandbox: Sandbox;
  /** Where the command writes. */
  terminal: TestTerminal;
  /** Starts the command. */
  begin(args: string[], environment?: Record<string, string>): Promise<number>;
  /** Runs the command to its end. */
  run(args: string[], environment?: Record<string, string>): Promise<number>;
}

/** Runs a test of the command; no timer and no secret may be left behind. */
export function commandTest(
  name: string,
  run: (setup: Setup) => Promise<void>,
): void {
  test(name, async () => {
    const clock = new CommandClock();
    const now = () => clock.now();
    await using sandbox = await startSandbox({ now, requestNow: now });
    const terminal = new TestTerminal(clock);
    const begin: Setup["begin"] = (args, environment = {}) => {
      const variables: Record<string, string> = {
        ...credentialsOf(sandbox),
        ...environment,
      };
      return runWait(args, (name) => variables[name], terminal);
    };
    await run({
      clock,
      sandbox,
      terminal,
      begin,
      run: (args, environment) =>
        clock.runUntilSettled(begin(args, environment)),
    });
    await until(() => clock.pending === 0);
    const written = terminal.output + terminal.errors;
    assertEquals(written.includes(sandbox.password), false);
  });
}

/** Places an order of two local numbers that lives through a script. */
export function place(sandbox: Sandbox, ...script: Step[]): string {
  return sandbox.orders.place({
    created: "2014-12-17T12:25:36Z",
    localNumbers: { ordered: 2 },
    script,
  });
}

/** A step at which so many of the two numbers have been bought. */
export function step(after: number, status: string, bought = 0): Step {
  const localNumbers = ["12135550100", "12135550101"].slice(0, bought);
  return { after, status, fulfilled: { localNumbers } };
}
