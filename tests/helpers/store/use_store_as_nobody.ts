/**
 * A program that opens a SQLite store as a user who may do little, and prints
 * why it cannot: `use_store_as_nobody.ts PATH`. What a user may do is a matter
 * of the whole process, of all tests that run in it.
 *
 * @module
 */

import process from "node:process";
import { openSqliteStore } from "../../../daemon/store/sqlite/sqlite_store.ts";
import { StoreError } from "../../../daemon/store/store.ts";
import { systemClock } from "../../../mod.ts";

if (import.meta.main) {
  // Root may do anything.
  if (Deno.uid() === 0) process.seteuid!(65534);
  try {
    await openSqliteStore(Deno.args[0]!, systemClock).close();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    console.log(error.message);
  }
}
