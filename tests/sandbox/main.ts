/**
 * Runs a sandbox until it is told to stop.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { launcherGone } from "../../daemon/launchers.ts";
import { STOP_SIGNALS } from "../../daemon/signals.ts";
import { startSandbox } from "./sandbox.ts";

const HELP = `Runs a CallFire to develop and test against.

  --listen HOST:PORT   where to listen; by default 127.0.0.1:9838
  --login LOGIN        the login that it knows; by default sandbox
  --password PASSWORD  its password; by default sandbox-password
  --help               shows this
`;

const DEFAULT_LOGIN = "sandbox";
const DEFAULT_PASSWORD = "sandbox-password";

/** A command line that is not understood. */
class UsageError extends Error {}

function readFlags(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        listen: { type: "string", default: "127.0.0.1:9838" },
        login: { type: "string", default: DEFAULT_LOGIN },
        password: { type: "string", default: DEFAULT_PASSWORD },
        help: { type: "boolean", default: false },
      },
    });
    return { ...values, ...parseListenAddress(values.listen) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Some messages go on with advice; one line is enough.
    throw new UsageError(message.split("\n")[0], { cause: error });
  }
}

function parseListenAddress(listen: string) {
  const [, ipv6, name, port] =
    /^(?:\[([\da-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(listen) ?? [];
  const hostname = ipv6 ?? name;
  if (hostname === undefined || Number(port) > 65535) {
    throw new Error(`--listen: ${listen} is not like 127.0.0.1:9838`);
  }
  return { hostname, port: Number(port) };
}

async function main(): Promise<void> {
  const { help, hostname, port, login, password } = readFlags(Deno.args);
  if (help) return console.log(HELP);
  const sandbox = await startSandbox({ hostname, port, login, password });
  const stop = async () => {
    for (const name of STOP_SIGNALS) Deno.removeSignalListener(name, stop);
    await sandbox.close();
  };
  for (const name of STOP_SIGNALS) Deno.addSignalListener(name, stop);
  launcherGone().then(stop);
  const isDefault = login === DEFAULT_LOGIN && password === DEFAULT_PASSWORD;
  // A password of one's own stays out of terminals and logs.
  const user = isDefault ? `${login}:${password}` : "LOGIN:PASSWORD";
  console.log(`The sandbox is at ${sandbox.url}

Place an order:
  curl -u ${user} -d LocalCount=2 -d Keywords=TAXI \\
    ${sandbox.baseUrl}/number/order

Ask for it:
  curl -u ${user} -H 'Accept: application/xml' \\
    ${sandbox.baseUrl}/number/order/1642251003

Let the next question fail:
  curl -d '{"kind": "status", "status": 503, "retryAfter": "2"}' \\
    ${sandbox.url}/sandbox/faults

All else that it can do:
  curl ${sandbox.url}/sandbox
`);
}

try {
  await main();
} catch (error) {
  console.error(`sandbox: ${error instanceof Error ? error.message : error}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
