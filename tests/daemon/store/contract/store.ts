/**
 * The tests that every store has to pass.
 *
 * @module
 */

import { testEvents } from "./store_event.ts";
import { testLists } from "./store_list.ts";
import {
  type MakePlace,
  storeTester,
} from "../../../helpers/store/store_place.ts";
import { testAgainstModel } from "./store_model.ts";
import { testTouches } from "./store_touch.ts";
import { testWrites } from "./store_write.ts";

/**
 * Adds the tests of a store.
 *
 * @param name What the store is called in the tests' names.
 * @param makePlace Makes a place for one.
 */
export function storeTests(name: string, makePlace: MakePlace): void {
  const storeTest = storeTester(name, makePlace);
  testWrites(storeTest);
  testTouches(storeTest);
  testLists(storeTest);
  testEvents(storeTest);
  testAgainstModel(name, makePlace);
}
