/**
 * Whether this process can still read an answer at all. The library beneath
 * the client runs in WebAssembly, where a fault may last as long as the process.
 *
 * @module
 */

import { CallFireClient } from "../mod.ts";
import type { PollResultLabel } from "./polling/poll_result.ts";

/** The least time between two self-tests, in milliseconds. */
const INTERVAL = 10_000;

const ID = "1642251003";

const DOCUMENT = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<r:Resource xmlns="http://api.callfire.com/data" xmlns:r="http://api.callfire.com/resource">
  <NumberOrder id="${ID}">
    <Status>FINISHED</Status>
    <Created>2014-12-17T12:25:36Z</Created>
    <TotalCost>1.5</TotalCost>
    <LocalNumbers><Ordered>1</Ordered><UnitCost>1.5</UnitCost><Fulfilled>12135550142</Fulfilled></LocalNumbers>
  </NumberOrder>
</r:Resource>`;

/**
 * Reads an answer that is known to be right, without any request.
 *
 * @returns Whether it was read as what it says.
 */
export async function canReadAnswers(): Promise<boolean> {
  // A client of its own, since another would know the answer by heart.
  const client = new CallFireClient({
    login: "self-test",
    password: "self-test",
    fetch: () => Promise.resolve(new Response(DOCUMENT)),
  });
  try {
    const order = await client.getNumberOrder(ID);
    return order.localNumbers?.fulfilled[0] === "12135550142";
  } catch {
    return false;
  }
}

/** Looks whether answers can still be read, when one could not be. */
export class SelfTest {
  readonly #now: () => number;
  readonly #canRead: () => Promise<boolean>;
  readonly #failed = Promise.withResolvers<string>();
  #testedAt = -Infinity;

  /**
   * Begins with no test.
   *
   * @param now Milliseconds of a clock that never goes back.
   * @param canRead What the test is.
   */
  constructor(
    now: () => number,
    canRead: () => Promise<boolean> = canReadAnswers,
  ) {
    this.#now = now;
    this.#canRead = canRead;
  }

  /** Is fulfilled once a test failed, with what to tell of that. */
  get failed(): Promise<string> {
    return this.#failed.promise;
  }

  /**
   * Takes note of an answer, and tests if it was malformed: at most every ten
   * seconds.
   *
   * @param result What the answer came to.
   */
  polled(result: PollResultLabel): void {
    if (result !== "malformed") return;
    const now = this.#now();
    if (now - this.#testedAt < INTERVAL) return;
    this.#testedAt = now;
    this.#canRead().then((isFine) => {
      if (isFine) return;
      this.#failed.resolve("no answer can be read any more in this process");
    });
  }
}
