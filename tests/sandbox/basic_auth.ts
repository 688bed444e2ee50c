/**
 * HTTP Basic authentication, as the sandbox checks it.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Tells whether an Authorization header holds the right login and password. */
export type AuthorizationCheck = (header: string | undefined) => boolean;

/** Makes the check for one login and password, both sent as UTF-8. */
export function basicAuth(login: string, password: string): AuthorizationCheck {
  const token = Buffer.from(`${login}:${password}`, "utf8").toString("base64");
  const usual = `Basic ${token}`;
  return (header) => {
    if (header === usual) return true;
    // The name of a scheme may be written in any case.
    return /^basic +(.*)$/i.exec(header ?? "")?.[1] === token;
  };
}
