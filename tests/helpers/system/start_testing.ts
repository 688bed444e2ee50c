/**
 * What the tests share of how a daemon starts and stops.
 *
 * @module
 */

import { test } from "../client/testing.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { withFolder } from "./daemon_process.ts";

/** Runs a test with a CallFire, and a folder for a database. */
export function startTest(
  name: string,
  run: (sandbox: Sandbox, folder: string) => Promise<void>,
): void {
  test(name, () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      await run(sandbox, folder);
    }));
}
