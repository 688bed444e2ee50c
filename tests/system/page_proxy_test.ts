import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import { pageTest, type Visit, visitPage } from "../helpers/system/browser.ts";
import { startBufferingProxy } from "../helpers/system/buffering_proxy.ts";
import { withFolder } from "../helpers/system/daemon_process.ts";
import { startNginx } from "../helpers/system/nginx.ts";

/** A stream that is held back is tried again after 5 s, then after 20 s. */
const PATIENCE = { timeout: 60_000 };

const PROCESSING = {
  localNumbers: { ordered: 1 },
  script: [{ after: 0, status: "PROCESSING" }],
};

const FULFILLED = {
  status: "FINISHED",
  fulfilled: { localNumbers: ["12135550142"] },
};

function badge(page: Page, id: string, status: string) {
  return page.locator(`#rows [data-id="${id}"] .badge`)
    .getByText(status, { exact: true });
}

/** Opens the page through a proxy that holds streams back. */
async function visitHeldBack(visit: Visit, url: string): Promise<Page> {
  const { context, page, sandbox } = visit;
  await page.close();
  const id = sandbox.orders.place(PROCESSING);
  await visit.watchOrder(id);
  const tab = await context.newPage();
  await tab.goto(url);
  // The orders do not wait for the stream.
  await badge(tab, id, "PROCESSING").waitFor();
  await tab.locator("#connection").getByText("Checking every 2 s").waitFor();
  await tab.locator("#banners").getByText("Live updates don't arrive")
    .waitFor();
  sandbox.orders.set(id, FULFILLED);
  await badge(tab, id, "Fulfilled").waitFor();
  const added = sandbox.orders.place(PROCESSING);
  await visit.watchOrder(added);
  await badge(tab, added, "PROCESSING").waitFor();
  return tab;
}

pageTest("behind a proxy that holds the stream back it polls", async (
  visit,
) => {
  await using proxy = startBufferingProxy(visit.daemon.url);
  const tab = await visitHeldBack(visit, proxy.url);
  proxy.isBuffering = false;
  await tab.locator("#connection").getByText("Live").waitFor(PATIENCE);
  assertEquals(await tab.locator("#banners").innerText(), "");
  await tab.close();
});

function nginxTest(
  name: string,
  settings: string,
  run: (visit: Visit, url: string) => Promise<void>,
): void {
  testWithProgram(
    { program: "nginx", debianPackage: "nginx-light" },
    `page: ${name}`,
    () =>
      withFolder((folder) =>
        visitPage(name, async (visit) => {
          await using nginx = await startNginx(
            folder,
            `location / {
              proxy_pass ${visit.daemon.url};
              proxy_set_header Host $http_host;
              ${settings}
            }`,
          );
          await run(visit, nginx.url);
        })
      ),
  );
}

nginxTest(
  "behind nginx as it comes, events stream",
  "",
  async (visit, url) => {
    const { context, page, sandbox } = visit;
    await page.close();
    const tab = await context.newPage();
    let polls = 0;
    tab.on("request", (request) => {
      if (request.url().endsWith("?follow=false")) polls++;
    });
    const streams = tab.waitForResponse("**/v1/events");
    await tab.goto(url);
    await streams;
    const id = sandbox.orders.place(PROCESSING);
    await visit.watchOrder(id);
    await badge(tab, id, "PROCESSING").waitFor();
    sandbox.orders.set(id, FULFILLED);
    await badge(tab, id, "Fulfilled").waitFor();
    assertEquals(polls, 1);

    // While the daemon restarts nginx responds with 502.
    await visit.daemon.stop();
    await tab.locator("#connection").getByText("Connection lost").waitFor();
    await visit.restart();
    await tab.locator("#connection").getByText("Live").waitFor(PATIENCE);
    assert(polls > 1);
    await tab.close();
  },
);

nginxTest(
  "behind an nginx that buffers events it polls",
  "proxy_ignore_headers X-Accel-Buffering;",
  async (visit, url) => {
    await (await visitHeldBack(visit, url)).close();
  },
);
