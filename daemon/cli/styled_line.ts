/**
 * One line of text in colors.
 *
 * @module
 */

import { styleText } from "node:util";
import { escapeControls } from "../log/safe_text.ts";

/** How a piece of a line looks. */
export type Style = "green" | "yellow" | "red" | "dim";

/** A piece of a line, and how it looks if there are colors. */
export interface Piece {
  /** The text; it may come from elsewhere. */
  readonly text: string;
  /** How it looks. */
  readonly style?: Style | undefined;
}

/**
 * Puts a line together. Nothing in its pieces reaches the terminal as a command.
 *
 * @param pieces The pieces.
 * @param hasColor Whether there are colors.
 * @param columns How many characters there is room for; the rest is cut.
 */
export function styledLine(
  pieces: readonly Piece[],
  hasColor: boolean,
  columns = Infinity,
): string {
  const texts = pieces.map(({ text }) => Array.from(escapeControls(text)));
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const isCut = length > columns;
  let room = isCut ? columns - 1 : length;
  const shown = texts.map((text, index) => {
    const fitting = text.slice(0, room).join("");
    room = Math.max(0, room - text.length);
    const style = pieces[index]?.style;
    if (!hasColor || !style || fitting === "") return fitting;
    return styleText(style, fitting, { validateStream: false });
  });
  return shown.join("") + (isCut ? "…" : "");
}
