/**
 * One line of text in colors.
 *
 * @module
 */

import { styleText } from "node:util";
import { escapeControls } from "../log/safe_text.ts";

/** The style of a piece, where there are colors. */
export type Style = "green" | "yellow" | "red" | "dim";

/** A piece of a line. */
export interface Piece {
  /** Untrusted text. */
  readonly text: string;
  readonly style?: Style | undefined;
}

/**
 * Joins the pieces of a line. Control characters in their texts are escaped.
 *
 * @param columns The maximum length in characters; a longer line is cut.
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
