import { assertEquals, assertStringIncludes } from "@std/assert";
import { AUTHORITY, THIS_MACHINE } from "../helpers/client/certificates.ts";
import { EXAMPLE, ID } from "../helpers/client/plain_documents.ts";
import { startRawServer } from "../helpers/client/raw_server.ts";
import { runDeno } from "../helpers/system/run_deno.ts";

const SCRIPT = `
import { CallFireClient } from "${new URL("../../mod.ts", import.meta.url)}";
const [baseUrl, id] = Deno.args;
const callfire = new CallFireClient({ login: "a", password: "b", baseUrl });
// Whatever keeps the process alive without need lets this come true.
Deno.unrefTimer(setTimeout(() => console.log("kept alive"), 3000));
console.log((await callfire.getNumberOrder(id)).status);
`;

/** Runs the script with nothing but the permission to speak to one host. */
async function runWith(
  allowed: (host: string) => string,
  certificate?: typeof THIS_MACHINE,
) {
  await using server = await startRawServer(async ({ say }) => {
    await say(`HTTP/1.1 200 OK\r\nContent-Length: ${EXAMPLE.length}\r\n\r\n`);
    await say(EXAMPLE);
    return "keep";
  }, certificate);
  const url = new URL(server.url.replace("127.0.0.1", "localhost"));
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/get.ts`, SCRIPT);
    const run = await runDeno(
      [
        "run",
        "--no-prompt",
        `--allow-net=${allowed(url.host)}`,
        "get.ts",
        url.origin,
        ID,
      ],
      folder,
      // The second one would take a permission more if node:https saw it.
      { DENO_CERT: AUTHORITY, NODE_EXTRA_CA_CERTS: AUTHORITY },
    );
    return { ...run, host: url.host, requests: server.requests };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const certificate of [undefined, THIS_MACHINE]) {
  const scheme = certificate ? "https" : "http";
  const sanitizers = { sanitizeOps: true, sanitizeResources: true };

  Deno.test(
    `${scheme}: a script needs no permission but for the host, and ends by itself`,
    sanitizers,
    async () => {
      const { code, output } = await runWith((host) => host, certificate);
      assertEquals([output, code], ["FINISHED\n", 0]);
    },
  );

  Deno.test(
    `${scheme}: a script without the permission for the host is told of it`,
    sanitizers,
    async () => {
      const { code, output, host, requests } = await runWith(
        () => "elsewhere.example",
        certificate,
      );
      assertEquals([code, requests], [1, []]);
      assertStringIncludes(
        output,
        `NotCapable: Requires net access to "${host}", run again with the --allow-net flag`,
      );
    },
  );
}
