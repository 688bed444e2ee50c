/**
 * What an error says.
 *
 * @module
 */

/**
 * The message of what was thrown, which may be anything.
 *
 * @param error What was thrown.
 */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
