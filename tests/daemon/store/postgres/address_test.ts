import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  parsePostgresUrl,
  redactDatabaseUrl,
} from "../../../../daemon/store/postgres/address.ts";

Deno.test("readPostgresUrl() reads who asks where", () => {
  assertEquals(parsePostgresUrl("postgresql://me@db.example/orders"), {
    host: "db.example",
    port: 5432,
    user: "me",
    password: "",
    database: "orders",
    sslMode: "prefer",
    redactedUrl: "postgres://me@db.example/orders",
  });
  assertEquals(
    parsePostgresUrl("postgres://m%40e:p%2F%23@[::1]:6/a%20b?sslmode=require"),
    {
      host: "::1",
      port: 6,
      user: "m@e",
      password: "p/#",
      database: "a b",
      sslMode: "require",
      redactedUrl: "postgres://m%40e@[::1]:6/a%20b",
    },
  );
});

Deno.test("readPostgresUrl() refuses what it does not understand, without the password", () => {
  const cases = {
    "postgres://me:secret@/orders": "postgres://user:password@host",
    "postgres:///orders": "a socket by its path is not supported",
    "postgres://me:secret@%2Fvar%2Frun/orders": "host",
    "postgres://me:secret@one:1,two:2/orders": "one",
    "postgres://me:secret@one,two/orders": "must name one host",
    "postgres://:secret@host/orders": "must name a user",
    "postgres://me:secret@host/": "must name a database",
    "postgres://me:secret@host": "must name a database",
    "postgres://me:secret%@host/orders": "write %25 for it",
    "postgres://me:secret@host/orders#x": "write %23 for it",
    "postgres://me:#secret@host/orders": "",
    "postgres://me:12/secret@host/orders": "write %23 for #, %2F for /",
    "postgres://me:12?secret@host/orders": "write %23 for #, %2F for /",
    "postgres://me:a@b/secret@host/orders": "write %23 for #, %2F for /",
    "postgres://me:a@secret?b@host/orders": "write %23 for #, %2F for /",
    "postgres://me:a@secret#b@host/orders": "write %23 for #, %2F for /",
    "postgres://me:secret@host/orders?sslmode=allow": "not 'allow'",
    "postgres://me:secret@host/orders?sslrootcert=a": "only sslmode is read",
    "postgres://me:secret@host/orders?password=other": "'password'",
    "postgres://me:secret@host:99999/orders": "one URL",
  };
  for (const [url, reason] of Object.entries(cases)) {
    const { message } = assertThrows(() => parsePostgresUrl(url), TypeError);
    assertStringIncludes(message, reason);
    assertEquals(/secret|\n/.test(message), false, message);
    assertEquals(/secret/.test(redactDatabaseUrl(url)), false);
  }
});

Deno.test("showDatabase() shows all but the password", () => {
  assertEquals(
    redactDatabaseUrl("postgres://me:secret@host:1/orders?sslmode=require"),
    "postgres://me@host:1/orders",
  );
  assertEquals(redactDatabaseUrl("data/orders.db"), "data/orders.db");
});
