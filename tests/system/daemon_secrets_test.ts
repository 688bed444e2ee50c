import { assert, assertEquals } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { startPostgres } from "../helpers/store/postgres_server.ts";
import { TcpProxy } from "../helpers/store/tcp_proxy.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { checkConservation, Ledger } from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";
import {
  answersWithThem,
  assertNoSecret,
  DATABASE_PASSWORD,
  everythingSaid,
  LOGIN,
  orderWithIt,
  PASSWORD,
  TOKEN,
} from "../helpers/system/secrets.ts";

const MAIN = new URL("../../daemon/main.ts", import.meta.url).href;

const { postgresTest } = await startPostgres();

/** The URL of a database, with the password in it. */
function urlWithPassword(user: string, host: string, database: string): string {
  return `postgres://${user}:${encodeURIComponent(DATABASE_PASSWORD)}` +
    `@${host}/${database}`;
}

/** Lets a daemon watch orders of which every answer holds the credentials. */
async function watchAll(
  daemon: DaemonProcess,
  { faults, orders }: Sandbox,
): Promise<{ ids: string[]; ledger: Ledger; reader: EventReader }> {
  const ids = answersWithThem().map((fault) => {
    const order = orders.place({ localNumbers: { ordered: 1 } });
    faults.add({ ...fault, order });
    return order;
  });
  // The first to be polled, since the others have CallFire fail.
  ids.unshift(orders.place(orderWithIt()));
  const ledger = new Ledger();
  for (const id of ids) assert(await ledger.watch(daemon, id));
  const reader = new EventReader();
  const areSettled = () =>
    ids.every((id) =>
      reader.events.some(({ type, watch }) =>
        type === "order.settled" && watch.id === id
      )
    );
  await reader.read(daemon, areSettled);
  return { ids, ledger, reader };
}

/** Checks all that came out. */
function checkOutput(output: string): void {
  // The faults were told, so what they hold would have been.
  assert(output.includes("CallFire answered 500"));
  assert(output.includes("it holds the credentials"));
  assert(output.includes('"(redacted)"'), "an item was redacted");
  assertNoSecret(output);
}

for (const format of ["text", "json"]) {
  test(`no byte that comes out holds a secret, with --log ${format}`, () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox({
        login: LOGIN,
        password: PASSWORD,
      });
      await using daemon = await DaemonProcess.start({
        sandbox,
        folder,
        args: [`--log=${format}`],
        env: { API_TOKEN: TOKEN },
      });
      const { ids, ledger, reader } = await watchAll(daemon, sandbox);
      let out = await everythingSaid(daemon, ids) +
        JSON.stringify(reader.events);
      await checkConservation(daemon, ledger, reader);
      assertEquals(await daemon.stop(), 0, daemon.output);
      out += daemon.output;
      for (const { name } of Deno.readDirSync(folder)) {
        out += await Deno.readTextFile(`${folder}/${name}`);
      }
      checkOutput(out);
    }));
}

postgresTest(
  "no byte holds the password of the database",
  (server) =>
    withFolder(async (folder) => {
      const { database, user } = await server
        .makeGuardedDatabase(DATABASE_PASSWORD);
      await using network = new TcpProxy(server.port);
      await using sandbox = await startSandbox({
        login: LOGIN,
        password: PASSWORD,
      });
      const options = {
        sandbox,
        folder,
        database: urlWithPassword(user, `127.0.0.1:${network.port}`, database),
        env: { API_TOKEN: TOKEN },
      };
      await using daemon = await DaemonProcess.start(options);
      const { ids, ledger, reader } = await watchAll(daemon, sandbox);
      let out = await everythingSaid(daemon, ids) +
        JSON.stringify(reader.events);
      network.refuse();
      await daemon.printed(/Lost the lease/);
      const away = await everythingSaid(daemon, ids);
      assert(
        away.includes(`Cannot use the database postgres://${user}@`),
        away,
      );
      await using other = DaemonProcess.spawn(options);
      assertEquals(await other.ended(), 1, other.output);
      assert(
        other.output.includes(`database postgres://${user}@`),
        other.output,
      );
      network.heal();
      await daemon.printed(/Lost the lease[^]*Holds a lease/);
      await checkConservation(daemon, ledger, reader);
      assertEquals(await daemon.stop(), 0, daemon.output);
      out += away + daemon.output + other.output +
        await server.psql(
          database,
          "SELECT schema_to_xml('callfire_orders', true, false, '')",
        );
      checkOutput(out);
    }),
);

postgresTest(
  "a start without the right database does not say its password",
  async (server) => {
    const url = urlWithPassword("guarded", `127.0.0.1:${server.port}`, "none");
    for (
      const database of [
        url,
        url.replace("guarded", "orders"),
        url.replace(`${server.port}`, "1"),
        `${url}?sslmode=verify-full`,
      ]
    ) {
      const { code, output } = await failingStart({ DATABASE_URL: database });
      assertEquals(code, 1, output);
      assertNoSecret(output);
    }
  },
);

test("a start that fails says no secret", () =>
  withFolder(async (folder) => {
    for (
      const env of [
        { CALLFIRE_LOGIN: "a:b" },
        { CALLFIRE_PASSWORD: `${PASSWORD}\x01` },
        {
          CALLFIRE_BASE_URL: `https://l:${
            encodeURIComponent(PASSWORD)
          }@a.example`,
        },
        { CALLFIRE_BASE_URL: PASSWORD },
        { API_TOKEN: `${TOKEN} ${TOKEN}` },
        { DATABASE_URL: urlWithPassword("l", "a.example", "orders?ssl=1") },
        { DATABASE_URL: `postgres://l:12/${TOKEN}@a.example/orders` },
        { DATABASE_URL: `${urlWithPassword("l", "a.example", "orders")}#a` },
        {
          DATABASE_URL: `postgres://l:${DATABASE_PASSWORD}@a.example:x/orders`,
        },
        { MAX_REQUESTS_PER_SECOND: "x" },
      ]
    ) {
      const { code, output } = await failingStart({
        DATABASE_URL: `${folder}/orders.db`,
        ...env,
      });
      assertEquals(code, 2, output);
      assertNoSecret(output, `${Object.keys(env)}:`);
    }
  }));

/** What a daemon says that cannot start. */
async function failingStart(
  env: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", MAIN],
    env: {
      CALLFIRE_LOGIN: LOGIN,
      CALLFIRE_PASSWORD: PASSWORD,
      API_TOKEN: TOKEN,
      LISTEN: "127.0.0.1:0",
      ...env,
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}
