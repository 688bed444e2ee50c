/**
 * The setup of tests that run the command in front of a daemon.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { runWait } from "../../../daemon/cli/wait_command.ts";
import { TestClock } from "../client/test_clock.ts";
import { until } from "../../sandbox/testing.ts";
import { type ApiOptions, type ApiSetup, apiTest } from "../api/testing.ts";
import { type Gate, startGate } from "./gate.ts";
import { TestTerminal } from "./testing.ts";

/** The token of a daemon that has one. */
export const TOKEN = "a-token-of-the-daemon";

/** What a test of the command in front of a daemon works with. */
export interface DaemonSetup extends ApiSetup {
  /** What stands between the command and the daemon. */
  gate: Gate;
  /** Where the command writes; its time is not that of the daemon. */
  terminal: TestTerminal;
  /** Starts the command. */
  begin(args: string[], token?: string): Promise<number>;
  /** Waits until something was written. */
  written(text: string): Promise<void>;
}

/** Runs a test of the command in front of a real API. */
export function daemonTest(
  name: string,
  run: (setup: DaemonSetup) => Promise<void>,
  options: ApiOptions = {},
): void {
  apiTest(name, async (setup) => {
    await using gate = await startGate(setup.url);
    const terminal = new TestTerminal(new TestClock());
    await run({
      ...setup,
      gate,
      terminal,
      finish: (id) => finish(setup, id),
      begin: (args, token) =>
        runWait(
          ["--daemon", gate.url, "--timeout=1h", ...args],
          (name) => name === "API_TOKEN" ? token : undefined,
          terminal,
        ),
      written: (text) => until(() => terminal.output.includes(text)),
    });
    assertEquals(terminal.clock.pending, 0);
    assertEquals(terminal.errors, "");
    assertEquals(terminal.output.includes(TOKEN), false);
  }, options);
}

/** Lets CallFire finish an order, and waits until the daemon knows it. */
async function finish(
  { clock, core, sandbox }: ApiSetup,
  id: string,
): Promise<void> {
  const fulfilled = { localNumbers: ["12135550142"] };
  sandbox.orders.set(id, { status: "FINISHED", fulfilled });
  for (let seconds = 0; core.tracker.find(id); seconds++) {
    if (seconds > 100) throw new Error(`order ${id} is never polled`);
    // Else the timeout of a poll could end another one.
    await until(() => core.tracker.inFlight === 0);
    await clock.advance(1000);
  }
}

/** Places orders of one local number each that go on and on. */
export function placeEndless({ sandbox }: DaemonSetup, ...ids: string[]): void {
  for (const id of ids) {
    sandbox.orders.place({
      id,
      localNumbers: { ordered: 1 },
      script: [{ after: 0, status: "PROCESSING" }],
    });
  }
}

/** The lines with outcomes. */
export function resultsOf({ output }: TestTerminal): string[] {
  return output.trimEnd().split("\n").filter((line) => !line.startsWith("·"));
}
