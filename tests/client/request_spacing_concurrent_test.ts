import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import {
  CallFireClient,
  CallFireError,
  MIN_INTERVAL_MS,
  type NumberOrder,
  systemClock,
} from "../../mod.ts";
import type { Fault } from "../sandbox/faults.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { seededRandom } from "../helpers/client/random.ts";
import { credentials, test } from "../helpers/client/testing.ts";

const ORDERS = 20;
const WAITS_PER_ORDER = 6;
const GETS_PER_ORDER = 4;

/** How long an order takes, in milliseconds. */
const LIFE = 4000;

/**
 * Answers that are late, cut, broken off, refused or not what they should be;
 * one at least breaks off before it began, on a connection used before.
 */
function someFaults(order: string, random: () => number): Fault[] {
  const late = (): Fault => ({ kind: "none", order, delay: random() * 400 });
  const wrong = (): Fault => {
    const delay = random() * 200;
    const kinds: Fault[] = [
      { kind: "cut", at: Math.floor(random() * 300) },
      { kind: "reset" },
      { kind: "status", status: 503 },
      { kind: "status", status: 429, retryAfter: "1" },
      { kind: "body", body: "<html>" },
    ];
    const kind = kinds[Math.floor(random() * kinds.length)]!;
    return { ...kind, order, delay };
  };
  // Never two wrong answers in a row: the pauses would grow for long.
  return [
    late(),
    { kind: "reset", order, delay: random() * 200 },
    ...Array.from(
      { length: 4 },
      () => random() < 0.5 ? [late()] : [late(), wrong()],
    ).flat(),
    late(),
  ];
}

/** Starts the calls for one order at random moments. */
function call(
  callfire: CallFireClient,
  id: string,
  random: () => number,
): { waits: Promise<NumberOrder>[]; gets: Promise<unknown>[] } {
  const soon = () => systemClock.sleep(random() * 0.75 * LIFE);
  return {
    waits: Array.from({ length: WAITS_PER_ORDER }, async () => {
      await soon();
      return await callfire.waitForNumberOrder(id, { timeout: 60_000 });
    }),
    gets: Array.from({ length: GETS_PER_ORDER }, async () => {
      await soon();
      return await callfire.getNumberOrder(id).catch((error) => error);
    }),
  };
}

function placeOrders({ orders }: Sandbox): string[] {
  const script = [
    { after: 0, status: "NEW" },
    { after: LIFE / 2, status: "PROCESSING" },
    { after: LIFE, status: "FINISHED" },
  ];
  return Array.from({ length: ORDERS }, () => orders.place({ script }));
}

test("no order is asked for twice in a second, whoever asks however", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  console.log(`the seed is ${seed}`);
  const random = seededRandom(seed);
  await using sandbox = await startSandbox();
  const callfire = new CallFireClient(credentials(sandbox));
  const ids = placeOrders(sandbox);
  const faults = ids.flatMap((id) => someFaults(id, random));
  for (const fault of faults) sandbox.faults.add(fault);

  const calls = ids.map((id) => call(callfire, id, random));
  const orders = await Promise.all(calls.flatMap(({ waits }) => waits));
  const readings = await Promise.all(calls.flatMap(({ gets }) => gets));

  for (const order of orders) assertEquals(order.status, "FINISHED");
  for (const reading of readings) {
    assert(!(reading instanceof Error) || reading instanceof CallFireError);
  }
  // Nor was any sent twice when its connection broke that was used before.
  const broken = sandbox.requests.entries()
    .filter(({ status, isConnectionReused }) =>
      status === null && isConnectionReused
    );
  assertGreaterOrEqual(broken.length, ORDERS / 2);
  // What the server saw, not how fast anything was: each request is sent a
  // second after an answer that came after the request before it.
  assertGreaterOrEqual(sandbox.requests.smallestGap(), MIN_INTERVAL_MS);
  // They shared: alone, the 200 calls would have sent some 600 requests.
  const perOrder = sandbox.requests.count / ORDERS;
  assert(perOrder < 15, `${perOrder} requests for one order`);
});
