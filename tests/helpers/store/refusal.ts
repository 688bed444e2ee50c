/**
 * That a database which cannot be used is refused in one line, and left alone.
 *
 * @module
 */

import {
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { openSqliteStore } from "../../../daemon/store/sqlite/sqlite_store.ts";
import { StoreError } from "../../../daemon/store/store.ts";
import { systemClock } from "../../../mod.ts";

/** Every file of a folder, byte for byte. */
export async function readFiles(
  folder: string,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) files.set(name, await Deno.readFile(`${folder}/${name}`));
  }
  return files;
}

/** Tries to open a store, which is refused and leaves everything as it was. */
export async function assertRefused(
  { path: folder }: { path: string },
  reason: string,
  file = `${folder}/orders.db`,
): Promise<void> {
  const before = await readFiles(folder);
  // Twice, since the first time may have left something.
  for (let time = 0; time < 2; time++) {
    const { message } = assertThrows(
      () => openSqliteStore(file, systemClock),
      StoreError,
    );
    const start = `Cannot use the database '${file}': `;
    assertEquals(message.slice(0, start.length), start);
    assertMatch(message.slice(start.length), /^[^\n]+[;,][^\n]+$/);
    assertStringIncludes(message, reason);
  }
  assertEquals(await readFiles(folder), before);
}
