import { assertEquals } from "@std/assert";
import { chromium } from "playwright-core";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import { test } from "../helpers/client/testing.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { LAUNCH } from "../helpers/system/browser.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { until } from "../helpers/system/fault_testing.ts";
import { startNginx } from "../helpers/system/nginx.ts";

const ROOT = new URL("../../", import.meta.url);

const DOCS = await Deno.readTextFile(new URL("docs/events.md", ROOT));

const [BROWSER = "", WITH_TOKEN = ""] = [...DOCS.matchAll(/```js\n(.*?)```/gs)]
  .map(([, code]) => code);

const PROCESSING = { script: [{ after: 0, status: "PROCESSING" }] };

const TOKEN = "events-docs-token";

/** Notes what the function of the docs calls. */
const HTML = `<script type="module">
  import { followEvents } from "./follow_events.js";
  const { EventSource } = globalThis;
  globalThis.seen = [];
  globalThis.EventSource = class extends EventSource {
    constructor(url) {
      super(url);
      this.addEventListener("error", () => {
        if (this.readyState === EventSource.CLOSED) seen.push("closed");
      });
    }
  };
  globalThis.close = followEvents("", {
    onStart: () => seen.push("start"),
    onEvent: ({ type, watch }) => seen.push(type + " " + watch.id),
  });
</script>`;

testWithProgram(
  { program: "nginx", debianPackage: "nginx-light" },
  "the docs' EventSource goes on after 502 and 409",
  () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      await Deno.writeTextFile(`${folder}/index.html`, HTML);
      await Deno.writeTextFile(`${folder}/follow_events.js`, BROWSER);
      const first = await DaemonProcess.start({ sandbox, folder });
      const { port } = first;
      await using nginx = await startNginx(
        folder,
        `types { text/html html; text/javascript js; }
        location / { root ${folder}; }
        location /v1/ {
          proxy_pass ${first.url};
          proxy_set_header Host $http_host;
        }`,
      );
      await using browser = await chromium.launch(LAUNCH);
      const page = await browser.newPage();
      const seen = () => page.evaluate<string[]>("seen");
      /** Waits for events in this order, between those of other types. */
      const sees = (...events: string[]) =>
        until(async () => {
          const { length } = (await seen())
            .filter((event) => !event.startsWith("order.changed"))
            .slice(-events.length)
            .filter((event, index) => event === events[index]);
          return length === events.length;
        });
      const watch = async (daemon: DaemonProcess) => {
        const id = sandbox.orders.place(PROCESSING);
        await daemon.json("PUT", `/v1/orders/${id}`);
        return `order.watched ${id}`;
      };

      await page.goto(nginx.url);
      await sees("start");
      const before = await watch(first);
      await sees("start", before);
      assertEquals(await first.stop(), 0);
      await sees("start", before, "closed");

      // What happens before the reader is back reaches it.
      const second = await DaemonProcess.start({ sandbox, folder, port });
      const meanwhile = await watch(second);
      await sees(before, "closed", meanwhile);
      const later = await watch(second);
      await sees(before, "closed", meanwhile, later);
      assertEquals(await second.stop(), 0);
      await sees(meanwhile, later, "closed");

      const database = `${folder}/other.db`;
      await using third = await DaemonProcess.start({
        sandbox,
        folder,
        database,
        port,
      });
      await sees(later, "closed", "start");
      const other = await watch(third);
      await sees("start", other);
      await page.evaluate("close()");
    }),
);

test("the docs' reader with a token goes on after a restart", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await Deno.writeTextFile(`${folder}/follow_events.js`, WITH_TOKEN);
    const env = { API_TOKEN: TOKEN };
    const first = await DaemonProcess.start({ sandbox, folder, env });
    const { port, url } = first;
    await Deno.writeTextFile(
      `${folder}/main.js`,
      `import { followEvents } from "./follow_events.js";
      followEvents("${url}", "${TOKEN}", {
        onStart: () => console.log("start"),
        onEvent: ({ type, watch }) => console.log(type, watch.id),
      });`,
    );
    await using reader = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--allow-net=127.0.0.1",
        `--config=${new URL("deno.json", ROOT).pathname}`,
        `${folder}/main.js`,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let output = "";
    const read = (async () => {
      const text = reader.stdout.pipeThrough(new TextDecoderStream());
      for await (const part of text) output += part;
    })();
    const prints = (line: string) =>
      until(() => Promise.resolve(output.split("\n").includes(line)));
    const watch = async (daemon: DaemonProcess) => {
      const id = sandbox.orders.place(PROCESSING);
      await daemon.json("PUT", `/v1/orders/${id}`);
      return `order.watched ${id}`;
    };
    await prints("start");
    await prints(await watch(first));
    assertEquals(await first.stop(), 0);
    const options = { sandbox, folder, env, port };
    await using second = await DaemonProcess.start(options);
    const meanwhile = await watch(second);
    await prints(meanwhile);
    await prints(await watch(second));
    const lines = output.trim().split("\n");
    assertEquals(new Set(lines).size, lines.length, output);
    reader.kill();
    await read;
  }));
