import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Config,
  ConfigError,
  ENVIRONMENT_VARIABLES,
  parseConfig,
} from "../../../daemon/config/config.ts";
import { permissionFlags } from "../../../daemon/config/permissions.ts";
import { test } from "../../helpers/client/testing.ts";

function flags(args: string[], baseUrl = ""): string[] {
  const values: Record<string, string> = {
    CALLFIRE_LOGIN: "login",
    CALLFIRE_PASSWORD: "password",
    CALLFIRE_BASE_URL: baseUrl,
    API_TOKEN: "token",
  };
  return permissionFlags(parseConfig(args, (name) => values[name]) as Config);
}

Deno.test("permissionFlags() permits the usual settings just what they need", () => {
  assertEquals(flags([]), [
    "--no-prompt",
    "--no-remote",
    "--cached-only",
    "--allow-net=127.0.0.1:9837,www.callfire.com:443",
    "--allow-read=data",
    "--allow-write=data",
    `--allow-env=${ENVIRONMENT_VARIABLES},STOP_WHEN_STDIN_CLOSES`,
  ]);
});

Deno.test("permissionFlags() follows the settings", () => {
  const given = flags(
    ["--listen=[::1]:80", "--database=/var/lib/a b/orders.db"],
    "http://127.0.0.1:9838/api/1.1/rest",
  );
  assert(given.includes("--allow-net=[::1]:80,127.0.0.1:9838"));
  assert(given.includes("--allow-read=/var/lib/a b"));
  assert(given.includes("--allow-write=/var/lib/a b"));
});

Deno.test("permissionFlags() permits the hosts that webhooks may be sent to", () => {
  const named = flags(["--webhook-hosts=example.com,[::1]:8080"]);
  assert(named.includes(
    "--allow-net=127.0.0.1:9837,www.callfire.com:443,example.com:443,[::1]:8080",
  ));
  const any = flags(["--webhook-hosts=example.com,*"]);
  assert(any.includes("--allow-net"));
});

Deno.test("permissionFlags() permits the server of a database instead of folders", () => {
  const cases = {
    "postgres://me:secret@db.example/orders": "db.example:5432",
    "postgresql://me@127.0.0.1:6432/orders?sslmode=disable": "127.0.0.1:6432",
    "postgres://me@[::1]:5433/orders": "[::1]:5433",
  };
  for (const [database, host] of Object.entries(cases)) {
    assertEquals(flags([`--database=${database}`]), [
      "--no-prompt",
      "--no-remote",
      "--cached-only",
      `--allow-net=127.0.0.1:9837,www.callfire.com:443,${host}`,
      "--ignore-env=PGAPPNAME,PGTARGETSESSIONATTRS",
      `--allow-env=${ENVIRONMENT_VARIABLES},STOP_WHEN_STDIN_CLOSES`,
    ]);
  }
});

Deno.test("permissionFlags() takes the port of a base URL from its scheme", () => {
  for (
    const [baseUrl, host] of [
      ["https://callfire.example/rest", "callfire.example:443"],
      ["http://localhost/rest", "localhost:80"],
      ["https://[::1]:8443/rest", "[::1]:8443"],
    ]
  ) {
    const net = flags([], baseUrl).find((flag) => /^--allow-net=/.test(flag));
    assert(net?.endsWith(`,${host}`), baseUrl);
  }
});

Deno.test("permissionFlags() refuses a folder that Deno cannot be permitted", () => {
  assertThrows(
    () => flags(["--database=/var/lib/a,b/orders.db"]),
    ConfigError,
    "Cannot use a database in the folder '/var/lib/a,b': ",
  );
});

test("permissionFlags() permits what symbolic links lead to, too", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${folder}/a b`);
    await Deno.symlink(`${folder}/a b`, `${folder}/link`);
    await Deno.symlink("link/of.db", `${folder}/orders.db`);
    await Deno.writeTextFile(`${folder}/a b/of.db`, "");
    const cases = {
      // A folder that is yet to be made.
      "link/new/orders.db": `${folder}/link/new,${folder}/a b/new`,
      "orders.db": `${folder},${folder}/a b`,
      "a b/of.db": `${folder}/a b`,
    };
    for (const [database, folders] of Object.entries(cases)) {
      const given = flags([`--database=${folder}/${database}`]);
      const files = given.filter((flag) => /^--allow-(read|write)/.test(flag));
      assertEquals(files, [
        `--allow-read=${folders}`,
        `--allow-write=${folders}`,
      ]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
