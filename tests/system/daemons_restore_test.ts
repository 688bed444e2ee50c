import { assertEquals } from "@std/assert";
import { LONG_TEST_HUNG } from "../helpers/client/testing.ts";
import { startPostgres } from "../helpers/store/postgres_server.ts";
import { TcpProxy } from "../helpers/store/tcp_proxy.ts";
import { pause } from "../helpers/system/pause.ts";
import { checkRestore } from "../helpers/system/restore_testing.ts";

const { server: primary, postgresTest } = await startPostgres();
const standby = await primary?.startStandby();

const REWOUND = /The database was put back to an earlier state/;

postgresTest(
  "a restore with pg_restore uses no id of an event again",
  async (server) => {
    const url = await server.makeDatabase();
    const name = url.split("/").at(-1)!;
    await checkRestore({
      database: url,
      async backUp({ daemon, folder }) {
        await server.runProgram("pg_dump", dumpFlags(folder, url));
        return daemon;
      },
      async restore({ daemon, folder, start }) {
        assertEquals(await daemon.stop(), 0, daemon.output);
        await server.psql(name, "DROP SCHEMA callfire_orders CASCADE");
        await server.runProgram("pg_restore", restoreFlags(folder, url));
        return await start();
      },
    });
  },
  LONG_TEST_HUNG,
);

postgresTest(
  "a restore under a running daemon uses no id of an event again",
  async (server) => {
    const url = await server.makeDatabase();
    await checkRestore({
      database: url,
      async backUp({ daemon, folder }) {
        await server.runProgram("pg_dump", dumpFlags(folder, url));
        return daemon;
      },
      async restore({ daemon, folder }) {
        await server.runProgram("pg_restore", [
          ...["--clean", "--single-transaction"],
          ...restoreFlags(folder, url),
        ]);
        await daemon.printed(REWOUND);
        return daemon;
      },
    });
  },
  LONG_TEST_HUNG,
);

postgresTest(
  "a standby that takes over uses no id of an event again",
  async (server) => {
    const url = await server.makeDatabase();
    await using network = new TcpProxy(server.port);
    let isDown = false;
    try {
      await checkRestore({
        database: server.urlOf(url.split("/").at(-1)!, network.port),
        async backUp({ daemon }) {
          await server.copiedTo(standby!);
          // What is committed from now on does not reach it.
          await standby!.crash();
          return daemon;
        },
        async restore({ daemon }) {
          await server.crash();
          isDown = true;
          await standby!.restart();
          await standby!.promote();
          network.redirect(standby!.port);
          await daemon.printed(REWOUND);
          // It takes its orders by another lease.
          while (daemon.output.split("Holds a lease").length < 3) {
            await pause(50);
          }
          return daemon;
        },
      });
    } finally {
      if (isDown) await server.restart();
    }
  },
  LONG_TEST_HUNG,
);

function dumpFlags(folder: string, url: string): string[] {
  const file = `--file=${folder}/orders.dump`;
  return ["--format=custom", "--schema=callfire_orders", file, url];
}

function restoreFlags(folder: string, url: string): string[] {
  return ["--no-owner", `--dbname=${url}`, `${folder}/orders.dump`];
}
