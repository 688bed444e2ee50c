import { assertEquals } from "@std/assert";
import { chromium, type Page } from "playwright-core";
import { WebhookReceiver } from "../helpers/api/webhook_receiver.ts";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { LAUNCH } from "../helpers/system/browser.ts";
import { readMetric } from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { until } from "../helpers/system/fault_testing.ts";
import { startNginx } from "../helpers/system/nginx.ts";
import { ON } from "../helpers/system/page_webhooks_testing.ts";
import { register } from "../helpers/system/webhooks_testing.ts";

const PROCESSING = {
  localNumbers: { ordered: 1 },
  script: [{ after: 0, status: "PROCESSING" }],
};

/** How many POST requests a daemon has answered, by status. */
async function postsByStatus(
  daemon: DaemonProcess,
): Promise<Record<string, number>> {
  const counts = await readMetric(
    daemon,
    "http_request_duration_seconds_count",
  );
  const posts: Record<string, number> = {};
  for (const [labels, count] of counts) {
    if (!labels.includes('method="POST"') || count === 0) continue;
    const [, status = ""] = /status="(\d+)"/.exec(labels) ?? [];
    posts[status] = (posts[status] ?? 0) + count;
  }
  return posts;
}

/** Sends all that a page may send anywhere without asking; tells how much. */
function attack(page: Page, url: string, id: string): Promise<number> {
  return page.evaluate(`(async () => {
    const endpoint = ${JSON.stringify(`${url}/v1/webhooks/${id}`)};
    const paths = ["/rotate", "/test", "/resume", ""].map((p) => endpoint + p);
    paths.push(${JSON.stringify(`${url}/v1/orders`)});
    const bodies = [
      undefined,
      "a=b",
      new Blob(['{"orders":[{"id":"7"}]}'], { type: "text/plain" }),
      new Blob(['{"orders":[{"id":"7"}]}']),
      new URLSearchParams({ a: "b" }),
      new FormData(),
    ];
    let sent = 0;
    for (const path of paths) {
      for (const body of bodies) {
        // Cross-Origin-Resource-Policy keeps the response from the page.
        await fetch(path, { method: "POST", mode: "no-cors", body })
          .catch(() => {});
        sent++;
      }
      navigator.sendBeacon(path);
      navigator.sendBeacon(path, "a=b");
      sent += 2;
      for (const enctype of ["text/plain", "multipart/form-data"]) {
        const frame = document.createElement("iframe");
        frame.name = "frame" + sent;
        const form = document.createElement("form");
        Object.assign(form, {
          method: "post", action: path, enctype, target: frame.name,
        });
        document.body.append(frame, form);
        form.submit();
        sent++;
      }
    }
    return sent;
  })()`);
}

testWithProgram(
  { program: "chromium", debianPackage: "chromium" },
  "a web page of another origin can change nothing",
  () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      await using daemon = await DaemonProcess.start({
        sandbox,
        folder,
        ...ON,
      });
      await using receiver = new WebhookReceiver();
      const { id } = await register(daemon, receiver.url);
      await using site = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        () =>
          new Response("<!doctype html><body>", {
            headers: { "content-type": "text/html" },
          }),
      );
      await using browser = await chromium.launch(LAUNCH);
      const page = await browser.newPage();
      let sent = 0;
      // The same site on another port, and another site.
      for (const host of ["127.0.0.1", "localhost"]) {
        await page.goto(`http://${host}:${site.addr.port}/`);
        sent += await attack(page, daemon.url, id);
      }
      // The one with 201 registered the endpoint.
      await until(async () =>
        Object.values(await postsByStatus(daemon))
          .reduce((sum, count) => sum + count) > sent
      );
      assertEquals(await postsByStatus(daemon), { 201: 1, 403: sent });
      assertEquals(receiver.received, [], "it was sent a test");
      assertEquals(
        (await daemon.json<{ items: unknown[] }>("GET", "/v1/orders")).items,
        [],
      );
      await daemon.json("POST", `/v1/webhooks/${id}/test`);
      const { headers } = receiver.received[0]!;
      assertEquals(headers["webhook-signature"]?.split(" ").length, 1);
    }),
);

/** How the daemon's own page may be reached. */
const PROXIES: [name: string, location: string][] = [
  ["as it comes", "location / { proxy_pass $DAEMON/; "],
  ["under a path", "location /callfire/ { proxy_pass $DAEMON/; "],
  [
    "with its Host",
    "location / { proxy_pass $DAEMON/; " +
    "proxy_set_header Host $host:$server_port; ",
  ],
];

for (const [name, location] of PROXIES) {
  testWithProgram(
    { program: "nginx", debianPackage: "nginx-light" },
    `the page changes what it may behind nginx: ${name}`,
    () =>
      withFolder(async (folder) => {
        await using sandbox = await startSandbox();
        await using daemon = await DaemonProcess.start({
          sandbox,
          folder,
          ...ON,
        });
        await using nginx = await startNginx(
          folder,
          `${location.replace("$DAEMON", daemon.url)} proxy_buffering off; }`,
        );
        const order = sandbox.orders.place(PROCESSING);
        await using browser = await chromium.launch(LAUNCH);
        const page = await browser.newPage();
        const prefix = /location (\S+)/.exec(location)![1];
        await page.goto(`${nginx.url}${prefix}`);
        await page.locator("#add-open").click();
        await page.locator("#add-ids").fill(order);
        await page.locator("#add [type=submit]").click();
        await page.locator(`#rows [data-id="${order}"]`).waitFor();
        const status = await page.evaluate(
          `fetch("v1/orders/${order}", { method: "DELETE" })` +
            ".then(({ status }) => status)",
        );
        assertEquals(status, 204);
      }),
  );
}
