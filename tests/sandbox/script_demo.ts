/**
 * Shows the client at work, without an account: starts a sandbox CallFire,
 * places orders of different fates and runs a script that waits for them.
 *
 * @module
 */

import { keepLoopbackFromProxy } from "../../daemon/cli/loopback_proxy.ts";
import { placeDemoOrders } from "./script_demo_orders.ts";
import { startModuleServer } from "./module_server.ts";
import { startSandbox } from "./sandbox.ts";

keepLoopbackFromProxy();
await using sandbox = await startSandbox();
await using modules = startModuleServer();
const script = `${modules.url}/tests/sandbox/script_demo_script.ts`;

console.log(`A sandbox CallFire answers at ${sandbox.baseUrl}
A script that imports mod.ts by URL is run from ${script}

These orders were just placed; each is waited for, for up to 8 seconds:
`);
const orders = await placeDemoOrders(sandbox);
for (const { id, title } of orders) console.log(`${id}  ${title}`);
console.log();

const folder = await Deno.makeTempDir();
try {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-config",
      "--no-lock",
      // Another run may have served another version from the same port.
      `--reload=${modules.url}`,
      `--allow-import=${modules.host}`,
      `--allow-net=${new URL(sandbox.url).host}`,
      "--allow-env=CALLFIRE_LOGIN,CALLFIRE_PASSWORD,CALLFIRE_BASE_URL",
      script,
      ...orders.map(({ id }) => id),
    ],
    cwd: folder,
    env: {
      CALLFIRE_LOGIN: sandbox.login,
      CALLFIRE_PASSWORD: sandbox.password,
      CALLFIRE_BASE_URL: sandbox.baseUrl,
    },
    stdin: "null",
  }).spawn().status;
  if (!success) Deno.exitCode = 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}
