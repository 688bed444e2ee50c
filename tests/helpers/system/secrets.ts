/**
 * Marked secrets, all that a daemon says, and how to find the ones in the other.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { Fault } from "../../sandbox/faults.ts";
import type { NewOrder } from "../../sandbox/order.ts";
import { authorization } from "../../sandbox/testing.ts";
import type { DaemonProcess } from "./daemon_process.ts";

/** The login of the account's API user, which is no secret by itself. */
export const LOGIN = "marked-login";

/** Its password. */
export const PASSWORD = 'MARKED pä"ss\\word&<+/=1';

/** What callers of the API have to show. */
export const TOKEN = "MARKED-TOKEN-0123456789";

/** The password of the database. */
export const DATABASE_PASSWORD = 'MARKED dä"tab\\ase&<+/=1';

/** The ways in which a server may encode the password. */
const WRITTEN: readonly string[] = [
  encodeURIComponent(PASSWORD).replaceAll("%20", "+"),
  encodeURIComponent(PASSWORD).replaceAll(/%../g, (hex) => hex.toLowerCase()),
  encodeURIComponent(encodeURIComponent(PASSWORD)),
  base64url(PASSWORD),
  base64(`:${PASSWORD}`),
  PASSWORD.replaceAll("ä", "%E4").replaceAll(" ", "%20"),
];

function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
}

function base64url(text: string): string {
  return base64(text).replaceAll("+", "-").replaceAll("/", "_");
}

/** Every form in which one of the secrets might come out. */
function forms(): string[] {
  return [
    PASSWORD,
    `${LOGIN}:${PASSWORD}`,
    TOKEN,
    DATABASE_PASSWORD,
  ].flatMap((secret) => [
    secret,
    base64(secret),
    encodeURIComponent(secret),
    encodeURIComponent(base64(secret)),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;"),
  ]).concat(WRITTEN);
}

/** An order that says the password back as what was bought. */
export function orderWithIt(): NewOrder {
  const keywords = [base64(PASSWORD), ...WRITTEN, PASSWORD];
  return {
    keywords: { ordered: 1 },
    script: [
      { after: 0, status: base64url(`:${PASSWORD}`) },
      { after: 4000, status: "FINISHED", fulfilled: { keywords } },
    ],
  };
}

/** Answers of every kind that say the credentials back. */
export function answersWithThem(): Fault[] {
  const header = authorization(LOGIN, PASSWORD);
  const said = [PASSWORD, header, encodeURIComponent(PASSWORD)].join(" ");
  return [
    { kind: "status", status: 500, message: said },
    { kind: "status", status: 400, body: said },
    ...WRITTEN.map((message): Fault => ({
      kind: "status",
      status: 503,
      message,
    })),
    { kind: "body", body: `<a>${said}</a>` },
    { kind: "body", body: said },
    { kind: "redirect", location: `/${header}` },
    { kind: "reset" },
  ];
}

/**
 * Asks for everything that a daemon has to say.
 *
 * @param daemon The daemon.
 * @param ids The orders that it watches.
 */
export async function everythingSaid(
  daemon: DaemonProcess,
  ids: readonly string[],
): Promise<string> {
  const paths = [
    "/",
    "/metrics",
    "/openapi.json",
    "/-/ready",
    "/v1/summary",
    "/v1/orders",
    "/v1/orders/0",
    "/nowhere",
    ...ids.flatMap((id) => [
      `/v1/orders/${id}`,
      `/v1/orders/${id}/history`,
    ]),
  ];
  let said = "";
  for (const path of paths) {
    const response = await daemon.fetch(path);
    said += JSON.stringify([...response.headers]) + await response.text();
    const refused = await daemon.fetch(path, {
      headers: { authorization: `Bearer ${TOKEN}x` },
    });
    said += JSON.stringify([...refused.headers]) + await refused.text();
  }
  return said;
}

/** Makes sure that a text holds no secret in any form. */
export function assertNoSecret(text: string, about = ""): void {
  for (const form of forms()) {
    assert(!text.includes(form), `${about} a secret came out: ${form}`);
  }
}
