import { assert, assertEquals } from "@std/assert";
import { type Config, parseConfig } from "../../../../daemon/config/config.ts";
import { permissionFlags } from "../../../../daemon/config/permissions.ts";
import { runProgram } from "../../../helpers/daemon/debian_program.ts";
import { startPostgres } from "../../../helpers/store/postgres_server.ts";

const { postgresTest } = await startPostgres();

const PROGRAM =
  new URL("../../../helpers/store/use_postgres_store.ts", import.meta.url).href;
const CONFIG = new URL("../../../../deno.json", import.meta.url).pathname;

/** Runs the program with the permissions of a daemon with this database. */
async function use(database: string, permitted = database) {
  const credentials: Record<string, string> = {
    CALLFIRE_LOGIN: "login",
    CALLFIRE_PASSWORD: "password",
  };
  const config = parseConfig(
    [`--database=${permitted}`],
    (name) => credentials[name],
  );
  const flags = permissionFlags(config as Config);
  return await runProgram("env", [
    // None of these is to change anything.
    "PGHOST=nowhere.invalid",
    "PGAPPNAME=other",
    "PGTARGETSESSIONATTRS=standby",
    "PGSSLMODE=verify-full",
    "NO_COLOR=1",
    Deno.execPath(),
    "run",
    "--quiet",
    `--config=${CONFIG}`,
    ...flags,
    PROGRAM,
    database,
  ]);
}

postgresTest(
  "a store needs to reach its server, nothing else",
  async (server) => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const url = (await server.makeDatabase()).replace("127.0.0.1", host);
      assertEquals(await use(url), { code: 0, output: "1\n" });
    }
    const url = await server.makeDatabase();
    const { code, output } = await use(url, url.replace(/:\d+\//, ":1/"));
    assertEquals(code, 1);
    assert(output.includes("Deno may not use it ("), output);
  },
);
