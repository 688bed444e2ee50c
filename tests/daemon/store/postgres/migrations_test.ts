import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { parsePostgresUrl } from "../../../../daemon/store/postgres/address.ts";
import { ReconnectingConnection } from "../../../../daemon/store/postgres/connection_pool.ts";
import {
  migrate,
  MIGRATIONS,
} from "../../../../daemon/store/postgres/migrations.ts";
import {
  openPostgresStore,
  type PostgresStoreOptions,
} from "../../../../daemon/store/postgres/postgres_store.ts";
import { StoreError } from "../../../../daemon/store/store.ts";
import { systemClock } from "../../../../mod.ts";
import { ALONE } from "../../../helpers/store/postgres_place.ts";
import {
  type PostgresServer,
  startPostgres,
} from "../../../helpers/store/postgres_server.ts";
import {
  ADD_SECOND_VERSION_ENDPOINT,
  SECOND_VERSION_ENDPOINT,
} from "../../../helpers/store/second_version.ts";
import { begun } from "../../../helpers/store/transitions.ts";

const { postgresTest } = await startPostgres();

const NEXT = [
  "CREATE TABLE notes (id bigint PRIMARY KEY, note text)",
  "INSERT INTO notes SELECT id, 'from ' || polls FROM watches",
];

function databaseOf(url: string): string {
  return url.split("/").at(-1)!;
}

function psql(server: PostgresServer, url: string, sql: string) {
  return server.psql(databaseOf(url), sql);
}

async function open(url: string, options?: PostgresStoreOptions) {
  return await openPostgresStore(url, systemClock, options);
}

/** Tries to open a store, which is refused and leaves everything as it was. */
async function assertRefused(url: string, reason: string): Promise<void> {
  for (let time = 0; time < 2; time++) {
    const { message } = await assertRejects(() => open(url), StoreError);
    assertMatch(message, /^Cannot use the database postgres:[^\n]+: [^\n]+$/);
    assertStringIncludes(message, reason);
  }
}

/** All tables of a database that are not PostgreSQL's own. */
function tablesOf(server: PostgresServer, url: string): Promise<string> {
  return psql(
    server,
    url,
    "SELECT string_agg(schemaname || '.' || tablename, ' ' ORDER BY 1) " +
      "FROM pg_tables WHERE schemaname NOT LIKE 'pg_%' " +
      "AND schemaname <> 'information_schema'",
  );
}

postgresTest(
  "many stores that start at once make the tables once",
  async (server) => {
    const url = await server.makeDatabase();
    const stores = await Promise.all(
      Array.from({ length: 5 }, () => open(url)),
    );
    await Promise.all(
      stores.map((store, at) => store.watch([begun(String(at + 1))])),
    );
    for (const store of stores) {
      assertEquals(await store.counts(), { watching: 5, settled: {} });
    }
    await Promise.all(stores.map((store) => store.close()));
    assertEquals(
      await psql(server, url, "SELECT * FROM callfire_orders.version"),
      String(MIGRATIONS.length),
    );
  },
);

postgresTest(
  "a database is brought to the newest version, once",
  async (server) => {
    const url = await server.makeDatabase();
    const first = await open(url);
    await first.watch([begun("1"), begun("9223372036854775807")]);
    await first.close();
    const migrations = [...MIGRATIONS, NEXT];
    const stores = await Promise.all(
      Array.from({ length: 3 }, () => open(url, { migrations })),
    );
    await Promise.all(stores.map((store) => store.close()));
    assertEquals(
      await psql(
        server,
        url,
        "SELECT * FROM callfire_orders.notes ORDER BY id",
      ),
      "1|from 0\n9223372036854775807|from 0",
    );
    await assertRefused(
      url,
      `a newer daemon has made its tables (version ${migrations.length}, this ` +
        `daemon knows ${MIGRATIONS.length}); run`,
    );
  },
);

postgresTest(
  "a version that cannot be made leaves the one before",
  async (server) => {
    const url = await server.makeDatabase();
    await (await open(url)).close();
    const before = await tablesOf(server, url);
    const broken = [
      "CREATE TABLE notes (id int)",
      "INSERT INTO nowhere VALUES (1)",
    ];
    const { message } = await assertRejects(
      () => open(url, { migrations: [...MIGRATIONS, broken] }),
      StoreError,
    );
    assertEquals(
      message,
      `Cannot use the database ${url}: relation "nowhere" does not exist ` +
        "(PostgreSQL's code 42P01)",
    );
    assertEquals(await tablesOf(server, url), before);
    await (await open(url)).close();
  },
);

postgresTest(
  "the tables of another application are left alone",
  async (server) => {
    const url = await server.makeDatabase();
    await psql(server, url, "CREATE TABLE watches (mine int)");
    // Beside it is room.
    await (await open(url)).close();
    const other = await server.makeDatabase();
    await psql(
      server,
      other,
      "CREATE SCHEMA callfire_orders; CREATE TABLE callfire_orders.watches ()",
    );
    const before = await tablesOf(server, other);
    await assertRefused(
      other,
      "has the tables of another application; name an",
    );
    assertEquals(await tablesOf(server, other), before);
    // One that was made for us may be all that we are allowed.
    const empty = await server.makeDatabase();
    await psql(server, empty, "CREATE SCHEMA callfire_orders");
    await (await open(empty)).close();
  },
);

postgresTest(
  "tables that an earlier daemon made in another schema are not passed over",
  async (server) => {
    const url = await server.makeDatabase();
    // What came of a pooler that dropped the search path.
    const misplaced = [
      ...MIGRATIONS.slice(0, 3).flat(),
      "CREATE TABLE version (version int NOT NULL)",
      "INSERT INTO version VALUES (3)",
    ];
    await psql(server, url, misplaced.join(";"));
    const columns = "id, watched_at, polls, consecutive_errors";
    await psql(
      server,
      url,
      `INSERT INTO watches (${columns}) VALUES (7, 1, 0, 0)`,
    );
    const before = await tablesOf(server, url);
    await assertRefused(
      url,
      "an earlier daemon made its tables in the schema public, through a",
    );
    assertEquals(await tablesOf(server, url), before);
    const operations = await Deno.readTextFile(
      new URL("../../../../daemon/deploy/OPERATIONS.md", import.meta.url),
    );
    const [, move] = /```sql\n(CREATE SCHEMA callfire_orders;.*?)```/s
      .exec(operations) ?? [];
    await psql(server, url, move!);
    const store = await open(url);
    assertEquals((await store.counts()).watching, 1);
    await store.close();
    assertMatch(await tablesOf(server, url), /^(?:callfire_orders\.\w+ ?)+$/);
  },
);

postgresTest(
  "a database that cannot be used is refused in one line",
  async (server) => {
    const url = await server.makeDatabase();
    const latin = await server.makeDatabase(
      "ENCODING 'LATIN1' TEMPLATE template0",
    );
    await assertRefused(
      latin,
      "its encoding is LATIN1; name one that was made",
    );
    await assertRefused(server.urlOf("nowhere"), "make it with createdb");
    await assertRefused(
      server.urlOf("any", 1),
      "no server answers there; start",
    );
    await assertRefused(
      url.replace("127.0.0.1", "no-such-host.invalid"),
      "host",
    );
    await assertRefused(url.replace("orders@", "nobody@"), "see to the user");
    await server.psql("postgres", "CREATE ROLE guest LOGIN");
    const guest = url.replace("orders@", "guest:secret@");
    await assertRefused(guest, "let this user own the database");
    await server.psql(
      "postgres",
      "ALTER ROLE guest SET default_transaction_read_only = on",
    );
    await assertRefused(guest, "name the primary, which can be written to");
    for (const mode of ["require", "verify-full"]) {
      await assertRefused(`${url}?sslmode=${mode}`, "does not encrypt; set it");
    }
  },
);

postgresTest("no error shows the password", async (server) => {
  const url = await server.makeDatabase();
  const secret = "se%40cret";
  const urls = [
    server.urlOf("nowhere").replace("orders@", `orders:${secret}@`),
    url.replace("orders@", `nobody:${secret}@`),
    server.urlOf("any", 1).replace("orders@", `orders:${secret}@`),
    url.replace("orders@", `orders:${secret}@`) + "?sslmode=verify-full",
  ];
  for (const each of urls) {
    const error = await assertRejects(() => open(each), StoreError);
    const shown = Deno.inspect(error, { depth: 10, showHidden: true });
    for (const part of [secret, decodeURIComponent(secret)]) {
      assertEquals(shown.includes(part), false, shown);
    }
  }
});

postgresTest(
  "what is committed is on the disk, whatever the server's default",
  async (server) => {
    const url = await server.makeDatabase();
    const database = databaseOf(url);
    for (
      const setting of ["synchronous_commit = off", "search_path = public"]
    ) {
      await server.psql(
        "postgres",
        `ALTER DATABASE ${database} SET ${setting}`,
      );
    }
    await server.psql(
      "postgres",
      `ALTER DATABASE ${database} SET default_transaction_isolation = ` +
        "'serializable'",
    );
    await psql(
      server,
      url,
      "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
        "INSERT INTO public.seen VALUES (current_setting('synchronous_commit')" +
        ", current_setting('transaction_isolation')); RETURN NEW; END $$; " +
        "CREATE TABLE seen (a text, b text)",
    );
    const store = await open(url);
    await psql(
      server,
      url,
      "CREATE TRIGGER note AFTER INSERT ON callfire_orders.watches " +
        "EXECUTE FUNCTION public.note()",
    );
    await store.watch([begun("1")]);
    await store.close();
    assertEquals(
      await psql(server, url, "SELECT * FROM seen"),
      "on|read committed",
    );
  },
);

postgresTest(
  "endpoints are kept from before any daemon delivered to them",
  async (server) => {
    const url = await server.makeDatabase();
    const migrations = MIGRATIONS.slice(0, 2);
    const place = new ReconnectingConnection(parsePostgresUrl(url), {
      limit: 10_000,
    });
    await migrate(place.get(), url, migrations);
    await place.close();
    await psql(
      server,
      url,
      `SET search_path = callfire_orders; ${ADD_SECOND_VERSION_ENDPOINT}`,
    );
    const store = await open(url);
    const { webhooks } = store;
    const [endpoint] = await webhooks.loadEndpoints();
    assertEquals(endpoint, SECOND_VERSION_ENDPOINT);
    await store.join();
    assertEquals((await store.renew(ALONE))?.delivers, true);
    await webhooks.saveProgress([{ ...endpoint!, cursor: 8 }]);
    assertEquals((await webhooks.loadEndpoints())[0]?.cursor, 8);
    await store.close();
  },
);
