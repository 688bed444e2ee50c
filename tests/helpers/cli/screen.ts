/**
 * What a person sees of what a program writes: a terminal without a window.
 *
 * @module
 */

import xterm from "@xterm/headless";

/** A stretch of a line that looks the same throughout. */
export interface Stretch {
  /** Its text. */
  text: string;
  /** The number of its color in the terminal's palette, such as 1 for red. */
  color: number | null;
  /** Whether it is dim. */
  isDim: boolean;
}

/** A terminal of some size. */
export class Screen implements Disposable {
  readonly #terminal;

  /** Begins with nothing on it. */
  constructor(columns: number, rows: number) {
    this.#terminal = new xterm.Terminal({
      cols: columns,
      rows,
      // The lines of a program end without a carriage return.
      convertEol: true,
      allowProposedApi: true,
    });
  }

  /** Whether lines that are too long are wrapped, as they usually are. */
  get isWrapping(): boolean {
    return this.#terminal.modes.wraparoundMode;
  }

  /** Gives it another size, as a person does. */
  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** Takes what a program writes. */
  write(text: string): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(text, resolve));
  }

  /** All lines, those that have moved up out of sight too. */
  lines(): string[] {
    const { active } = this.#terminal.buffer;
    const lines = Array.from(
      { length: active.length },
      (_, index) => active.getLine(index)?.translateToString().trimEnd() ?? "",
    );
    const last = lines.findLastIndex((line) => line !== "");
    return lines.slice(0, last + 1);
  }

  /** The same lines, with how they look. */
  styledLines(): Stretch[][] {
    const { active } = this.#terminal.buffer;
    return this.lines().map((line, index) =>
      Array.from(line).reduce<Stretch[]>((stretches, text, column) => {
        const cell = active.getLine(index)?.getCell(column);
        const color = cell?.isFgPalette() ? cell.getFgColor() : null;
        const isDim = Boolean(cell?.isDim());
        const last = stretches.at(-1);
        const isSame = last?.color === color && last.isDim === isDim;
        if (isSame) last.text += text;
        else stretches.push({ text, color, isDim });
        return stretches;
      }, [])
    );
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.#terminal.dispose();
  }
}

/** Whether the cursor is shown after all that was written. */
export function isCursorShown(written: string): boolean {
  return written.lastIndexOf("\x1b[?25l") <= written.lastIndexOf("\x1b[?25h");
}
