import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { openPostgresStore } from "../../../../daemon/store/postgres/postgres_store.ts";
import { StoreError } from "../../../../daemon/store/store.ts";
import { systemClock } from "../../../../mod.ts";
import { testWithProgram } from "../../../helpers/daemon/debian_program.ts";
import { PGBOUNCER, PgBouncer } from "../../../helpers/store/pgbouncer.ts";
import { startPostgres } from "../../../helpers/store/postgres_server.ts";
import { begun } from "../../../helpers/store/transitions.ts";

const { server } = await startPostgres();

/** What people put into `ignore_startup_parameters` to get clients going. */
const ALL = "search_path,synchronous_commit,default_transaction_isolation," +
  "idle_in_transaction_session_timeout,tcp_user_timeout,statement_timeout";

const CASES: [name: string, Record<string, string>, reason: RegExp][] = [
  [
    "in session mode",
    { pool_mode: "session" },
    /unsupported startup parameter: search_path/,
  ],
  [
    "in session mode that ignores search_path",
    { pool_mode: "session", ignore_startup_parameters: "search_path" },
    /unsupported startup parameter: synchronous_commit/,
  ],
  [
    "in session mode that ignores all settings",
    { pool_mode: "session", ignore_startup_parameters: ALL },
    /drops .*search_path.*, statement_timeout/,
  ],
  [
    "in session mode that sets the schema, and drops the timeouts",
    {
      pool_mode: "session",
      ignore_startup_parameters: ALL,
    },
    /drops idle_in_transaction_session_timeout, statement_timeout/,
  ],
  [
    "in transaction mode",
    { pool_mode: "transaction" },
    /unsupported startup parameter: search_path/,
  ],
  [
    "in transaction mode that ignores all settings",
    { pool_mode: "transaction", ignore_startup_parameters: ALL },
    /drops .*search_path.*, statement_timeout/,
  ],
  [
    "in statement mode that ignores all settings",
    { pool_mode: "statement", ignore_startup_parameters: ALL },
    /drops .*search_path.*, statement_timeout/,
  ],
];

for (const [name, settings, reason] of CASES) {
  testWithProgram(
    PGBOUNCER,
    `PgBouncer ${name} is recognised, and no table is made`,
    async () => {
      if (!server) throw new Error("PostgreSQL is not installed");
      await using pooler = await PgBouncer.start(server, settings);
      const url = await server.makeDatabase();
      const database = url.split("/").at(-1)!;
      if (name.includes("sets the schema")) {
        await server.psql(
          database,
          `ALTER DATABASE ${database} SET search_path = callfire_orders`,
        );
      }
      const open = (port?: number) =>
        openPostgresStore(server.urlOf(database, port), systemClock);
      // Again, since what the first start made would be in the second's way.
      for (let time = 0; time < 2; time++) {
        const { message } = await assertRejects(
          () => open(pooler.port),
          StoreError,
        );
        assertMatch(message, reason);
        assertMatch(message, /^Cannot use the database postgres:[^\n]+$/);
        assertMatch(message, /host and port of the PostgreSQL server itself/);
        assertEquals(
          await server.psql(
            database,
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'call%' " +
              "UNION SELECT relname FROM pg_class JOIN pg_namespace n " +
              "ON n.oid = relnamespace WHERE nspname = 'public'",
          ),
          "",
        );
      }
      // Named itself, the server takes it.
      const store = await open();
      await store.watch([begun("1")]);
      assertEquals((await store.counts()).watching, 1);
      await store.close();
      // And what is there then stays as it is.
      await assertRejects(() => open(pooler.port), StoreError);
    },
  );
}
