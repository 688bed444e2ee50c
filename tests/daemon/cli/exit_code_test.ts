import { assertEquals } from "@std/assert";
import { exitCode } from "../../../daemon/cli/exit_code.ts";
import type { WaitOutcome } from "../../../daemon/cli/progress.ts";
import { WAIT_HELP } from "../../../daemon/cli/wait_help.ts";

const CODES: Record<WaitOutcome, number> = {
  fulfilled: 0,
  partial: 3,
  unfulfilled: 3,
  errored: 4,
  void: 4,
  rejected: 4,
  not_found: 5,
  wait_timeout: 6,
  expired: 6,
  unauthorized: 7,
  forbidden: 7,
  client_error: 8,
  removed: 8,
  interrupted: 130,
  // None of these ends a wait; if one did, it would not be taken for success.
  rate_limited: 8,
  server_error: 8,
  malformed: 8,
  network: 8,
  timeout: 8,
};

Deno.test("exitCode() has a code for each outcome", () => {
  for (const [outcome, code] of Object.entries(CODES)) {
    assertEquals(exitCode([outcome as WaitOutcome]), code, outcome);
  }
  assertEquals(exitCode([null]), 8);
});

Deno.test("exitCode() is the highest of all", () => {
  assertEquals(exitCode(["fulfilled", "partial", "fulfilled"]), 3);
  assertEquals(exitCode(["wait_timeout", "errored", "partial"]), 6);
  assertEquals(exitCode(["unauthorized", "interrupted", "removed"]), 130);
});

Deno.test("--help explains each exit code and each outcome", () => {
  const [, table = ""] = WAIT_HELP.split("Exit codes;");
  const explained = new Map(
    table.split(/^ +(?=\d+ {2})/m).slice(1)
      .map((entry) => [parseInt(entry), entry]),
  );
  const ended = Object.entries(CODES).slice(0, -5);
  for (const [outcome, code] of ended) {
    assertEquals(explained.get(code)?.includes(outcome), true, outcome);
  }
  assertEquals([...explained.keys()], [0, 1, 2, 3, 4, 5, 6, 7, 8, 130]);
});
