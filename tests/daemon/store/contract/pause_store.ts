/**
 * The tests of keeping a long pause, which every store has to pass.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { PauseStore } from "../../../../daemon/polling/long_pause.ts";
import type { Store } from "../../../../daemon/store/store.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { test } from "../../../helpers/client/testing.ts";
import type { StorePlace } from "../../../helpers/store/store_place.ts";

const MINUTE = 60_000;

/**
 * Adds the tests of a store.
 *
 * @param name What the store is called in the tests' names.
 * @param makePlace Makes a place for one.
 */
export function pauseStoreTests(
  name: string,
  makePlace: (
    clock: TestClock,
  ) => Promise<StorePlace<Store & { readonly pauses: PauseStore }>>,
): void {
  test(`${name}: the pause that ends last is kept until it is over`, async () => {
    const place = await makePlace(new TestClock());
    let store = await place.open();
    const now = Date.now();
    try {
      const left = async () =>
        (await store.pauses.loadPause(Date.now()))?.left ?? 0;
      assertEquals(await store.pauses.loadPause(now), undefined);
      await store.pauses.savePause(
        { left: 50 * MINUTE, code: "rate_limited" },
        now,
      );
      await store.pauses.savePause(
        { left: MINUTE, code: "server_error" },
        now + 1,
      );
      await store.close();
      store = await place.open();
      const pause = await store.pauses.loadPause(Date.now());
      assertEquals(pause?.code, "rate_limited");
      assert(pause!.left > 40 * MINUTE && pause!.left <= 50 * MINUTE);
      await store.pauses.savePause(
        { left: 60 * MINUTE, code: "server_error" },
        Date.now(),
      );
      assert(await left() > 50 * MINUTE);
    } finally {
      await store.close();
      await place.remove();
    }
  });

  test(`${name}: a pause that is over is removed`, async () => {
    const place = await makePlace(new TestClock());
    const store = await place.open();
    try {
      await store.pauses.savePause(
        { left: 1, code: "rate_limited" },
        Date.now() - 10,
      );
      while (await store.pauses.loadPause(Date.now()));
      await store.pauses.savePause(undefined, Date.now());
      assertEquals(await store.pauses.loadPause(0), undefined);
    } finally {
      await store.close();
      await place.remove();
    }
  });
}
