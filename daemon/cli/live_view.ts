/**
 * The progress of orders for a person at a terminal: drawn in place.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";
import { liveFrame } from "./live_frame.ts";
import { resultLine, totalLine } from "./order_text.ts";
import type { ErrorReport, OrderProgress, Summary, View } from "./progress.ts";
import { styledLine } from "./styled_line.ts";
import type { Terminal } from "./terminal.ts";

/** How often the view is redrawn, whether or not something changed. */
const REDRAW_INTERVAL_MS = 100;

// Without automatic wrapping, a character that is wider than it seems cannot
// push a line into the next row. Each drawing restores both modes, so that a
// program that is stopped or killed meanwhile leaves the terminal as it was.
const BEFORE_DRAWING = "\x1b[?25l\x1b[?7l";
const AFTER_DRAWING = "\x1b[?7h\x1b[?25h";
const ERASE_TO_LINE_END = "\x1b[K";
const ERASE_BELOW = "\x1b[J";

/** What the view needs of its terminal. */
export type LiveTerminal = Pick<
  Terminal,
  "write" | "isBusy" | "size" | "hasColor" | "clock"
>;

/** A view that redraws itself until it is closed. */
export class LiveView implements View {
  readonly #terminal: LiveTerminal;
  readonly #orders: () => readonly OrderProgress[];
  readonly #startedAt: number;
  #frame: readonly string[] = [];
  #connection: ErrorReport | null = null;
  #cancelTimer: (() => void) | undefined;

  /**
   * Draws the first frame.
   *
   * @param orders Returns the current progress of all orders.
   */
  constructor(
    terminal: LiveTerminal,
    orders: () => readonly OrderProgress[],
  ) {
    this.#terminal = terminal;
    this.#orders = orders;
    this.#startedAt = terminal.clock.now();
    this.#redraw();
  }

  /** Does nothing: each drawing reads the current progress. */
  showProgress(): void {}

  /** Shows from the next drawing on that the daemon fails, or is back. */
  showConnection(error: ErrorReport | null): void {
    this.#connection = error;
  }

  /** Replaces the live view by the results. */
  end(summary: Summary): void {
    const { hasColor, write } = this.#terminal;
    this.close();
    const lines = [...summary.orders.map(resultLine), totalLine(summary)]
      .map((pieces) => `${styledLine(pieces, hasColor)}\n`);
    write(this.#toTop() + ERASE_BELOW + lines.join(""));
  }

  /** Stops redrawing. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #redraw(): void {
    const { clock, isBusy } = this.#terminal;
    // Skip a frame rather than queue it for a terminal that is slow or paused.
    if (!isBusy()) this.#draw();
    this.#cancelTimer = clock.setTimer(
      () => this.#redraw(),
      REDRAW_INTERVAL_MS,
    );
  }

  #draw(): void {
    const { clock, hasColor, size, write } = this.#terminal;
    const frame = liveFrame(this.#orders(), {
      elapsed: clock.now() - this.#startedAt,
      connection: this.#connection,
      hasColor,
      ...size(),
    });
    const lines = frame.map((line) => `${line}${ERASE_TO_LINE_END}\n`);
    write(
      `${BEFORE_DRAWING}${this.#toTop()}${lines.join("")}${ERASE_BELOW}` +
        AFTER_DRAWING,
    );
    this.#frame = frame;
  }

  /** The escape sequence that moves to the top of the last frame. */
  #toTop(): string {
    const { columns } = this.#terminal.size();
    // A terminal that has become narrower has wrapped the wider lines.
    const rows = this.#frame.map((line) =>
      Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns))
    ).reduce((sum, height) => sum + height, 0);
    return rows > 0 ? `\x1b[${rows}A\r` : "\r";
  }
}
