import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  CallFireClient,
  type CallFireClientOptions,
  type Clock,
  systemClock,
} from "../../mod.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { until } from "../sandbox/testing.ts";
import { seededRandom } from "../helpers/client/random.ts";
import {
  countingController,
  credentials,
  fetchWith,
  test,
} from "../helpers/client/testing.ts";

const GETS = 10_000;

/** How many calls are made in one go. */
const TOGETHER = 200;

/** The machine's clock, but it knows how many timers are pending. */
class CountingClock implements Clock {
  pending = 0;
  now = systemClock.now;
  date = systemClock.date;
  random = systemClock.random;
  sleep = systemClock.sleep;

  setTimer(callback: () => void, delay: number): () => void {
    let isPending = true;
    const over = () => {
      if (isPending) this.pending--;
      isPending = false;
    };
    this.pending++;
    const cancel = systemClock.setTimer(() => (over(), callback()), delay);
    return () => (over(), cancel());
  }
}

/** Some moment while a question is asked. */
async function someMoment(random: () => number): Promise<void> {
  if (random() < 0.3) {
    for (let left = random() * 30; left > 0; left--) await Promise.resolve();
  } else {
    await systemClock.sleep(random() * 80);
  }
}

/** Makes all calls, half of which are given up, and looks at what is left. */
async function callManyTimes(
  sandbox: Sandbox,
  options: Partial<CallFireClientOptions>,
): Promise<void> {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  console.log(`the seed is ${seed}`);
  const random = seededRandom(seed);
  const clock = new CountingClock();
  const callfire = new CallFireClient({
    ...credentials(sandbox),
    ...options,
    clock,
  });
  let [answered, abandoned, listeners] = [0, 0, 0];

  const call = async (id: string, isGivenUp: boolean) => {
    const { signal, abort } = countingController();
    const reason = { id };
    if (isGivenUp && random() < 0.1) abort(reason);
    const asked = callfire.getNumberOrder(id, { signal }).then(
      (order) => {
        assertEquals(order.id, id);
        answered++;
      },
      (error) => {
        assertStrictEquals(error, reason);
        abandoned++;
      },
    );
    if (isGivenUp) {
      await someMoment(random);
      abort(reason);
    }
    await asked;
    listeners += signal.listeners;
  };

  for (let done = 0; done < GETS; done += TOGETHER) {
    await Promise.all(
      Array.from(
        { length: TOGETHER },
        (_, index) => call(sandbox.orders.place({}), index % 2 === 0),
      ),
    );
  }

  assertEquals(answered + abandoned, GETS);
  assert(abandoned > GETS / 10, `${abandoned} were given up`);
  assertEquals(listeners, 0);
  await until(() => clock.pending === 0);
  assertEquals(sandbox.requests.smallestGap(), Infinity);
}

test("10,000 calls, half of them given up, leave nothing behind", async () => {
  await using sandbox = await startSandbox();
  await callManyTimes(sandbox, {});
  await until(() => sandbox.connections() === 0);
});

test("10,000 calls over connections that are kept leave nothing behind", async () => {
  await using sandbox = await startSandbox();
  {
    using http = Deno.createHttpClient({ poolMaxIdlePerHost: TOGETHER });
    await callManyTimes(sandbox, { fetch: fetchWith(http) });
    // All that is open is idle.
    await until(() => sandbox.connections() <= TOGETHER);
  }
  await until(() => sandbox.connections() === 0);
});
