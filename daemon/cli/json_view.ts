/**
 * The progress of orders for programs: one JSON object a line.
 *
 * @module
 */

import type { Fault, OrderProgress } from "./order_progress.ts";
import { countOutcomes, totalCost } from "./order_text.ts";
import { escapeControls } from "../log/safe_text.ts";
import type { Terminal } from "./terminal.ts";
import type { Summary, View } from "./view.ts";

/** JSON lines; each has a `type`, and all times are in milliseconds. */
export class JsonView implements View {
  readonly #terminal: Pick<Terminal, "write">;
  readonly #isQuiet: boolean;

  /**
   * Begins with nothing written.
   *
   * @param terminal Where to.
   * @param isQuiet Whether to tell only how orders ended.
   */
  constructor(terminal: Pick<Terminal, "write">, isQuiet: boolean) {
    this.#terminal = terminal;
    this.#isQuiet = isQuiet;
  }

  /** Writes a `progress`, or a `result` for its end. */
  progressed(progress: OrderProgress): void {
    const { id, elapsed, attempt, outcome, order, error } = progress;
    if (outcome === null && this.#isQuiet) return;
    const type = outcome === null ? "progress" : "result";
    this.#line({ type, id, elapsed, attempt, outcome, order, error });
  }

  /** Writes a `connection`. */
  connection(error: Fault | null, elapsed: number): void {
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

  /** Has nothing to give back. */
  close(): void {}

  #line(value: Record<string, unknown>): void {
    this.#terminal.write(`${escapeControls(JSON.stringify(value))}\n`);
  }
}
