/**
 * How the process of the daemon is run.
 *
 * @module
 */

import type { Config } from "./config.ts";
import { permissionFlags } from "./permissions.ts";

/**
 * The flags of `deno run` for a daemon with these settings: what it may do, and
 * how it keeps its memory.
 *
 * @param config The settings.
 * @returns The flags.
 */
export function processFlags(config: Config): string[] {
  return [
    ...permissionFlags(config),
    // Answers are short-lived garbage. With 100,000 orders, a small place for
    // the young saved a fifth of the memory, at no cost that could be measured.
    "--v8-flags=--max-semi-space-size=8",
  ];
}
