/**
 * Where a PostgreSQL database is and who asks there, as a URL says it.
 *
 * @module
 */

/** How a connection is encrypted, by the names that PostgreSQL has for it. */
export const SSL_MODES = [
  "disable",
  "prefer",
  "require",
  "verify-full",
] as const;

/** Where a database is, and who asks there. */
export interface PostgresAddress {
  /** The server's name or IP address. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** Who asks. */
  readonly user: string;
  /** The password; empty for none. */
  readonly password: string;
  /** The name of the database. */
  readonly database: string;
  /** How the connection is encrypted. */
  readonly sslMode: typeof SSL_MODES[number];
  /** The URL without the password, to be shown. */
  readonly redactedUrl: string;
}

/** What a URL of a database looks like. */
const EXAMPLE = "postgres://user:password@host:5432/database";

/** What is shown of a URL whose parts cannot be told apart. */
const HIDDEN = "postgres://…";

/** The port of PostgreSQL. */
const PORT = 5432;

/**
 * Tells whether a text is meant as the URL of a PostgreSQL database.
 *
 * @param text The text.
 */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:/i.test(text);
}

/**
 * Shows the URL of a database without the password that may be in it.
 *
 * @param text The URL, or the path of a file, which is shown as it is.
 */
export function redactDatabaseUrl(text: string): string {
  if (!isPostgresUrl(text)) return text;
  try {
    return parsePostgresUrl(text).redactedUrl;
  } catch {
    return HIDDEN;
  }
}

/**
 * Reads the URL of a PostgreSQL database.
 *
 * @param text The URL.
 * @throws {TypeError} If it does not say all that is needed, or more than is
 * understood; the message says what it must be, and shows no password.
 */
export function parsePostgresUrl(text: string): PostgresAddress {
  const url = URL.parse(text.replace(/^[a-z]+:/i, "postgres:"));
  if (!url || !/^[a-z]+:\/\//i.test(text)) {
    throw wrong(HIDDEN, `it must be one URL such as ${EXAMPLE}`);
  }
  // URL.parse drops line breaks and takes the others for a part of a name.
  if (/[\s"\p{Cc}\p{Cf}]|['`]$/u.test(text)) {
    throw wrong(
      HIDDEN,
      "it has a blank or a quotation mark; remove it, or write %20 or %22 for " +
        "it in a password",
    );
  }
  // Most likely a character of the password was taken for the host's end, so
  // that what follows is a part of the password: none of it is shown.
  if (`${url.pathname}${url.search}${url.hash}`.includes("@")) {
    throw wrong(
      HIDDEN,
      "it has an @ after its host; in a password write %23 for #, %2F for /, " +
        "%3F for ? and %40 for @",
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const [user, password, database] = [
    url.username,
    url.password,
    url.pathname.slice(1),
  ].map(decode);
  // Without a user, or with a colon in it, a password stands for another part.
  const redactedUrl = url.username === "" || /:|%3a/i.test(url.username)
    ? HIDDEN
    : `postgres://${url.username}@${url.host}${url.pathname}`;
  if (user === undefined || password === undefined || database === undefined) {
    throw wrong(
      redactedUrl,
      "it has a % that begins no code; write %25 for it",
    );
  }
  if (host === "" || decode(host)?.includes("/") !== false) {
    throw wrong(
      redactedUrl,
      "it must name a host, since a socket by its path is not supported; " +
        `such as ${EXAMPLE}`,
    );
  }
  if (host.includes(",") || host.includes("%2C")) {
    throw wrong(redactedUrl, "it must name one host, that of the primary");
  }
  if (user === "" || user.includes(":")) {
    throw wrong(redactedUrl, `it must name a user, as in ${EXAMPLE}`);
  }
  if (database === "") {
    throw wrong(redactedUrl, `it must name a database, as in ${EXAMPLE}`);
  }
  return {
    host,
    port: url.port === "" ? PORT : Number(url.port),
    user,
    password,
    database,
    sslMode: readParameters(url, redactedUrl),
    redactedUrl,
  };
}

function readParameters(
  url: URL,
  redactedUrl: string,
): PostgresAddress["sslMode"] {
  // A fragment is most likely the rest of a password with a # in it.
  if (url.hash !== "") {
    throw wrong(HIDDEN, "it has a #; write %23 for it");
  }
  let sslMode: PostgresAddress["sslMode"] = "prefer";
  for (const [name, value] of url.searchParams) {
    if (name !== "sslmode") {
      throw wrong(
        redactedUrl,
        `it has the parameter '${name}'; only sslmode is read`,
      );
    }
    const known = SSL_MODES.find((mode) => mode === value);
    if (!known) {
      throw wrong(
        redactedUrl,
        `its sslmode must be one of ${SSL_MODES.join(", ")}, not '${value}'`,
      );
    }
    sslMode = known;
  }
  return sslMode;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function wrong(redactedUrl: string, reason: string): TypeError {
  return new TypeError(`Cannot use the database '${redactedUrl}': ${reason}`);
}
