import { assertEquals, assertMatch } from "@std/assert";
import {
  CertificateFolder,
  showCertificate,
} from "../helpers/store/certificates.ts";
import {
  type PostgresServer,
  startPostgres,
} from "../helpers/store/postgres_server.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";

const { postgresTest } = await startPostgres();

/** Whether all connections of daemons are encrypted. */
const ARE_ENCRYPTED = `SELECT bool_and(ssl) FROM pg_stat_ssl
  JOIN pg_stat_activity USING (pid) WHERE application_name = 'callfire-orders'`;

/** How to connect, and what comes of it. */
interface Attempt {
  /** The part of the URL that says how to encrypt. */
  sslmode: string;
  /** The host's name in the URL. */
  host?: string;
  /** The file of an authority that is trusted. */
  trusted?: string;
}

/** What a daemon prints that cannot start; of one that can, how it connects. */
async function attempt(
  server: PostgresServer,
  { host = "localhost", sslmode, trusted }: Attempt,
): Promise<string> {
  let came = "";
  await withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    const url = await server.makeDatabase();
    await using daemon = DaemonProcess.spawn({
      sandbox,
      folder,
      database: `${url.replace("127.0.0.1", host)}?sslmode=${sslmode}`,
      env: trusted === undefined ? {} : { DENO_CERT: trusted },
    });
    const ended = daemon.ended();
    await Promise.race([daemon.printed(/Started/).catch(() => {}), ended]);
    if (!daemon.output.includes("Started")) {
      assertEquals(await ended, 1, daemon.output);
      came = daemon.output;
      return;
    }
    const encrypted = await server.psql("postgres", ARE_ENCRYPTED);
    came = encrypted === "t" ? "encrypted" : "plain";
    assertEquals(await daemon.stop(), 0, daemon.output);
  });
  return came;
}

postgresTest(
  "a daemon encrypts what goes to the database, as sslmode says",
  (server) =>
    withFolder(async (folder) => {
      // The server, which is another user, reads its certificate there.
      await Deno.chmod(folder, 0o755);
      const made = new CertificateFolder(folder);
      const authority = await made.selfSigned("authority", "authority.example");
      const signed = await made.signed("signed", "localhost", authority);
      const trusted = authority.certificate;

      assertEquals(await attempt(server, { sslmode: "prefer" }), "plain");
      assertMatch(
        await attempt(server, { sslmode: "require" }),
        /: the server does not encrypt; set it up there/,
      );

      const alone = await made.selfSigned("alone", "localhost");
      await showCertificate(server, alone);
      for (const sslmode of ["prefer", "require"]) {
        assertEquals(await attempt(server, { sslmode }), "encrypted", sslmode);
      }
      assertEquals(await attempt(server, { sslmode: "disable" }), "plain");
      const sslmode = "verify-full";
      assertMatch(
        await attempt(server, { sslmode, trusted }),
        /: its certificate is signed by itself alone; have it signed/,
      );

      await showCertificate(server, signed);
      assertMatch(
        await attempt(server, { sslmode }),
        /: its certificate is signed by nobody known; let DENO_CERT be/,
      );
      assertEquals(await attempt(server, { sslmode, trusted }), "encrypted");
      // It is for that name alone.
      assertMatch(
        await attempt(server, { sslmode, trusted, host: "127.0.0.1" }),
        /Hostname\/IP does not match certificate's altnames/,
      );
    }),
);
