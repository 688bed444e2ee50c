import { assert, assertEquals, assertThrows } from "@std/assert";
import { CallFireClient, type CallFireClientOptions } from "../../mod.ts";
import {
  clientTest,
  credentials,
  reasonOf,
  test,
} from "../helpers/client/testing.ts";

const PASSWORD = "correct-horse-battery";
const LOGIN = "login";

/** What differs from good options, the class of the error and its text. */
const BAD: [
  { [option in keyof CallFireClientOptions]?: unknown },
  typeof TypeError | typeof RangeError,
  string,
][] = [
  [
    { login: undefined },
    TypeError,
    "the login must be a string, it is of type undefined",
  ],
  [
    { login: 7 },
    TypeError,
    "the login must be a string, it is of type number",
  ],
  [{ login: "" }, TypeError, "the login must not be empty"],
  [
    { login: "a:b" },
    TypeError,
    "a login cannot hold a colon, the login given does",
  ],
  [
    { login: "a\nb" },
    TypeError,
    "the login must not hold control characters or halves of characters",
  ],
  [
    { password: null },
    TypeError,
    "the password must be a string, it is of type object",
  ],
  [{ password: "" }, TypeError, "the password must not be empty"],
  [
    { password: `${PASSWORD}\x7f` },
    TypeError,
    "the password must not hold control characters or halves of characters",
  ],
  [
    { password: `${PASSWORD}\ud800` },
    TypeError,
    "the password must not hold control characters or halves of characters",
  ],
  ...[0, -1, NaN, -Infinity, "10000", null].map((
    timeout,
  ): typeof BAD[number] => [
    { timeout },
    RangeError,
    "'timeout' must be more than 0 milliseconds, current value is " + timeout,
  ]),
  ...[0, -1, 1.5, NaN, Infinity, 2 ** 53, "5", null].map((
    maxBodyBytes,
  ): typeof BAD[number] => [
    { maxBodyBytes },
    RangeError,
    "'maxBodyBytes' must be a whole number from 1, current value is " +
    maxBodyBytes,
  ]),
  [
    { baseUrl: "" },
    TypeError,
    "the base URL must begin with https://, not the one given",
  ],
  [
    { baseUrl: PASSWORD },
    TypeError,
    "the base URL must begin with https://, not the one given",
  ],
  [
    { baseUrl: "ftp://host/" },
    TypeError,
    "the base URL must begin with https://, not 'ftp://host/'",
  ],
  [
    { baseUrl: `https://${LOGIN}:${PASSWORD}@host/` },
    TypeError,
    "the base URL must hold no credentials, pass the login and the password " +
    "apart, not the one given",
  ],
  [
    { baseUrl: `https://${PASSWORD}@host/` },
    TypeError,
    "the base URL must hold no credentials, pass the login and the password " +
    "apart, not the one given",
  ],
  [
    { baseUrl: `https://host/?password=${PASSWORD}` },
    TypeError,
    "the base URL must end before any '?' or '#', not the one given",
  ],
  [
    { baseUrl: "https://host/#a" },
    TypeError,
    "the base URL must end before any '?' or '#', not 'https://host/#a'",
  ],
  ...[
    "http://www.callfire.com/api",
    "http://localhost.example.com/",
    "http://127.0.0.1.example.com/",
    "http://mylocalhost/",
    "http://128.0.0.1/",
    "http://0.0.0.0/",
    "http://[::2]/",
    "http://10.0.0.1/",
  ].map((baseUrl): typeof BAD[number] => [
    { baseUrl },
    TypeError,
    "the base URL must begin with https:// unless its host is this machine, " +
    `not '${baseUrl}'`,
  ]),
];

function make(options: Partial<CallFireClientOptions>): CallFireClient {
  return new CallFireClient({ login: LOGIN, password: PASSWORD, ...options });
}

test("an option that cannot be used is refused, without a secret", () => {
  for (const [option, ErrorClass, why] of BAD) {
    const options = option as Partial<CallFireClientOptions>;
    const error = assertThrows(() => make(options), ErrorClass);
    assertEquals(error.message, `Cannot make a client: ${why}`);
    assert(!Deno.inspect(error).includes(PASSWORD));
  }
});

test("plain http is taken for this machine alone", () => {
  const baseUrls = [
    "http://localhost",
    "http://callfire.localhost:8080/api",
    "http://127.0.0.1:1/",
    "http://127.255.255.254/",
    "http://127.1/",
    "http://[::1]:8080/",
    "HTTP://LOCALHOST/",
    "https://anywhere.example/",
  ];
  for (const baseUrl of baseUrls) make({ baseUrl });
});

test("an option that is undefined has its default", () => {
  make({
    baseUrl: undefined,
    timeout: undefined,
    maxBodyBytes: undefined,
    fetch: undefined,
    clock: undefined,
  });
});

test("the defaults are CallFire itself, 10 seconds and 1 MiB", async () => {
  const asked: string[] = [];
  const fetchNothing: typeof fetch = (url) => {
    asked.push(String(url));
    return Promise.resolve(new Response(" ".repeat(1024 * 1024 + 1)));
  };
  const limits: number[] = [];
  const clock = {
    now: () => 0,
    date: () => new Date(0),
    random: () => 0,
    sleep: () => Promise.resolve(),
    setTimer(_callback: () => void, delay: number) {
      limits.push(delay);
      return () => {};
    },
  };
  const callfire = make({ fetch: fetchNothing, clock });
  const error = await reasonOf(callfire.getNumberOrder(5)) as Error;
  assertEquals(
    error.message,
    "Cannot read the answer about order '5': expected at most 1048576 " +
      "bytes, but saw more",
  );
  assertEquals(asked, ["https://www.callfire.com/api/1.1/rest/number/order/5"]);
  assertEquals(limits, [10_000]);
});

clientTest("slashes at the end of the base URL do not matter", async (
  { connect, sandbox },
) => {
  for (const slashes of ["", "/", "//"]) {
    const id = sandbox.orders.place({});
    const callfire = connect({ baseUrl: sandbox.baseUrl + slashes });
    assertEquals((await callfire.getNumberOrder(id)).id, id);
  }
});

/** Runs with just these of the client's variables set. */
async function withVariables(
  variables: Record<string, string>,
  run: () => Promise<void> | void,
): Promise<void> {
  const names = [
    "CALLFIRE_LOGIN",
    "CALLFIRE_PASSWORD",
    "CALLFIRE_BASE_URL",
  ];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  try {
    for (const name of names) set(name, variables[name]);
    await run();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

clientTest("fromEnv() takes the credentials from the environment", async (
  { sandbox },
) => {
  const { baseUrl, login, password } = credentials(sandbox);
  const id = sandbox.orders.place({});
  await withVariables({
    CALLFIRE_LOGIN: login,
    CALLFIRE_PASSWORD: password,
    CALLFIRE_BASE_URL: baseUrl,
  }, async () => {
    assertEquals((await CallFireClient.fromEnv().getNumberOrder(id)).id, id);
  });
});

clientTest("fromEnv() lets its options go before the environment", async (
  { sandbox },
) => {
  const id = sandbox.orders.place({});
  await withVariables({
    CALLFIRE_LOGIN: "another",
    CALLFIRE_PASSWORD: "another",
    CALLFIRE_BASE_URL: "http://localhost:1",
  }, async () => {
    const callfire = CallFireClient.fromEnv(credentials(sandbox));
    assertEquals((await callfire.getNumberOrder(id)).id, id);
  });
});

test("fromEnv() says which variable is not set", async () => {
  const says = (name: string) =>
    `Cannot make a client: the environment variable ${name} is not set; ` +
    "set it, or pass the login and the password";
  const fromEnv = () => CallFireClient.fromEnv();
  await withVariables({ CALLFIRE_PASSWORD: PASSWORD }, () => {
    assertThrows(fromEnv, TypeError, says("CALLFIRE_LOGIN"));
  });
  await withVariables({ CALLFIRE_LOGIN: LOGIN, CALLFIRE_PASSWORD: "" }, () => {
    assertThrows(fromEnv, TypeError, says("CALLFIRE_PASSWORD"));
  });
});

test("fromEnv() takes an empty base URL for none", async () => {
  const asked: unknown[] = [];
  const fetchNothing: typeof fetch = (url) => {
    asked.push(url);
    return Promise.resolve(new Response());
  };
  await withVariables({
    CALLFIRE_LOGIN: LOGIN,
    CALLFIRE_PASSWORD: PASSWORD,
    CALLFIRE_BASE_URL: "",
  }, async () => {
    const callfire = CallFireClient.fromEnv({ fetch: fetchNothing });
    await reasonOf(callfire.getNumberOrder(5));
  });
  assertEquals(asked, ["https://www.callfire.com/api/1.1/rest/number/order/5"]);
});
