/**
 * The command `watch` at the terminal of this process.
 *
 * @module
 */

import { keepLoopbackFromProxy } from "./loopback_proxy.ts";
import { processTerminal } from "./process_terminal.ts";
import { runWatch } from "./watch_command.ts";

/**
 * Waits for orders and shows how they come along.
 *
 * @param args The command line, without `watch`.
 * @returns The code that the process should exit with.
 */
export async function watchOrders(args: string[]): Promise<number> {
  const terminal = processTerminal();
  keepLoopbackFromProxy();
  try {
    return await runWatch(args, (name) => Deno.env.get(name), terminal);
  } finally {
    await terminal.flush();
  }
}
