/**
 * Certificates for a PostgreSQL server of the tests, made by openssl, which
 * Debian's package of PostgreSQL brings along.
 *
 * @module
 */

import { runProgram } from "../daemon/debian_program.ts";
import type { PostgresServer } from "./postgres_server.ts";

/** The files of a certificate. */
export interface Certificate {
  /** The path of the certificate. */
  certificate: string;
  /** The path of its private key. */
  key: string;
}

/** A private key that is made with a certificate, and protected by nothing. */
const NEW_KEY = [
  ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
];

/** Makes certificates in a folder. */
export class CertificateFolder {
  readonly #folder: string;

  /**
   * Begins with none.
   *
   * @param folder The folder's path.
   */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Makes one that nobody but itself has signed.
   *
   * @param name What it is called.
   * @param host The name of the host that it is for; any for an authority.
   */
  async selfSigned(name: string, host: string): Promise<Certificate> {
    const made = this.#files(name);
    await openssl(
      ...["req", "-x509", ...NEW_KEY, "-days", "2", "-subj", `/CN=${host}`],
      ...["-addext", `subjectAltName=DNS:${host}`],
      ...["-keyout", made.key, "-out", made.certificate],
    );
    return made;
  }

  /**
   * Makes one that an authority has signed.
   *
   * @param name What it is called.
   * @param host The name of the host that it is for.
   * @param authority Who signs it.
   */
  async signed(
    name: string,
    host: string,
    authority: Certificate,
  ): Promise<Certificate> {
    const made = this.#files(name);
    const request = `${this.#folder}/${name}.request`;
    const extensions = `${this.#folder}/${name}.extensions`;
    await openssl(
      ...["req", ...NEW_KEY, "-subj", `/CN=${host}`],
      ...["-keyout", made.key, "-out", request],
    );
    await Deno.writeTextFile(
      extensions,
      `subjectAltName=DNS:${host}\nbasicConstraints=CA:FALSE\n`,
    );
    await openssl(
      ...["x509", "-req", "-in", request, "-days", "2"],
      ...["-CA", authority.certificate, "-CAkey", authority.key],
      ...["-CAcreateserial", "-extfile", extensions, "-out", made.certificate],
    );
    return made;
  }

  #files(name: string): Certificate {
    return {
      certificate: `${this.#folder}/${name}.crt`,
      key: `${this.#folder}/${name}.key`,
    };
  }
}

/**
 * Lets a server encrypt, with a certificate, for those who connect from now on.
 *
 * @param server The server.
 * @param shown The certificate that it shows.
 */
export async function showCertificate(
  server: PostgresServer,
  { certificate, key }: Certificate,
): Promise<void> {
  await server.own(key);
  await server.own(certificate);
  for (
    const setting of [
      `ssl_cert_file = '${certificate}'`,
      `ssl_key_file = '${key}'`,
      "ssl = on",
    ]
  ) await server.psql("postgres", `ALTER SYSTEM SET ${setting}`);
  await server.psql("postgres", "SELECT pg_reload_conf()");
  let shown = "";
  while (shown !== `${certificate} on`) {
    shown = await server.psql(
      "postgres",
      "SELECT current_setting('ssl_cert_file') || ' ' || current_setting('ssl')",
    );
  }
}

async function openssl(...args: string[]): Promise<void> {
  const { code, output } = await runProgram("openssl", args);
  if (code !== 0) throw new Error(`openssl ${args[0]} failed: ${output}`);
}
