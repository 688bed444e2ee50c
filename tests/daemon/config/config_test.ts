import { assertEquals, assertThrows } from "@std/assert";
import {
  type Config,
  ConfigError,
  type Environment,
  ENVIRONMENT_VARIABLES,
  HELP,
  parseConfig,
} from "../../../daemon/config/config.ts";

const CREDENTIALS = {
  CALLFIRE_LOGIN: "login",
  CALLFIRE_PASSWORD: "hidden-password",
};

function environment(values: Record<string, string>): Environment {
  return (name) => values[name];
}

function read(args: string[], values: Record<string, string> = {}): Config {
  const config = parseConfig(args, environment({ ...CREDENTIALS, ...values }));
  if (config === "help") throw new Error("no settings, but help");
  return config;
}

Deno.test("readConfig() has a default for all but the credentials", () => {
  assertEquals(read([]), {
    listen: { hostname: "127.0.0.1", port: 9837 },
    database: "data/orders.db",
    login: "login",
    password: "hidden-password",
    baseUrl: undefined,
    maxRequestsPerSecond: 10,
    expireAfter: 24 * 3_600_000,
    apiToken: undefined,
    webhookHosts: { isAny: false, named: [], isPrivateAllowed: false },
    logFormat: "text",
  });
});

Deno.test("readConfig() takes each setting from its variable", () => {
  const config = read([], {
    LISTEN: "[::1]:80",
    DATABASE_URL: "/var/lib/orders.db",
    CALLFIRE_BASE_URL: "http://127.0.0.1:1/rest",
    MAX_REQUESTS_PER_SECOND: "0.5",
    EXPIRE_AFTER: "1h30m",
    API_TOKEN: "secret-token",
    WEBHOOK_HOSTS: "example.com,127.0.0.1:8080",
    WEBHOOK_ALLOW_PRIVATE: "true",
    LOG_FORMAT: "json",
  });
  assertEquals(config, {
    listen: { hostname: "::1", port: 80 },
    database: "/var/lib/orders.db",
    login: "login",
    password: "hidden-password",
    baseUrl: "http://127.0.0.1:1/rest",
    maxRequestsPerSecond: 0.5,
    expireAfter: 5_400_000,
    apiToken: "secret-token",
    webhookHosts: {
      isAny: false,
      named: ["example.com:443", "127.0.0.1:8080"],
      isPrivateAllowed: true,
    },
    logFormat: "json",
  });
});

Deno.test("readConfig() takes a flag before its variable", () => {
  const config = read(
    [
      "--listen=localhost:0",
      "--database",
      "a.db",
      "--max-requests-per-second=0",
      "--expire-after=7d",
      "--webhook-hosts=*",
      "--webhook-allow-private",
      "--log=text",
    ],
    {
      WEBHOOK_HOSTS: "?",
      WEBHOOK_ALLOW_PRIVATE: "wrong",
      LISTEN: "wrong",
      DATABASE_URL: "b.db",
      MAX_REQUESTS_PER_SECOND: "wrong",
      EXPIRE_AFTER: "wrong",
      LOG_FORMAT: "json",
    },
  );
  assertEquals(config.listen, { hostname: "localhost", port: 0 });
  assertEquals(config.database, "a.db");
  assertEquals(config.maxRequestsPerSecond, Infinity);
  assertEquals(config.expireAfter, 7 * 86_400_000);
  assertEquals(config.logFormat, "text");
  assertEquals(config.webhookHosts, {
    isAny: true,
    named: [],
    isPrivateAllowed: true,
  });
});

Deno.test("readConfig() takes an empty variable for one that is not set", () => {
  const values = Object.fromEntries(
    ENVIRONMENT_VARIABLES.map((name) => [name, ""]),
  );
  assertEquals(read([], { ...values, ...CREDENTIALS }), read([]));
});

const REFUSED: [string[], Record<string, string>, string][] = [
  [["--listen", "9837"], {}, "Cannot use --listen '9837'"],
  [["--listen", "host:65536"], {}, "Cannot use --listen 'host:65536'"],
  [[], { LISTEN: "::1:80" }, "Cannot use LISTEN '::1:80'"],
  [["--listen=0.0.0.0:80"], {}, "'0.0.0.0' without API_TOKEN"],
  [["--listen=localhost.example:80"], {}, "without API_TOKEN"],
  [["--expire-after=0h"], {}, "Cannot use --expire-after '0h'"],
  [["--expire-after=24"], {}, "such as 90m, 24h or 7d"],
  [[], { EXPIRE_AFTER: "-1h" }, "Cannot use EXPIRE_AFTER '-1h'"],
  [["--max-requests-per-second=ten"], {}, "'ten': it must be a number"],
  [["--max-requests-per-second=1e9"], {}, "'1e9'"],
  [[], { MAX_REQUESTS_PER_SECOND: "0.001" }, "MAX_REQUESTS_PER_SECOND"],
  [["--webhook-hosts=a;b"], {}, "'a;b': it must be hosts such as"],
  [[], { WEBHOOK_HOSTS: "foo..bar" }, "Cannot use WEBHOOK_HOSTS 'foo..bar'"],
  [["--log=xml"], {}, "Cannot use --log 'xml': it must be text or json"],
  [["--verbose"], {}, "Unknown option '--verbose'"],
  [["orders.db"], {}, "'orders.db'"],
  [["--listen"], {}, "'--listen <value>' argument missing"],
  [[], { CALLFIRE_LOGIN: "" }, "CALLFIRE_LOGIN is not set"],
  [[], { CALLFIRE_PASSWORD: "" }, "CALLFIRE_PASSWORD is not set"],
  [[], { API_TOKEN: "two words" }, "Cannot use API_TOKEN"],
  [["--database=postgres://me:hidden-password@/db"], {}, "must be one URL"],
  [
    ["--database=postgres://me:hidden-password@host/db?ssl=1"],
    {},
    "'postgres://me@host/db': it has the parameter 'ssl'",
  ],
  [["--database=mysql://me:hidden-password@host/db"], {}, "'mysql:…'"],
];

Deno.test("readConfig() refuses each wrong setting in one line", () => {
  for (const [args, values, message] of REFUSED) {
    const error = assertThrows(() => read(args, values), ConfigError, message);
    assertEquals(error.message.includes("\n"), false, error.message);
    assertEquals(error.message.includes("hidden-password"), false);
    assertEquals(error.message.includes("two words"), false);
  }
});

Deno.test("readConfig() lets others in only by a token", () => {
  const config = read(["--listen=0.0.0.0:80"], { API_TOKEN: "token" });
  assertEquals(config.listen.hostname, "0.0.0.0");
});

Deno.test("--help goes before anything that is wrong, and names it all", () => {
  assertEquals(parseConfig(["--help", "--log=no"], () => undefined), "help");
  for (const name of ENVIRONMENT_VARIABLES) {
    assertEquals(HELP.includes(name), true, name);
  }
});
