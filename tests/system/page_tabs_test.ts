import { assert, assertEquals } from "@std/assert";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { LAUNCH, pageTest, type Visit } from "../helpers/system/browser.ts";
import { until } from "../helpers/system/fault_testing.ts";

/** More than the six connections that a browser opens to a host over HTTP/1.1. */
const TABS = 9;

/** How many of the tabs may have a stream. */
const MAX_STREAMS = 2;

const TOKEN = "tabs-test-token";

const PROCESSING = {
  localNumbers: { ordered: 1 },
  script: [{ after: 0, status: "PROCESSING" }],
};

const FULFILLED = {
  status: "FINISHED",
  fulfilled: { localNumbers: ["12135550142"] },
};

/** The tabs that have a stream now. */
class Streams {
  readonly #open = new Map<unknown, Page>();
  /** The most that were open at once. */
  max = 0;

  watch(page: Page): void {
    page.on("request", (request) => {
      if (!request.url().endsWith("/v1/events")) return;
      this.#open.set(request, page);
      this.max = Math.max(this.max, this.#open.size);
    });
    const end = (request: unknown) => void this.#open.delete(request);
    page.on("requestfinished", end);
    page.on("requestfailed", end);
    page.on("close", () => {
      for (const [request, owner] of this.#open) {
        if (owner === page) this.#open.delete(request);
      }
    });
  }

  /** Waits until so many are open. */
  areOpen(count: number): Promise<void> {
    return until(() => Promise.resolve(this.#open.size === count));
  }

  get tabs(): Page[] {
    return [...this.#open.values()];
  }
}

async function openTabs(
  context: BrowserContext,
  url: string,
  streams: Streams,
  count = TABS,
): Promise<Page[]> {
  const tabs: Page[] = [];
  while (tabs.length < count) {
    const tab = await context.newPage();
    streams.watch(tab);
    await tab.goto(url);
    tabs.push(tab);
  }
  return tabs;
}

/** Waits until every tab shows an order with a status. */
async function allShow(tabs: Page[], id: string, status: string) {
  await Promise.all(
    tabs.map((tab) =>
      tab.locator(`#rows [data-id="${id}"] .badge`)
        .getByText(status, { exact: true }).waitFor()
    ),
  );
}

/** Waits until every tab is live and has the summary. */
async function allLive(tabs: Page[]) {
  await Promise.all(tabs.flatMap((tab) => [
    tab.locator("#connection").getByText("Live").waitFor(),
    tab.locator("#upstream").getByText("CallFire answers").waitFor(),
  ]));
}

/** Adds and removes an order in a tab as a person does. */
async function works(visit: Visit, tab: Page) {
  const id = visit.sandbox.orders.place(PROCESSING);
  await tab.locator("#add-open").click();
  await tab.locator("#add-ids").fill(id);
  await tab.locator("#add [type=submit]").click();
  const row = tab.locator(`#rows [data-id="${id}"]`);
  await row.locator(".badge").getByText("PROCESSING").waitFor();
  await row.locator(".remove").click();
  await tab.locator("#remove-order [type=submit]").click();
  await row.waitFor({ state: "detached" });
}

pageTest("nine tabs of one browser are all live and work", async (visit) => {
  const { context, daemon, page, sandbox } = visit;
  await page.close();
  const streams = new Streams();
  const tabs = await openTabs(context, daemon.url, streams);
  const id = sandbox.orders.place(PROCESSING);
  await visit.watchOrder(id);
  await allLive(tabs);
  await allShow(tabs, id, "PROCESSING");
  await works(visit, tabs.at(-1)!);
  sandbox.orders.set(id, FULFILLED);
  await allShow(tabs, id, "Fulfilled");
  assertEquals(streams.max, MAX_STREAMS);

  // When the tabs with the streams are closed, others take these up.
  const closed = streams.tabs;
  assertEquals(closed.length, MAX_STREAMS);
  for (const tab of closed) await tab.close();
  await streams.areOpen(MAX_STREAMS);
  const others = tabs.filter((tab) => !closed.includes(tab));
  assert(others.includes(streams.tabs[0]!));
  await allLive(others);
  assertEquals(streams.max, MAX_STREAMS);
});

pageTest("a hidden tab has no stream, and knows what happens", async (
  visit,
) => {
  const { context, daemon, page, sandbox } = visit;
  await page.close();
  const streams = new Streams();
  const [tab] = await openTabs(context, daemon.url, streams, 1);
  await streams.areOpen(1);
  // Headless, a tab is never hidden by another one.
  const hide = (isHidden: boolean) =>
    tab!.evaluate(`(() => {
      Object.defineProperty(document, "hidden", {
        value: ${isHidden}, configurable: true,
      });
      document.dispatchEvent(new Event("visibilitychange"));
    })()`);
  await hide(true);
  await streams.areOpen(0);
  const id = sandbox.orders.place({
    script: [{ after: 0, status: "ERRORED" }],
  });
  await visit.watchOrder(id);
  await until(async () => (await tab!.title()).startsWith("(1)"));
  assertEquals(streams.tabs.length, 0);
  await hide(false);
  await streams.areOpen(1);
  await allLive([tab!]);
});

pageTest("nine tabs over plain http to another machine are live", async (
  visit,
) => {
  const { daemon, sandbox } = visit;
  // Web Locks exist over https and on this machine only.
  await using browser = await chromium.launch({
    ...LAUNCH,
    args: [
      ...LAUNCH.args,
      "--host-resolver-rules=MAP daemon.example 127.0.0.1",
    ],
  });
  const context = await browser.newContext();
  context.setDefaultTimeout(30_000);
  await context.addInitScript(
    `sessionStorage.setItem("callfire-orders.token", "${TOKEN}")`,
  );
  const streams = new Streams();
  const url = `http://daemon.example:${daemon.port}`;
  const tabs = await openTabs(context, url, streams);
  assertEquals(await tabs[0]!.evaluate("isSecureContext"), false);
  const id = sandbox.orders.place(PROCESSING);
  await visit.watchOrder(id);
  await allLive(tabs);
  await allShow(tabs, id, "PROCESSING");
  await works(visit, tabs.at(-1)!);
  sandbox.orders.set(id, FULFILLED);
  await allShow(tabs, id, "Fulfilled");
  assertEquals(streams.max, 0);
}, { env: { API_TOKEN: TOKEN } });
