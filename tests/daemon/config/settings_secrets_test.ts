import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  type Config,
  ConfigError,
  ENVIRONMENT_VARIABLES,
  parseConfig,
} from "../../../daemon/config/config.ts";
import {
  parseOrderIds,
  parseWaitFlags,
} from "../../../daemon/cli/wait_flags.ts";

const CREDENTIALS: Record<string, string> = {
  CALLFIRE_LOGIN: "login",
  CALLFIRE_PASSWORD: "password",
};

function read(args: string[], values: Record<string, string> = {}): Config {
  const all = { ...CREDENTIALS, ...values };
  const config = parseConfig(args, (name) => all[name]);
  if (config === "help") throw new Error("no settings, but help");
  return config;
}

/** Runs something that is refused in one line without the text `hunter2`. */
function refused(run: () => unknown, label: string): string {
  const { message } = assertThrows(run, ConfigError);
  assertEquals(/hunter2|[\r\n]/i.test(message), false, `${label}: ${message}`);
  return message;
}

const URL = "postgres://a:hunter2@h/x";

/** What people make of a URL; each would be a SQLite file's path otherwise. */
const MISTYPED_DATABASES = [
  `"${URL}"`,
  `'${URL}'`,
  "`" + URL + "`",
  `\u201c${URL}\u201d`,
  `<${URL}>`,
  "postgres//a:hunter2@h/x",
  "postgres//hunter2/x",
  "postgres ://a:hunter2@h/x",
  "postgres: //a:hunter2@h/x",
  `data/${URL}`,
  `./${URL}`,
  "postgres:/a:hunter2@h/x",
  "postgres:a:hunter2@h/x",
  "postgres:hunter2",
  "postgres:///a:hunter2@h/x",
  "postgres://a:hunter2",
  "postgres://a:hunter2/x",
  "postgres://a%3Ahunter2@h/x",
  "postgres://postgres://a:hunter2@h/x",
  "postgres://:hunter2@h/x",
  "postgrs://a:hunter2@h/x",
  "mysql://a:hunter2@h",
  "MYSQL://a:hunter2@h",
  "file:///hunter2/orders.db",
  "sqlite:///hunter2/orders.db",
  "jdbc:postgresql://h/x?user=a&password=hunter2",
  "https://h/x?password=hunter2",
  `psql '${URL}'`,
  `psql ${URL}`,
  `DATABASE_URL=${URL}`,
  `export DATABASE_URL="${URL}"`,
  `${URL}"`,
  `"${URL}`,
  `${URL}'`,
  `${URL} `.repeat(2),
  `${URL}\n${URL}`,
  "postgres://a:hunter2@h/x y",
  "postgres://a:hun ter2@h/hunter2",
  "postgres://a:hunter2@h/x\u200b",
  `\u200b${URL}`,
  "//a:hunter2@h/x",
  "a:hunter2@h/x",
  "a:hunter2@h:5432/x",
  "10.0.0.1:5432/hunter2",
  ":hunter2:",
  "host=h user=a password=hunter2 dbname=x",
  "password = hunter2",
  "Server=h;Password=hunter2",
  encodeURIComponent(URL),
  '"data/hunter2.db"',
  'my "hunter2".db',
  "data/hunter2\n.db",
];

Deno.test("no mistyped database URL becomes a file or is shown", () => {
  for (const text of MISTYPED_DATABASES) {
    const message = refused(() => read([], { DATABASE_URL: text }), text);
    assertMatch(message, /^Cannot use (?:DATABASE_URL|the database) /);
    refused(() => read([`--database=${text}`]), text);
    refused(() => read(["--database", ` ${text}`]), text);
  }
});

Deno.test("blanks, line breaks and a BOM around a setting are removed", () => {
  const padded = (text: string) => `\ufeff \t${text}\r\n`;
  const values = {
    LISTEN: "127.0.0.1:80",
    DATABASE_URL: URL,
    CALLFIRE_BASE_URL: "https://callfire.example/rest",
    MAX_REQUESTS_PER_SECOND: "5",
    EXPIRE_AFTER: "1h",
    API_TOKEN: "token",
    WEBHOOK_HOSTS: "example.com",
    WEBHOOK_ALLOW_PRIVATE: "true",
    LOG_FORMAT: "json",
  };
  const withBlanks = Object.fromEntries(
    Object.entries(values).map(([name, text]) => [name, padded(text)]),
  );
  assertEquals(read([], withBlanks), read([], values));
  assertEquals(read(["--database", padded(URL)]), read([`--database=${URL}`]));
  const blank = Object.fromEntries(
    ENVIRONMENT_VARIABLES.map((name) => [name, " \n"]),
  );
  assertEquals(read([], { ...blank, ...CREDENTIALS }), read([]));
});

Deno.test("URLs and paths that can be understood are taken", () => {
  const databases = [
    URL,
    "POSTGRES://a:hunter2@h/x",
    "postgresql://a:hunter2@h:1/x?sslmode=require",
    "postgres://a:it's%20%22@h/x",
    "orders.db",
    "data/orders.db",
    "/var/lib//callfire orders/ä, (1) @home #2.db",
    "../postgres/orders.db",
    "postgres-orders.db",
    "C:\\data\\orders.db",
    "d:/data/orders.db",
    "/data/year=2026/orders.db",
  ];
  for (const text of databases) {
    assertEquals(read([], { DATABASE_URL: text }).database, text);
  }
});

Deno.test("an empty flag is refused, it names no database in memory", () => {
  for (
    const flag of [
      "--database",
      "--listen",
      "--expire-after",
      "--max-requests-per-second",
      "--log",
    ]
  ) {
    assertMatch(
      refused(() => read([`${flag}=`]), flag),
      new RegExp(`^Cannot use ${flag} ''`),
    );
    refused(() => read([flag, " "]), flag);
  }
});

Deno.test("credentials are used as they are, or refused without being shown", () => {
  for (
    const value of ['hun"ter"2', "hun ter2", `'hunter2`, 'hunter2"', `"h'`, "ä"]
  ) {
    assertEquals(read([], { CALLFIRE_PASSWORD: value }).password, value);
    assertEquals(read([], { CALLFIRE_LOGIN: value }).login, value);
  }
  for (
    const [value, reason] of [
      ['"hunter2"', "quotation marks"],
      ["'hunter2'", "quotation marks"],
      ["`hunter2`", "quotation marks"],
      [" hunter2", "a blank or a line break"],
      ["hunter2\n", "a blank or a line break"],
      ["\ufeffhunter2", "a blank or a line break"],
    ] as const
  ) {
    for (const name of ["CALLFIRE_LOGIN", "CALLFIRE_PASSWORD"]) {
      const message = refused(() => read([], { [name]: value }), value);
      assertMatch(message, new RegExp(`^Cannot use ${name} .*${reason}`));
    }
  }
});

Deno.test("no setting that is refused shows what may be a secret", () => {
  const cases: Record<string, string[]> = {
    API_TOKEN: ['"hunter2"', "hunter2 hunter2", "Bearer hunter2", "hunter2\nx"],
    CALLFIRE_BASE_URL: [
      "https://a:hunter2@h/rest",
      "https://hunter2@h/rest",
      '"https://h/hunter2"',
      "https://h/rest?password=hunter2",
      "https://h/rest#a=hunter2",
      "a:hunter2@h",
      "ftp://a:hunter2@h",
      "https:// a:hunter2@h",
    ],
  };
  for (
    const name of [
      "LISTEN",
      "MAX_REQUESTS_PER_SECOND",
      "EXPIRE_AFTER",
      "WEBHOOK_HOSTS",
      "WEBHOOK_ALLOW_PRIVATE",
      "LOG_FORMAT",
    ]
  ) {
    cases[name] = [
      `"${URL}"`,
      URL,
      "https://a:hunter2@h",
      "API_TOKEN=hunter2",
      '"hunter2"',
      "https://h?token=hunter2",
    ];
  }
  for (const [name, texts] of Object.entries(cases)) {
    for (const text of texts) {
      assertMatch(
        refused(() => read([], { [name]: text }), `${name} ${text}`),
        new RegExp(`^Cannot use ${name} `),
      );
    }
  }
  for (
    const args of [
      [URL],
      [`DATABASE_URL=${URL}`],
      [`--${URL}`],
      ["--log=text", "--", URL],
      [`--log=${URL}`],
      ["--password", "hunter2"],
      ["--password=hunter2"],
      ["-phunter2"],
      [`a\n${URL}`],
    ]
  ) {
    refused(() => read(args), args.join(" "));
  }
});

Deno.test("the terminal's command shows no secret that it refuses", () => {
  const watch = (args: string[], values: Record<string, string> = {}) =>
    parseWaitFlags(args, (name) => ({ ...CREDENTIALS, ...values })[name]);
  for (
    const daemon of [
      "http://a:hunter2@h",
      "http://h?token=hunter2",
      '"http://h/hunter2"',
      'http://h/hunter2"',
      "//a:hunter2",
      "",
    ]
  ) refused(() => watch(["1", `--daemon=${daemon}`]), daemon);
  for (const text of [URL, `"${URL}"`, "CALLFIRE_PASSWORD=hunter2"]) {
    refused(() => parseOrderIds([text]), text);
    refused(() => watch(["1", `--timeout=${text}`]), text);
    refused(() => watch(["1", `--interval=${text}`]), text);
    refused(() => watch(["1", "--daemon=http://h", "--interval", text]), text);
    refused(() => watch(["1"], { MAX_REQUESTS_PER_SECOND: text }), text);
    refused(() => watch(["1", `--${text}`]), text);
  }
  const padded = watch([" 1 ", "--daemon", " http://h "], {
    API_TOKEN: " t\n",
  });
  assertEquals(padded === "help" ? undefined : padded.source, {
    type: "daemon",
    url: "http://h",
    token: "t",
  });
});
