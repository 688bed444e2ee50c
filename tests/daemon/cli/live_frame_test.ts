import { assertEquals } from "@std/assert";
import {
  type FrameOptions,
  liveFrame,
} from "../../../daemon/cli/live_frame.ts";
import {
  emptyReport,
  type OrderProgress,
} from "../../../daemon/cli/progress.ts";

const OPTIONS: FrameOptions = {
  elapsed: 12_345,
  connection: null,
  columns: 80,
  rows: 24,
  hasColor: false,
};

function progress(
  id: string,
  news: Partial<OrderProgress> = {},
): OrderProgress {
  return { ...emptyReport(id), elapsed: 0, ...news };
}

function order(id: string, status: string, fulfilled: string[]) {
  return {
    id,
    status,
    created: new Date(0),
    totalCost: 3,
    localNumbers: { ordered: 2, unitCost: 1.5, fulfilled },
  };
}

const ORDERS: OrderProgress[] = [
  progress("1642251003", {
    attempt: 3,
    order: order("1642251003", "FINISHED", ["12135550100", "12135550101"]),
    outcome: "fulfilled",
    elapsed: 2_049,
  }),
  progress("1642251004", {
    attempt: 4,
    order: order("1642251004", "FINISHED", ["12135550102"]),
    outcome: "partial",
    elapsed: 3_100,
  }),
  progress("5", {
    attempt: 12,
    order: order("5", "APPROVE_TIER_ONE", []),
    error: { code: "server_error", message: "Cannot get order '5'" },
  }),
  progress("9223372036854775807"),
  progress("6", {
    attempt: 2,
    order: order("6", "ERRORED", []),
    outcome: "errored",
    elapsed: 1_200,
  }),
];

Deno.test("a frame has a line for each order", () => {
  const lines = liveFrame(ORDERS, OPTIONS).map((line) => line.trimEnd());
  assertEquals(lines, [
    "  order                elapsed  attempt  status            bought  outcome",
    "✓ 1642251003             2.0 s        3  FINISHED          2 of 2  fulfilled",
    "! 1642251004             3.1 s        4  FINISHED          1 of 2  partial",
    "· 5                     12.3 s       12  APPROVE_TIER_ONE  0 of 2  " +
    "server_error…",
    "· 9223372036854775807   12.3 s        0  -                 -",
    "✗ 6                      1.2 s        2  ERRORED           0 of 2  errored",
    "3 of 5 ended",
  ]);
});

Deno.test("a frame tells outcomes by color, too", () => {
  const lines = liveFrame(ORDERS, { ...OPTIONS, hasColor: true });
  const colors = lines.map((line) =>
    // deno-lint-ignore no-control-regex -- it is what colors begin with
    line.match(/\x1b\[\d+m/g)?.filter((color) => color !== "\x1b[39m")
  );
  const [green, yellow, red] = ["\x1b[32m", "\x1b[33m", "\x1b[31m"];
  assertEquals(colors, [
    ["\x1b[2m", "\x1b[22m"],
    [green!, green!],
    [yellow!, yellow!],
    [yellow!],
    undefined,
    [red!, red!],
    undefined,
  ]);
});

Deno.test("a frame leaves a row free and shows first what is still open", () => {
  const ids = (rows: number) =>
    liveFrame(ORDERS, { ...OPTIONS, rows }).map((line) =>
      line.match(/^[^ ] (\d+)/)?.[1] ?? line.trim().split("  ")[0]
    );
  assertEquals(ids(8).length, 7);
  assertEquals(ids(7), [
    "order",
    "5",
    "9223372036854775807",
    "1642251003",
    "1642251004",
    "3 of 5 ended, 1 not shown",
  ]);
  assertEquals(ids(4), ["order", "5", "3 of 5 ended, 4 not shown"]);
  for (const rows of [1, 2, 3]) {
    assertEquals(ids(rows), ["3 of 5 ended, 5 not shown"]);
  }
});

Deno.test("no line of a frame is wider than the terminal", () => {
  for (const columns of [1, 20, 40, 79]) {
    const lines = liveFrame(ORDERS, {
      ...OPTIONS,
      columns,
      connection: { code: "network", message: "x".repeat(100) },
    });
    for (const line of lines) {
      assertEquals([...line].length <= columns, true, line);
    }
    // What matters most stands in front.
    assertEquals(lines[2]?.[0], columns === 1 ? "…" : "!");
  }
});

Deno.test("a frame says that the daemon fails", () => {
  const lines = liveFrame(ORDERS, {
    ...OPTIONS,
    columns: 120,
    connection: { code: "network", message: "Cannot reach it" },
  });
  assertEquals(
    lines.at(-1),
    "3 of 5 ended; daemon unreachable, retrying: Cannot reach it",
  );
});

Deno.test("a frame obeys nothing that comes from elsewhere", () => {
  const lines = liveFrame([
    progress("1", {
      order: order("1", "\x1b[2J\x9b", []),
      error: { code: "\x1b[31m", message: "" },
    }),
  ], { ...OPTIONS, connection: { code: "", message: "\x07\r" } });
  assertEquals(/\p{Cc}/u.test(lines.join("")), false);
});
