/**
 * A PostgreSQL server of a test file's own, in a folder of its own, with the
 * programs of Debian's package. It does what it can to end with the tests.
 *
 * @module
 */

import { test } from "../client/testing.ts";
import { freePort } from "../system/free_port.ts";

/** Where Debian's package has its programs, for each version. */
const PROGRAMS = "/usr/lib/postgresql";

/** Whose server it is when root runs the tests, since root may not. */
const UNPRIVILEGED = "postgres";

/** Who asks in the tests. */
const USER = "orders";

/** Who has to show a password. */
const GUARDED_USER = "guarded";

/** The databases of a server that was started. */
export class PostgresServer {
  /** Where it listens. */
  readonly port: number;
  readonly #folder: string;
  readonly #bin: string;
  readonly #settings: readonly string[];
  #child: Deno.ChildProcess;
  #databases = 0;

  private constructor(
    bin: string,
    folder: string,
    port: number,
    settings: readonly string[],
  ) {
    this.#bin = bin;
    this.#folder = folder;
    this.#settings = settings;
    this.port = port;
    this.#child = this.#spawn();
  }

  /** Where the programs of the newest version are, if any is installed. */
  static get programs(): string | undefined {
    return findPrograms();
  }

  /**
   * Starts one; it ends when the file's tests have.
   *
   * @param bin Where its programs are.
   * @param settings More settings of it, such as `max_connections=100`.
   */
  static async start(
    bin: string,
    settings: readonly string[] = [],
  ): Promise<PostgresServer> {
    const folder = await Deno.makeTempDir({ prefix: "postgres" });
    if (Deno.uid() === 0) await run("chown", [UNPRIVILEGED, folder]);
    await run(...unprivileged(`${bin}/initdb`, [
      `--pgdata=${folder}/data`,
      `--username=${USER}`,
      "--auth=trust",
      "--encoding=UTF8",
      "--locale=C",
      "--no-sync",
    ]));
    const rules = `${folder}/data/pg_hba.conf`;
    await Deno.writeTextFile(
      rules,
      `host all ${GUARDED_USER} 127.0.0.1/32 scram-sha-256\n` +
        await Deno.readTextFile(rules),
    );
    return await PostgresServer.#startIn(bin, folder, settings);
  }

  static async #startIn(
    bin: string,
    folder: string,
    settings: readonly string[],
  ): Promise<PostgresServer> {
    const server = new PostgresServer(bin, folder, freePort(), settings);
    await server.started();
    globalThis.addEventListener("unload", () => {
      try {
        server.#child.kill("SIGQUIT");
      } catch {
        // A test that failed has left it stopped.
      }
      Deno.removeSync(folder, { recursive: true });
    });
    return server;
  }

  /**
   * Starts a standby of it, which is copied to asynchronously; it ends when the
   * file's tests have.
   */
  async startStandby(): Promise<PostgresServer> {
    const folder = await Deno.makeTempDir({ prefix: "postgres" });
    if (Deno.uid() === 0) await run("chown", [UNPRIVILEGED, folder]);
    await run(...unprivileged(`${this.#bin}/pg_basebackup`, [
      `--pgdata=${folder}/data`,
      `--dbname=postgres://${USER}@127.0.0.1:${this.port}`,
      "--write-recovery-conf",
      "--checkpoint=fast",
      "--no-sync",
    ]));
    return await PostgresServer.#startIn(this.#bin, folder, this.#settings);
  }

  /** Waits until a standby has all that is committed here. */
  async copiedTo(standby: PostgresServer): Promise<void> {
    const end = await this.psql("postgres", "SELECT pg_current_wal_lsn()");
    const isThere = `SELECT pg_last_wal_replay_lsn() >= '${end}'`;
    while (await standby.psql("postgres", isThere) !== "t") {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Makes a standby a server of its own. */
  async promote(): Promise<void> {
    await this.psql("postgres", "SELECT pg_promote()");
  }

  /** Runs one of PostgreSQL's programs; answers with what it prints. */
  async runProgram(program: string, args: string[]): Promise<string> {
    return await run(`${this.#bin}/${program}`, args);
  }

  /** Makes a database and answers with its URL. */
  async makeDatabase(options = ""): Promise<string> {
    const name = `test${++this.#databases}`;
    await this.psql("postgres", `CREATE DATABASE ${name} ${options}`);
    return this.urlOf(name);
  }

  /**
   * Makes a database whose owner has to show a password. Once for a server.
   *
   * @param password The password.
   * @returns The name of the database, and that of its owner.
   */
  async makeGuardedDatabase(
    password: string,
  ): Promise<{ database: string; user: string }> {
    const quoted = `'${password.replaceAll("'", "''")}'`;
    await this.psql(
      "postgres",
      `CREATE ROLE ${GUARDED_USER} LOGIN PASSWORD ${quoted}`,
    );
    const url = await this.makeDatabase(`OWNER ${GUARDED_USER}`);
    return { database: url.split("/").at(-1)!, user: GUARDED_USER };
  }

  /** The URL of a database, maybe through another port. */
  urlOf(database: string, port = this.port): string {
    return `postgres://${USER}@127.0.0.1:${port}/${database}`;
  }

  /** Runs statements as another program; answers with what they print. */
  async psql(database: string, statements: string): Promise<string> {
    return await run(`${this.#bin}/psql`, [
      this.urlOf(database),
      "--no-psqlrc",
      "--quiet",
      "--no-align",
      "--tuples-only",
      "--set=ON_ERROR_STOP=1",
      `--command=${statements}`,
    ]);
  }

  /** Gives a file to whoever the server runs as. */
  async own(path: string): Promise<void> {
    if (Deno.uid() === 0) await run("chown", [UNPRIVILEGED, path]);
  }

  /** Stops it at once, as a crash does. */
  async crash(): Promise<void> {
    this.#child.kill("SIGQUIT");
    await this.#child.status;
  }

  /** Starts it again. */
  async restart(): Promise<void> {
    this.#child = this.#spawn();
    await this.started();
  }

  /** Waits until it answers. */
  async started(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      try {
        await this.psql("postgres", "SELECT 1");
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error(
      await Deno.readTextFile(`${this.#folder}/data/log`).catch(String),
    );
  }

  #spawn(): Deno.ChildProcess {
    const [program, args] = unprivileged(`${this.#bin}/postgres`, [
      "-D",
      `${this.#folder}/data`,
      "-p",
      String(this.port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
      "-c",
      "max_connections=200",
      ...this.#settings.flatMap((setting) => ["-c", setting]),
    ]);
    return new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }
}

/** Adds a test that needs a server, and is long over at `hung`, if told. */
export type PostgresTest = (
  name: string,
  run: (server: PostgresServer) => Promise<void>,
  hung?: number,
) => void;

/**
 * Starts a server for the tests of a file, before the first of them.
 *
 * @returns What adds a test: which is skipped where PostgreSQL is not
 * installed, and fails under `CI=true`; and the server, if there is one.
 */
export async function startPostgres(): Promise<{
  server: PostgresServer | undefined;
  postgresTest: PostgresTest;
}> {
  const bin = findPrograms();
  if (bin) {
    const server = await PostgresServer.start(bin);
    return {
      server,
      postgresTest: (name, run, hung) => test(name, () => run(server), hung),
    };
  }
  const why = "PostgreSQL is not installed: apt-get install postgresql";
  return { server: undefined, postgresTest: (name) => skip(name, why) };
}

/** Skips a test, saying why; under `CI=true` it fails. */
export function skip(name: string, why: string): void {
  if (Deno.env.get("CI") === "true") {
    return test(name, () => Promise.reject(new Error(why)));
  }
  Deno.test({ name: `${name} (skipped: ${why})`, ignore: true, fn: () => {} });
}

/** Where the programs of the newest version are, if any is installed. */
function findPrograms(): string | undefined {
  try {
    const versions = [...Deno.readDirSync(PROGRAMS)].map(({ name }) => name);
    versions.sort((one, other) => Number(other) - Number(one));
    return versions.map((version) => `${PROGRAMS}/${version}/bin`)
      .find((bin) => Deno.statSync(`${bin}/postgres`).isFile);
  } catch {
    return undefined;
  }
}

/** A command as an ordinary user runs it, who ends with us if it can. */
export function unprivileged(
  program: string,
  args: string[],
): [program: string, args: string[]] {
  if (Deno.uid() !== 0) return [program, args];
  return ["setpriv", [
    `--reuid=${UNPRIVILEGED}`,
    `--regid=${UNPRIVILEGED}`,
    "--clear-groups",
    "--pdeathsig=SIGQUIT",
    program,
    ...args,
  ]];
}

async function run(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    cwd: "/",
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout).trim();
  throw new Error(`${program} failed: ${decoder.decode(stderr)}`);
}
