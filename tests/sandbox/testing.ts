/**
 * What the tests of the sandbox share.
 *
 * @module
 */

import { type Sandbox, type SandboxOptions, startSandbox } from "./sandbox.ts";

/** The clock of a test: it stands still unless it is set. */
export interface TestClock {
  /** What time it is, in milliseconds. */
  time: number;
}

/** Runs a test on a sandbox of its own; nothing may be left of it. */
export function sandboxTest(
  name: string,
  test: (sandbox: Sandbox, clock: TestClock) => Promise<void>,
  options: SandboxOptions = {},
): void {
  Deno.test({
    name: `sandbox: ${name}`,
    sanitizeOps: true,
    sanitizeResources: true,
    fn: async () => {
      const clock = { time: 0 };
      const now = () => clock.time;
      await using sandbox = await startSandbox({ now, ...options });
      await test(sandbox, clock);
    },
  });
}

/** The Authorization header for a login and a password. */
export function authorization(login: string, password: string): string {
  const bytes = new TextEncoder().encode(`${login}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/**
 * Runs a test with an HTTP client that uses each connection once. On one that
 * it used before, `fetch` asks once more, at once and in silence, when it
 * breaks before an answer came: even a POST.
 */
export async function withSingleUse(
  test: (client: Deno.HttpClient) => Promise<void>,
): Promise<void> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  await test(client);
}

/** What a request may have that is sent with a client of its own. */
export type Init = RequestInit & { client?: Deno.HttpClient };

/** Asks for an order as a client does. */
export function ask(
  sandbox: Sandbox,
  id: string,
  init: Init = {},
): Promise<Response> {
  return fetch(`${sandbox.baseUrl}/number/order/${id}`, {
    redirect: "manual",
    ...init,
    headers: {
      authorization: authorization(sandbox.login, sandbox.password),
      accept: "application/xml",
      ...init.headers,
    },
  });
}

/** Places an order as a client does. */
export function order(
  sandbox: Sandbox,
  form: Record<string, string> | string,
  init: Init = {},
): Promise<Response> {
  return fetch(`${sandbox.baseUrl}/number/order`, {
    method: "POST",
    ...init,
    headers: {
      authorization: authorization(sandbox.login, sandbox.password),
    },
    body: new URLSearchParams(form),
  });
}

/** The text between the tags of the first element of a name. */
export function element(xml: string, name: string): string | undefined {
  return xml.match(new RegExp(`<${name}>([^<]*)</${name}>`))?.[1];
}

/** All that came on a connection, and the error that it ended with. */
export interface RawAnswer {
  /** The status line and the headers. */
  head: string;
  /** The body, byte for byte. */
  body: Uint8Array<ArrayBuffer>;
  /** What the connection broke with. */
  error?: unknown;
}

/** Asks for an order past `fetch`, which hides what is on the wire. */
export async function askRaw(
  sandbox: Sandbox,
  id: string,
): Promise<RawAnswer> {
  const { hostname, port, pathname } = new URL(
    `${sandbox.baseUrl}/number/order/${id}`,
  );
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const request = `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\n` +
    `Authorization: ${authorization(sandbox.login, sandbox.password)}\r\n` +
    "Accept: application/xml\r\nConnection: close\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const bytes: number[] = [];
  let error: unknown;
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let n; (n = await connection.read(buffer)) !== null;) {
      bytes.push(...buffer.subarray(0, n));
    }
  } catch (cause) {
    error = cause;
  }
  const text = bytes.map((byte) => String.fromCharCode(byte)).join("");
  const end = text.indexOf("\r\n\r\n");
  const body = new Uint8Array(end < 0 ? [] : bytes.slice(end + 4));
  return { head: text.slice(0, Math.max(0, end)), body, error };
}

/** Waits for what happens on the other side of a socket. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 10_000) throw new Error(`never came: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
