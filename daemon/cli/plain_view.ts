/**
 * The progress of orders as plain lines: one for each piece of news.
 *
 * @module
 */

import type { Fault, OrderProgress } from "./order_progress.ts";
import {
  formatSeconds,
  progressLine,
  resultLine,
  totalLine,
} from "./order_text.ts";
import { type Piece, styledLine } from "./styled_line.ts";
import type { Terminal } from "./terminal.ts";
import type { Summary, View } from "./view.ts";

/** Lines for a file, a pipe or a log. */
export class PlainView implements View {
  readonly #terminal: Pick<Terminal, "write" | "hasColor">;
  readonly #isQuiet: boolean;

  /**
   * Begins with nothing written.
   *
   * @param terminal Where to.
   * @param isQuiet Whether to tell only how orders ended.
   */
  constructor(
    terminal: Pick<Terminal, "write" | "hasColor">,
    isQuiet: boolean,
  ) {
    this.#terminal = terminal;
    this.#isQuiet = isQuiet;
  }

  /** Writes how it stands or how it ended. */
  progressed(progress: OrderProgress): void {
    if (progress.outcome !== null) this.#line(resultLine(progress));
    else if (!this.#isQuiet) this.#line(progressLine(progress));
  }

  /** Writes what became of the connection to the daemon. */
  connection(error: Fault | null, elapsed: number): void {
    if (this.#isQuiet) return;
    this.#line([{
      text: `· ${formatSeconds(elapsed).padStart(8)}  the daemon ` +
        (error ? `fails, trying again: ${error.message}` : "answers"),
    }]);
  }

  /** Writes the last line. */
  end(summary: Summary): void {
    this.#line(totalLine(summary));
  }

  /** Has nothing to give back. */
  close(): void {}

  #line(pieces: Piece[]): void {
    const { hasColor } = this.#terminal;
    this.#terminal.write(`${styledLine(pieces, hasColor)}\n`);
  }
}
