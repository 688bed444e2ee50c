/**
 * The progress of orders for a person at a terminal: drawn in place.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";
import { liveFrame } from "./live_frame.ts";
import type { Fault, OrderProgress } from "./order_progress.ts";
import { resultLine, totalLine } from "./order_text.ts";
import { styledLine } from "./styled_line.ts";
import type { Terminal } from "./terminal.ts";
import type { Summary, View } from "./view.ts";

/** How often it is drawn anew, in milliseconds, however much happens. */
const REDRAW_INTERVAL = 100;

// Without automatic wrapping, a character that is wider than it seems cannot
// push a line into the next row. Both are taken back with each drawing: a
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
  #connection: Fault | null = null;
  #cancelTimer: (() => void) | undefined;

  /**
   * Draws for the first time.
   *
   * @param terminal Where to.
   * @param orders The orders as they are at any moment.
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

  /** Has nothing to do: how the orders stand is looked at for each drawing. */
  progressed(): void {}

  /** Shows from now on that the daemon fails, or does so no longer. */
  connection(error: Fault | null): void {
    this.#connection = error;
  }

  /** Leaves the results in place of the live view. */
  end(summary: Summary): void {
    const { hasColor, write } = this.#terminal;
    this.close();
    const lines = [...summary.orders.map(resultLine), totalLine(summary)]
      .map((pieces) => `${styledLine(pieces, hasColor)}\n`);
    write(this.#toTop() + ERASE_BELOW + lines.join(""));
  }

  /** Ends the drawing. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #redraw(): void {
    const { clock, isBusy } = this.#terminal;
    // A terminal that is slow or paused is not filled with old drawings.
    if (!isBusy()) this.#draw();
    this.#cancelTimer = clock.setTimer(() => this.#redraw(), REDRAW_INTERVAL);
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

  /** Goes up to where the last frame begins. */
  #toTop(): string {
    const { columns } = this.#terminal.size();
    // A terminal that has become narrower has wrapped what was wider.
    const rows = this.#frame.map((line) =>
      Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns))
    ).reduce((sum, height) => sum + height, 0);
    return rows > 0 ? `\x1b[${rows}A\r` : "\r";
  }
}
