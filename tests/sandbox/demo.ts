/**
 * Shows the daemon at work, without an account: a sandbox CallFire where
 * orders of every fate are placed all the time, the real daemon that watches
 * them, and a receiver of its webhooks that is down now and then; or several
 * daemons, of which one is killed now and then.
 *
 * @module
 */

import { launcherGone } from "../../daemon/launchers.ts";
import { STOP_SIGNALS } from "../../daemon/signals.ts";
import { keepLoopbackFromProxy } from "../../daemon/cli/loopback_proxy.ts";
import { type DemoFlags, HELP, readDemoFlags } from "./demo_flags.ts";
import { followEvents } from "./demo_events.ts";
import { DemoFleet } from "./demo_fleet.ts";
import { DemoLife } from "./demo_life.ts";
import { DemoOrders } from "./demo_orders.ts";
import { pause } from "./demo_pause.ts";
import { describeEnd } from "./demo_summary.ts";
import { showTakeovers } from "./demo_takeover.ts";
import { DemoReceiver } from "./demo_webhooks.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";

/** The usual port if it is free, any other one if not; others beside it. */
function freeAddresses(count: number): string[] {
  using stack = new DisposableStack();
  const free = (port: number) =>
    stack.use(Deno.listen({ hostname: "127.0.0.1", port }));
  return Array.from({ length: count }, (_, place) => {
    let listener: Deno.TcpListener;
    try {
      listener = free(place === 0 ? 9837 : 0);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      listener = free(0);
    }
    return `127.0.0.1:${listener.addr.port}`;
  });
}

/** Where the orders are kept, and what removes them. */
async function useDatabase(
  { database }: DemoFlags,
  stack: AsyncDisposableStack,
): Promise<string> {
  if (database === undefined) {
    const folder = await Deno.makeTempDir({ prefix: "callfire-orders-demo-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    return `${folder}/orders.db`;
  }
  // The driver of PostgreSQL is loaded by those alone who need it.
  const { useDemoDatabase } = await import("./demo_database.ts");
  stack.use(await useDemoDatabase(database));
  return database;
}

function describeStart(
  { members, running }: DemoFleet,
  { sandbox, receiver }: { sandbox: Sandbox; receiver: DemoReceiver },
  seconds: number,
): string {
  const addresses = running.map(({ url }) =>
    `  Status page  ${url}/
  API          ${url}/v1/orders
  Metrics      ${url}/metrics
`
  );
  const [title, list] = members.length === 1
    ? ["The daemon watches", addresses[0]!]
    : [
      "The daemons share",
      addresses.map((each, place) =>
        `Daemon ${members[place]!.number}\n${each}\n`
      ).join(""),
    ];
  return `${title} the orders of a sandbox CallFire.

${list}  CallFire     ${sandbox.baseUrl}
  Webhooks     sent to ${receiver.url}, which is down now and then

${Number.isFinite(seconds) ? `It ends after ${seconds} s` : "Ctrl-C ends it"}. \
Every change, as /v1/events tells it:
`;
}

async function main(): Promise<void> {
  const flags = readDemoFlags(Deno.args);
  if (flags === "help") return console.log(HELP);
  const { daemons, listen, seconds } = flags;
  keepLoopbackFromProxy();
  const stopping = new AbortController();
  const { signal } = stopping;
  const stop = () => stopping.abort();
  for (const name of STOP_SIGNALS) Deno.addSignalListener(name, stop);
  launcherGone().then(stop);
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await startSandbox());
  const receiver = stack.use(new DemoReceiver());
  const addresses = freeAddresses(daemons);
  if (listen !== undefined) addresses[0] = listen;
  const fleet = stack.use(
    await DemoFleet.start({
      sandbox,
      database: await useDatabase(flags, stack),
      addresses,
      webhookHost: receiver.host,
    }),
  );
  console.log(describeStart(fleet, { sandbox, receiver }, seconds));
  await receiver.register(fleet.url());
  const life = new DemoLife(sandbox);
  const orders = new DemoOrders(fleet, life);
  const acting = [
    orders.come(signal),
    receiver.comeAndGo(signal),
    ...daemons > 1 ? [showTakeovers({ fleet, life, orders, signal })] : [],
  ];
  const following = new AbortController();
  const followed = followEvents(fleet, following.signal);
  await Promise.race([
    pause(seconds === Infinity ? 2 ** 31 - 1 : seconds * 1000, signal),
    fleet.failed,
    followed,
    ...acting,
  ]);
  stop();
  await Promise.race([Promise.all(acting), fleet.failed]);
  const end = await describeEnd(fleet, sandbox, receiver);
  following.abort();
  const codes = await fleet.stop();
  await followed;
  console.log(`\n${end}
The daemon${daemons > 1 ? "s" : ""} stopped with code  ${codes.join(", ")}`);
}

try {
  await main();
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : error}`);
  Deno.exitCode = error instanceof TypeError ? 2 : 1;
}
