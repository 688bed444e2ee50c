/**
 * The command `wait`: waits for orders and shows their progress.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import { ConfigError, type Environment } from "../config/settings.ts";
import { escapeControls } from "../log/safe_text.ts";
import { directSource } from "./direct_source.ts";
import { EXIT_INTERRUPTED, EXIT_USAGE, exitCode } from "./exit_code.ts";
import { JsonView } from "./json_view.ts";
import { LiveView } from "./live_view.ts";
import { keepLoopbackFromProxy } from "./loopback_proxy.ts";
import { PlainView } from "./plain_view.ts";
import {
  emptyReport,
  hasChanged,
  type OrderProgress,
  type OrderSource,
  type View,
} from "./progress.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import { parseOrderIds, parseWaitFlags, type WaitFlags } from "./wait_flags.ts";
import { WAIT_HELP } from "./wait_help.ts";

/**
 * Runs the command at the terminal of this process.
 *
 * @param args The command line, without `wait`.
 * @returns The exit code.
 */
export async function waitAtTerminal(args: string[]): Promise<number> {
  const terminal = openTerminal();
  keepLoopbackFromProxy();
  try {
    return await runWait(args, (name) => Deno.env.get(name), terminal);
  } finally {
    await terminal.flush();
  }
}

/**
 * Runs the command.
 *
 * @param args The command line, without `wait`.
 * @returns The exit code.
 */
export async function runWait(
  args: string[],
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  try {
    const options = parseWaitFlags(args, environment);
    if (options === "help") {
      terminal.write(WAIT_HELP);
      return 0;
    }
    return await waitAndShow(options, terminal);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const message = escapeControls(error.message);
    terminal.writeError(`callfire-orders: ${message}\n`);
    return EXIT_USAGE;
  }
}

async function waitAndShow(
  options: WaitFlags,
  terminal: Terminal,
): Promise<number> {
  const { clock, signal } = terminal;
  const waitForOrders = await openSource(options.source, clock);
  const texts = await readIds(options.ids, terminal);
  if (!texts) return EXIT_INTERRUPTED;
  const ids = parseOrderIds(texts);

  const startedAt = clock.now();
  const elapsed = () => Math.round(clock.now() - startedAt);
  const orders = new Map<string, OrderProgress>(
    ids.map((id) => [id, { ...emptyReport(id), elapsed: 0 }]),
  );
  const view = openView(options, terminal, () => [...orders.values()]);
  try {
    await waitForOrders({
      ids,
      timeout: options.timeout,
      clock,
      signal,
      onReport(report) {
        const before = orders.get(report.id);
        const progress = { ...report, elapsed: elapsed() };
        orders.set(report.id, progress);
        if (!before || hasChanged(before, report)) view.showProgress(progress);
      },
      onConnection: (error) => view.showConnection(error, elapsed()),
    });
    const ended = [...orders.values()];
    const code = exitCode(ended.map(({ outcome }) => outcome));
    view.end({ orders: ended, elapsed: elapsed(), exitCode: code });
    return code;
  } finally {
    view.close();
  }
}

async function openSource(
  source: WaitFlags["source"],
  clock: Clock,
): Promise<OrderSource> {
  if (source.type === "direct") return directSource(source, clock);
  // The schemas of the API take long to load, and only this source needs them.
  const { daemonSource } = await import("./daemon_source.ts");
  return daemonSource(source, clock);
}

/** Replaces `-` by the IDs on the standard input; `undefined` if interrupted. */
async function readIds(
  ids: readonly string[],
  { readInput, signal }: Terminal,
): Promise<string[] | undefined> {
  if (!ids.includes("-")) return [...ids];
  const input = await orAborted(readInput(), signal);
  if (input === undefined) return undefined;
  const lines = input.split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
  return ids.flatMap((id) => id === "-" ? lines : id);
}

/** The value of a promise; `undefined` if the signal is aborted first. */
async function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  const abort = () => aborted.resolve(undefined);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function openView(
  { format, isQuiet }: WaitFlags,
  terminal: Terminal,
  orders: () => readonly OrderProgress[],
): View {
  if (format === "json") return new JsonView(terminal, isQuiet);
  return terminal.isTerminal && !isQuiet
    ? new LiveView(terminal, orders)
    : new PlainView(terminal, isQuiet);
}
