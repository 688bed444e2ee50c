/**
 * Text from elsewhere, made fit for a terminal and the log.
 *
 * @module
 */

/** What a terminal may take for a command, or not show where it stands. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes every character that could move the cursor, change colors, turn the
 * direction of writing or end the line. Within JSON, too, it means the same.
 *
 * @param text Any text; one line of it.
 * @returns The text with `\u001b` in place of an escape character, and so on.
 */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const units = Array.from(
      { length: character.length },
      (_, index) => character.charCodeAt(index),
    );
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join("");
  });
}
