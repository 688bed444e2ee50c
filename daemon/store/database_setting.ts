/**
 * Tells the path of a SQLite file from a mistyped URL, which may hold a
 * password: a file is never made of one, and no error shows it.
 *
 * @module
 */

import { isPostgresUrl, parsePostgresUrl } from "./postgres/address.ts";

/**
 * Checks where watches are to be kept.
 *
 * @param name The flag or the variable that says so.
 * @param text What it says, without blanks around it.
 * @throws {TypeError} If it is neither the path of a file nor the URL of a
 * PostgreSQL database; the message shows nothing that may be a password.
 */
export function checkDatabase(name: string, text: string): void {
  if (isPostgresUrl(text)) {
    parsePostgresUrl(text);
  } else if (!isPath(text)) {
    const [scheme] = /^[a-z][a-z0-9+.-]+:(?=\/\/)/i.exec(text) ?? [];
    throw new TypeError(
      `Cannot use ${name} ` +
        (text === "" ? "''" : scheme ? `'${scheme}…'` : "(not shown)") +
        ": it must be the path of a SQLite file, such as data/orders.db, or a " +
        "URL such as postgres://user:password@host:5432/name; without " +
        "quotation marks, and a path without : and =",
    );
  }
}

/** Whether a text can only be meant as the path of a file. */
function isPath(text: string): boolean {
  // A drive of Windows is the one place where a path may have a colon.
  const path = text.replace(/^[a-z]:(?=[\\/])/i, "");
  return path !== "" &&
    // Quotation marks, line breaks; and what every URL has, encoded or not.
    !/["'`\u2018-\u201f\p{Cc}\p{Cf}]|:|%3a/iu.test(path) &&
    // key=value, as libpq and others have it.
    !/(?:^|[\s;&])\w*\s*=/.test(path) &&
    !/^postgres(?:ql)?\s*\/\//i.test(path);
}
