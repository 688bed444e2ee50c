/**
 * What a demo says of its own doings, between the events.
 *
 * @module
 */

/**
 * Prints a line that stands out.
 *
 * @param line The line.
 */
export function say(line: string): void {
  const time = new Date().toISOString().slice(11, 19);
  console.log(`${time}  %c${line}`, "font-weight: bold");
}
