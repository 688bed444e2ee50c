/**
 * The command `watch`: waits for orders and shows how they come along.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import { ConfigError, type Environment } from "../config/settings.ts";
import { EXIT_INTERRUPTED, EXIT_USAGE, exitCode } from "./exit_code.ts";
import { JsonView } from "./json_view.ts";
import { LiveView } from "./live_view.ts";
import { emptyReport, isNews, type OrderProgress } from "./order_progress.ts";
import { PlainView } from "./plain_view.ts";
import { escapeControls } from "../log/safe_text.ts";
import type { Terminal } from "./terminal.ts";
import { throughClient } from "./through_client.ts";
import type { WaitForOrders } from "./wait.ts";
import type { View } from "./view.ts";
import {
  parseOrderIds,
  parseWaitFlags,
  type WatchOptions,
} from "./watch_flags.ts";
import { WATCH_HELP } from "./watch_help.ts";

/**
 * Runs the command.
 *
 * @param args The command line, without `watch`.
 * @param environment What the environment says.
 * @param terminal Where it reads and writes, and is told to end.
 * @returns The code that the process should exit with.
 */
export async function runWatch(
  args: string[],
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  try {
    const options = parseWaitFlags(args, environment);
    if (options === "help") {
      terminal.write(WATCH_HELP);
      return 0;
    }
    return await watch(options, terminal);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const message = escapeControls(error.message);
    terminal.writeError(`callfire-orders: ${message}\n`);
    return EXIT_USAGE;
  }
}

async function watch(
  options: WatchOptions,
  terminal: Terminal,
): Promise<number> {
  const { clock, signal } = terminal;
  const waitForOrders = await openSource(options.source, clock);
  const given = await givenIds(options.ids, terminal);
  if (!given) return EXIT_INTERRUPTED;
  const ids = parseOrderIds(given);

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
      report(report) {
        const before = orders.get(report.id);
        const progress = { ...report, elapsed: elapsed() };
        orders.set(report.id, progress);
        if (!before || isNews(before, report)) view.progressed(progress);
      },
      connection: (error) => view.connection(error, elapsed()),
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
  source: WatchOptions["source"],
  clock: Clock,
): Promise<WaitForOrders> {
  if (source.type === "client") return throughClient(source, clock);
  // What reads the API takes long to load, and is not needed otherwise.
  const { throughDaemon } = await import("./through_daemon.ts");
  return throughDaemon(source, clock);
}

/** The ids that were given, those on the standard input too. */
async function givenIds(
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

/** What a promise is fulfilled with; `undefined` if the signal comes first. */
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
  { format, isQuiet }: WatchOptions,
  terminal: Terminal,
  orders: () => readonly OrderProgress[],
): View {
  if (format === "json") return new JsonView(terminal, isQuiet);
  return terminal.isTerminal && !isQuiet
    ? new LiveView(terminal, orders)
    : new PlainView(terminal, isQuiet);
}
