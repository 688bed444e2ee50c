/**
 * Where a page of the list ended, as a text that its reader need not understand.
 *
 * @module
 */

import { readOrderId } from "../../mod.ts";
import type { ListPosition } from "../watch/store.ts";

/**
 * Writes a cursor.
 *
 * @param position Where the page ended.
 * @returns Letters and digits alone.
 */
export function writeCursor({ watchedAt, id }: ListPosition): string {
  // Of digits and a dot, Base64 makes no sign that a URL would not take.
  return btoa(`${watchedAt}.${id}`).replace(/=+$/, "");
}

/**
 * Reads a cursor.
 *
 * @param cursor The text.
 * @returns Where the page ended; `undefined` if it is none of our cursors.
 */
export function readCursor(cursor: string): ListPosition | undefined {
  try {
    const [, watchedAt, id] = /^(\d{1,15})\.(\d+)$/.exec(atob(cursor)) ?? [];
    const position = {
      watchedAt: Number(watchedAt),
      id: readOrderId(id ?? "", "list"),
    };
    return writeCursor(position) === cursor ? position : undefined;
  } catch {
    return undefined;
  }
}
