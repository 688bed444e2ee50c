/**
 * The command `watch` as a process of its own.
 *
 * @module
 */

import { processTerminal } from "./process_terminal.ts";
import { runWatch } from "./watch_command.ts";

Deno.exit(
  await runWatch(Deno.args, (name) => Deno.env.get(name), processTerminal()),
);
