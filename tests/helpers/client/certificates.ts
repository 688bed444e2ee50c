/**
 * Certificates for servers of tests. They hold until 2126, and were made once
 * with openssl; the key of their authority is not kept.
 *
 * @module
 */

import tls from "node:tls";
import type { Certificate } from "./raw_server.ts";

// Deno has it, but not its types.
declare module "node:tls" {
  function setDefaultCACertificates(certificates: readonly string[]): void;
}

/** Where the authority's certificate is, for a process that is to trust it. */
export const AUTHORITY: string =
  new URL("./certificates/ca.pem", import.meta.url).pathname;

const key = read("key");

/** For `localhost` and 127.0.0.1. */
export const THIS_MACHINE: Certificate = { cert: read("this_machine"), key };

/** By the same authority, but for `elsewhere.example`. */
export const ELSEWHERE: Certificate = { cert: read("elsewhere"), key };

/** Trusts the authority within this process, until it is disposed. */
export function trustAuthority(): Disposable {
  const before = tls.getCACertificates("default");
  tls.setDefaultCACertificates([...before, read("ca")]);
  return { [Symbol.dispose]: () => tls.setDefaultCACertificates(before) };
}

function read(name: string): string {
  return Deno.readTextFileSync(
    new URL(`./certificates/${name}.pem`, import.meta.url),
  );
}
