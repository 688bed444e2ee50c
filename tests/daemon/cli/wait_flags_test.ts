import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../daemon/config/settings.ts";
import {
  parseOrderIds,
  parseWaitFlags,
  type WaitFlags,
} from "../../../daemon/cli/wait_flags.ts";

const CREDENTIALS = {
  CALLFIRE_LOGIN: "login",
  CALLFIRE_PASSWORD: "hidden-password",
};

function read(
  args: string[],
  values: Record<string, string> = CREDENTIALS,
): WaitFlags | "help" {
  return parseWaitFlags(args, (name) => values[name]);
}

Deno.test("parseWaitFlags() needs only an ID and the credentials", () => {
  assertEquals(read(["42"]), {
    ids: ["42"],
    timeout: 20_000,
    format: "text",
    isQuiet: false,
    source: {
      type: "direct",
      credentials: {
        login: "login",
        password: "hidden-password",
        baseUrl: undefined,
      },
      interval: 1000,
      maxRequestsPerSecond: 10,
    },
  });
});

Deno.test("parseWaitFlags() takes every flag and variable", () => {
  const options = read(
    ["--timeout=5m", "42", "--interval", "90s", "--json", "-", "-q"],
    {
      ...CREDENTIALS,
      CALLFIRE_BASE_URL: "http://127.0.0.1:1/rest",
      MAX_REQUESTS_PER_SECOND: "0",
    },
  );
  assertEquals(options, {
    ids: ["42", "-"],
    timeout: 300_000,
    format: "json",
    isQuiet: true,
    source: {
      type: "direct",
      credentials: {
        login: "login",
        password: "hidden-password",
        baseUrl: "http://127.0.0.1:1/rest",
      },
      interval: 90_000,
      maxRequestsPerSecond: Infinity,
    },
  });
});

Deno.test("parseWaitFlags() needs only the token for a daemon", () => {
  const args = ["42", "--daemon=https://orders.example/callfire/"];
  const source = (values: Record<string, string>) => {
    const options = read(args, values);
    return options === "help" ? undefined : options.source;
  };
  const url = "https://orders.example/callfire";
  assertEquals(source({}), { type: "daemon", url, token: undefined });
  assertEquals(source({ API_TOKEN: "secret-token" }), {
    type: "daemon",
    url,
    token: "secret-token",
  });
});

Deno.test("--help goes before any mistake", () => {
  assertEquals(read(["--help", "--timeout=no"], {}), "help");
  assertEquals(read(["-h"], {}), "help");
});

const REFUSED: [string[], Record<string, string>, string][] = [
  [[], CREDENTIALS, "no order ID is given; give one or more"],
  [["42", "--timeout=20"], CREDENTIALS, "Cannot use --timeout '20'"],
  [["42", "--timeout=0s"], CREDENTIALS, "Cannot use --timeout '0s'"],
  [["42", "--interval=0s"], CREDENTIALS, "Cannot use --interval '0s'"],
  [["42", "--interval=fast"], CREDENTIALS, "of at least 1s"],
  [["42", "--verbose"], CREDENTIALS, "Unknown option '--verbose'"],
  [["-42"], CREDENTIALS, "Unknown option '-4'"],
  [["42", "--daemon"], CREDENTIALS, "'--daemon <value>' argument missing"],
  [["42"], {}, "CALLFIRE_LOGIN is not set"],
  [["42"], { CALLFIRE_LOGIN: "login" }, "CALLFIRE_PASSWORD is not set"],
  [
    ["42"],
    { ...CREDENTIALS, MAX_REQUESTS_PER_SECOND: "many" },
    "MAX_REQUESTS_PER_SECOND 'many'",
  ],
  [["42", "--daemon=orders"], {}, "Cannot use --daemon 'orders'"],
  [["42", "--daemon=ftp://orders"], {}, "it must be the URL of a daemon"],
  [["42", "--daemon=http://a/?b"], {}, "Cannot use --daemon 'http://a/?b'"],
  [
    ["42", "--daemon=http://me:hidden-password@orders"],
    {},
    "with credentials in its URL: set API_TOKEN",
  ],
  [
    ["42", "--daemon=http://orders", "--interval=2s"],
    {},
    "Cannot use --interval '2s' with --daemon",
  ],
  [
    ["42", "--daemon=http://orders"],
    { API_TOKEN: "two words" },
    "Cannot use API_TOKEN",
  ],
];

Deno.test("parseWaitFlags() rejects each mistake in one line", () => {
  for (const [args, values, message] of REFUSED) {
    const { message: said } = assertThrows(
      () => read(args, values),
      ConfigError,
      message,
    );
    assertEquals(said.includes("\n"), false, said);
    assertEquals(/hidden-password|two words/.test(said), false, said);
  }
});

Deno.test("parseOrderIds() takes each order once", () => {
  assertEquals(parseOrderIds(["7", "42", "007", "42"]), ["7", "42"]);
});

Deno.test("parseOrderIds() rejects an invalid ID", () => {
  assertThrows(
    () => parseOrderIds(["42", "abc"]),
    ConfigError,
    "Cannot wait for order 'abc': an order id is a whole number from 1 to " +
      "9223372036854775807",
  );
  for (const text of ["0", "9223372036854775808", "1.5", ""]) {
    assertThrows(() => parseOrderIds([text]), ConfigError, `'${text}'`);
  }
  assertThrows(() => parseOrderIds([]), ConfigError, "on the standard input");
});
