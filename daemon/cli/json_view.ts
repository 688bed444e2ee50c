/**
 * The progress of orders for programs: one JSON object a line.
 *
 * @module
 */

import { escapeControls } from "../log/safe_text.ts";
import { countOutcomes, totalCost } from "./order_text.ts";
import type { ErrorReport, OrderProgress, Summary, View } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** JSON lines; each has a `type`, and all times are in milliseconds. */
export class JsonView implements View {
  readonly #terminal: Pick<Terminal, "write">;
  readonly #isQuiet: boolean;

  /** @param isQuiet Whether to write only outcomes and the summary. */
  constructor(terminal: Pick<Terminal, "write">, isQuiet: boolean) {
    this.#terminal = terminal;
    this.#isQuiet = isQuiet;
  }

  /** Writes a `progress`, or a `result` once the order has an outcome. */
  showProgress(progress: OrderProgress): void {
    const { id, elapsed, attempt, outcome, order, error } = progress;
    if (outcome === null && this.#isQuiet) return;
    const type = outcome === null ? "progress" : "result";
    this.#line({ type, id, elapsed, attempt, outcome, order, error });
  }

  /** Writes a `connection`. */
  showConnection(error: ErrorReport | null, elapsed: number): void {
    if (!this.#isQuiet) this.#line({ type: "connection", elapsed, error });
  }

  /** Writes the `summary`. */
  end({ orders, elapsed, exitCode }: Summary): void {
    this.#line({
      type: "summary",
      elapsed,
      orders: orders.length,
      outcomes: Object.fromEntries(countOutcomes(orders)),
      totalCost: totalCost(orders),
      exitCode,
    });
  }

  /** Does nothing: the terminal was not changed. */
  close(): void {}

  #line(value: Record<string, unknown>): void {
    this.#terminal.write(`${escapeControls(JSON.stringify(value))}\n`);
  }
}
