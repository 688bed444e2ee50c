/**
 * The progress of orders as plain lines: one for each change.
 *
 * @module
 */

import {
  formatSeconds,
  progressLine,
  resultLine,
  totalLine,
} from "./order_text.ts";
import type { ErrorReport, OrderProgress, Summary, View } from "./progress.ts";
import { type Piece, styledLine } from "./styled_line.ts";
import type { Terminal } from "./terminal.ts";

/** Lines for a file, a pipe or a log. */
export class PlainView implements View {
  readonly #terminal: Pick<Terminal, "write" | "hasColor">;
  readonly #isQuiet: boolean;

  /** @param isQuiet Whether to write only outcomes and the last line. */
  constructor(
    terminal: Pick<Terminal, "write" | "hasColor">,
    isQuiet: boolean,
  ) {
    this.#terminal = terminal;
    this.#isQuiet = isQuiet;
  }

  /** Writes the order's status, or its outcome. */
  showProgress(progress: OrderProgress): void {
    if (progress.outcome !== null) this.#line(resultLine(progress));
    else if (!this.#isQuiet) this.#line(progressLine(progress));
  }

  /** Writes that the daemon fails, or is back. */
  showConnection(error: ErrorReport | null, elapsed: number): void {
    if (this.#isQuiet) return;
    const text = error
      ? `daemon unreachable, retrying: ${error.message}`
      : "daemon reachable again";
    this.#line([{ text: `· ${formatSeconds(elapsed).padStart(8)}  ${text}` }]);
  }

  /** Writes the last line. */
  end(summary: Summary): void {
    this.#line(totalLine(summary));
  }

  /** Does nothing: the terminal was not changed. */
  close(): void {}

  #line(pieces: Piece[]): void {
    const { hasColor } = this.#terminal;
    this.#terminal.write(`${styledLine(pieces, hasColor)}\n`);
  }
}
