/**
 * PgBouncer before a PostgreSQL server of the tests.
 *
 * @module
 */

import { freePort } from "../system/free_port.ts";
import { type PostgresServer, unprivileged } from "./postgres_server.ts";

/** What the tests need it from. */
export const PGBOUNCER = { program: "pgbouncer", debianPackage: "pgbouncer" };

/** How long it may take to start, in tries of 50 ms. */
const MAX_TRIES = 200;

/** A pooler that runs. */
export class PgBouncer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #folder: string;

  private constructor(
    child: Deno.ChildProcess,
    folder: string,
    /** Where it listens. */
    readonly port: number,
  ) {
    this.#child = child;
    this.#folder = folder;
  }

  /**
   * Starts one.
   *
   * @param server What it stands before.
   * @param settings Its settings, such as `pool_mode`.
   */
  static async start(
    server: PostgresServer,
    settings: Record<string, string>,
  ): Promise<PgBouncer> {
    const folder = await Deno.makeTempDir({ prefix: "pgbouncer" });
    const port = freePort();
    const lines = {
      listen_addr: "127.0.0.1",
      listen_port: String(port),
      unix_socket_dir: "",
      auth_type: "trust",
      auth_file: `${folder}/users`,
      ...settings,
    };
    await Deno.writeTextFile(`${folder}/users`, '"orders" ""\n');
    await Deno.writeTextFile(
      `${folder}/pgbouncer.ini`,
      `[databases]\n* = host=127.0.0.1 port=${server.port}\n[pgbouncer]\n` +
        Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`)
          .join(""),
    );
    for (const name of ["", "/users", "/pgbouncer.ini"]) {
      await server.own(folder + name);
    }
    // Debian has it where an ordinary user does not look.
    const path = `${Deno.env.get("PATH")}:/usr/sbin`;
    const [program, args] = unprivileged("pgbouncer", [
      `${folder}/pgbouncer.ini`,
    ]);
    const child = new Deno.Command(program, {
      args,
      env: { PATH: path },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const pooler = new PgBouncer(child, folder, port);
    await pooler.#started();
    return pooler;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #started(): Promise<void> {
    for (let tries = 1;; tries++) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port }))
          .close();
        return;
      } catch (error) {
        if (tries === MAX_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}
