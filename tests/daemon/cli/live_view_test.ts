import { assertEquals } from "@std/assert";
import { LiveView } from "../../../daemon/cli/live_view.ts";
import {
  emptyReport,
  type OrderProgress,
} from "../../../daemon/cli/progress.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { test } from "../../helpers/client/testing.ts";
import { isCursorShown, Screen } from "../../helpers/cli/screen.ts";
import { TestTerminal } from "../../helpers/cli/testing.ts";

/** A live view, and what is seen of it after a line of the shell's. */
class Setup implements Disposable {
  readonly clock = new TestClock();
  readonly terminal = new TestTerminal(this.clock);
  readonly screen: Screen;
  readonly view: LiveView;
  #seen = 0;

  constructor(
    public orders: OrderProgress[],
    columns = 60,
    rows = 10,
  ) {
    this.screen = new Screen(columns, rows);
    this.resize(columns, rows);
    this.terminal.output = "$ wait\n";
    this.view = new LiveView(this.terminal, () => this.orders);
  }

  resize(columns: number, rows: number): void {
    this.screen.resize(columns, rows);
    Object.assign(this.terminal, { columns, rows });
  }

  /** What is seen once all that was written is drawn. */
  async lines(): Promise<string[]> {
    const { output } = this.terminal;
    await this.screen.write(output.slice(this.#seen));
    this.#seen = output.length;
    return this.screen.lines();
  }

  [Symbol.dispose](): void {
    this.view.close();
    this.screen[Symbol.dispose]();
    assertEquals(this.clock.pending, 0);
  }
}

function progress(
  id: string,
  news: Partial<OrderProgress> = {},
): OrderProgress {
  return { ...emptyReport(id), elapsed: 0, ...news };
}

function finished(id: string, elapsed: number): OrderProgress {
  return progress(id, {
    attempt: 2,
    outcome: "fulfilled",
    elapsed,
    order: {
      id,
      status: "FINISHED",
      created: new Date(0),
      totalCost: 4,
      keywords: { ordered: 1, unitCost: 4, fulfilled: ["YELLOWTAXI"] },
    },
  });
}

const HEADINGS = "  order  elapsed  attempt  status      bought  outcome";

test("the live view is drawn anew in its place", async () => {
  using setup = new Setup([progress("1"), progress("2")]);
  assertEquals(await setup.lines(), [
    "$ wait",
    HEADINGS,
    "· 1        0.0 s        0  -           -",
    "· 2        0.0 s        0  -           -",
    "0 of 2 ended",
  ]);
  setup.orders = [progress("1"), finished("2", 150)];
  await setup.clock.advance(200);
  assertEquals(await setup.lines(), [
    "$ wait",
    HEADINGS,
    "· 1        0.2 s        0  -           -",
    "✓ 2        0.1 s        2  FINISHED    1 of 1  fulfilled",
    "1 of 2 ended",
  ]);
});

test("the live view leaves the results in its place", async () => {
  using setup = new Setup([progress("1")]);
  await setup.clock.advance(1000);
  const orders = [finished("1", 1000)];
  setup.view.end({ orders, elapsed: 1000, exitCode: 0 });
  assertEquals(await setup.lines(), [
    "$ wait",
    "✓    1.0 s  1  fulfilled     1 of 1  $4.00  YELLOWTAXI",
    "1 order: 1 fulfilled; $4.00",
  ]);
  assertEquals(isCursorShown(setup.terminal.output), true);
  assertEquals(setup.screen.isWrapping, true);
});

test("the live view leaves the terminal as it was with each drawing", async () => {
  using setup = new Setup([progress("1")]);
  // Whatever ends or stops the program then has nothing to give back.
  for (let drawn = 0; drawn < 3; drawn++) {
    await setup.lines();
    assertEquals(isCursorShown(setup.terminal.output), true);
    assertEquals(setup.screen.isWrapping, true);
    await setup.clock.advance(100);
  }
  const { output } = setup.terminal;
  assertEquals(output.split("\x1b[?25l").length, 5);
  setup.view.close();
  assertEquals(setup.terminal.output, output);
});

test("the live view is not drawn while the terminal takes nothing", async () => {
  using setup = new Setup([progress("1")]);
  let isBusy = true;
  setup.terminal.isBusy = () => isBusy;
  const { output } = setup.terminal;
  await setup.clock.advance(1000);
  assertEquals(setup.terminal.output, output);
  isBusy = false;
  await setup.clock.advance(100);
  assertEquals(
    (await setup.lines())[2],
    "· 1        1.1 s        0  -           -",
  );
});

test("the live view fits a terminal with fewer rows than orders", async () => {
  const orders = Array.from({ length: 30 }, (_, i) => progress(String(i + 1)));
  using setup = new Setup(orders, 60, 6);
  for (let drawn = 0; drawn < 3; drawn++) {
    // Were a frame too high, its top would move out of sight and stay.
    assertEquals((await setup.lines()).slice(0, -4), ["$ wait", HEADINGS]);
    await setup.clock.advance(100);
  }
  assertEquals((await setup.lines()).at(-1), "0 of 30 ended, 27 not shown");
});

test("the live view stays in its place when the terminal changes", async () => {
  using setup = new Setup([progress("1"), progress("2")], 80, 12);
  await setup.lines();
  setup.resize(30, 12);
  await setup.clock.advance(100);
  assertEquals(await setup.lines(), [
    "$ wait",
    "  order  elapsed  attempt  st…",
    "· 1        0.1 s        0  - …",
    "· 2        0.1 s        0  - …",
    "0 of 2 ended",
  ]);
  setup.resize(80, 12);
  await setup.clock.advance(100);
  assertEquals((await setup.lines())[1], HEADINGS);
  assertEquals((await setup.lines()).length, 5);
});

test("a wide character does not push the live view out of place", async () => {
  const order = finished("1", 0).order!;
  using setup = new Setup(
    [
      progress("1", { order: { ...order, status: "数".repeat(16) } }),
    ],
    30,
    10,
  );
  await setup.clock.advance(300);
  const lines = await setup.lines();
  assertEquals(lines.length, 4);
  assertEquals(lines.at(-1), "0 of 1 ended");
});
