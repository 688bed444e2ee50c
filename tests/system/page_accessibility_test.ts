import { assert, assertEquals, assertMatch } from "@std/assert";
import { focused, LOOKS, pageTest, tabTo } from "../helpers/system/browser.ts";

const PROCESSING = {
  localNumbers: { ordered: 3 },
  script: [{ after: 0, status: "PROCESSING" }],
};

const PARTIAL = {
  status: "FINISHED",
  fulfilled: { localNumbers: ["12135550142"] },
};

pageTest("everything can be done by the keyboard", async (visit) => {
  const { page, sandbox } = visit;
  const { keyboard } = page;
  const ids = [1, 2, 3].map(() => sandbox.orders.place(PROCESSING));
  const [oldest, middle] = ids as [string, string, string];
  await visit.reads("#connection", "Live");

  await keyboard.press("Tab");
  assertEquals(await focused(visit), "skip");
  await keyboard.press("Enter");
  assertEquals(await focused(visit), "orders-heading");

  await page.evaluate("document.activeElement.blur()");
  await page.reload();
  await tabTo(visit, "add-open");
  await keyboard.press("Enter");
  assertEquals(await focused(visit), "add-ids");
  await keyboard.insertText(ids.join("\n"));
  await tabTo(visit, "add-label");
  await keyboard.insertText("by keyboard");
  await keyboard.press("Enter");
  await visit.shows(oldest, "PROCESSING");
  assertEquals(await focused(visit), "add-open");
  sandbox.orders.set(middle, PARTIAL);
  await visit.shows(middle, "Partial");

  // The filter is one stop, and its choices are reached by arrows.
  await tabTo(visit, "search");
  await tabTo(visit, "label");
  await keyboard.press("Tab");
  await keyboard.press("ArrowRight");
  assertMatch(page.url(), /show=watching$/);
  await visit.row(middle).waitFor({ state: "detached" });
  await keyboard.press("ArrowLeft");
  await visit.row(middle).waitFor();

  await tabTo(visit, `id ${middle}`);
  await keyboard.press("Enter");
  await visit.reads("#details #history", "settled: Partial");
  await tabTo(visit, "relabel-label");
  await keyboard.press("ControlOrMeta+a");
  await keyboard.insertText("by keyboard again");
  await keyboard.press("Enter");
  await visit.reads("#details .said", "The label is saved.");
  await keyboard.press("Escape");
  assertEquals(await focused(visit), `id ${middle}`);

  // Rows come and go, and the focus stays where it is.
  const another = sandbox.orders.place(PROCESSING);
  await visit.watchOrder(another);
  await visit.shows(another, "PROCESSING");
  assertEquals(await focused(visit), `id ${middle}`);

  await tabTo(visit, `remove ${middle}`);
  await keyboard.press("Enter");
  await keyboard.press("Escape");
  assertEquals(await focused(visit), `remove ${middle}`);
  await keyboard.press("Enter");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await visit.row(middle).waitFor({ state: "detached" });
  assertEquals(await focused(visit), `id ${oldest}`);
});

/** Notes all that is read out, from before the page does anything. */
const LISTEN = `
  window.read = [];
  document.addEventListener("readystatechange", () => {
    for (const region of document.querySelectorAll("[role=status], [role=alert]")) {
      new MutationObserver(() => window.read.push(region.textContent))
        .observe(region, { childList: true, characterData: true, subtree: true });
    }
  }, { once: true });
`;

pageTest("nothing is read out again and again", async (visit) => {
  const { context, page, sandbox } = visit;
  const read = async () =>
    (await page.evaluate("window.read") as string[])
      .filter((text) => text !== "");
  const id = sandbox.orders.place(PROCESSING);
  await visit.watchOrder(id);
  await context.addInitScript(LISTEN);
  await page.clock.install();
  await page.reload();
  await visit.shows(id, "PROCESSING");
  // Polls and an order that is fulfilled are nothing to speak of.
  sandbox.orders.set(id, {
    status: "FINISHED",
    fulfilled: {
      localNumbers: ["12135550142", "12135550143", "12135550144"],
    },
  });
  await visit.shows(id, "Fulfilled");
  // From here on the page's time goes on by hand alone, so that a slow machine
  // does not part what happens at once.
  const now = await page.evaluate("Date.now()") as number;
  await page.clock.pauseAt(now + 10_000);
  assertEquals(await read(), []);
  // Many at once are told of once.
  const ids = [1, 2, 3, 4].map(() => sandbox.orders.place({ script: [] }));
  for (const id of ids) sandbox.orders.set(id, { status: "ERRORED" });
  for (const id of ids) await visit.watchOrder(id);
  for (const id of ids) {
    await visit.daemon.json("GET", `/v1/orders/${id}?wait=20`);
  }
  // Without its time, the page shows what it knows when it is turned.
  const known = page.locator("#rows tr").filter({ hasText: "Errored" });
  for (let turns = 0; await known.count() < ids.length; turns++) {
    assert(turns < 1_000, "the page does not learn of the orders");
    await page.evaluate("document.getElementById('next').click()");
  }
  assertEquals(await read(), []);
  await page.clock.runFor(20_000);
  const [attention, ...rest] = await read();
  assertMatch(
    attention ?? "",
    /^4 orders need attention\. (\d+: Errored, ){3}and 1 more$/,
  );
  assertEquals(rest, []);
  // So is a connection that is lost, however often it is tried.
  visit.daemon.kill("SIGKILL");
  await visit.daemon.ended();
  await visit.reads("#banners", "is lost");
  for (let tries = 0; tries < 3; tries++) {
    const failed = page.waitForEvent(
      "requestfailed",
      (request) => request.url().includes("/v1/events"),
    );
    await page.clock.runFor(15_000);
    await failed;
  }
  const [, lost, ...others] = await read();
  assertMatch(lost ?? "", /^The connection to the daemon is lost\./);
  assertEquals(others, []);
});

for (const [name, options] of LOOKS) {
  pageTest(`axe finds nothing ${name}`, async (visit) => {
    const { page, sandbox } = visit;
    await page.getByText("Nothing is watched yet").waitFor();
    await visit.isAccessible();
    const open = sandbox.orders.place(PROCESSING);
    sandbox.faults.add({ kind: "status", status: 500, order: open, count: 2 });
    const short = sandbox.orders.place(PROCESSING);
    sandbox.orders.set(short, PARTIAL);
    await visit.watchOrder(open, "an order that is open");
    await visit.watchOrder(short, "an order that came back short");
    await visit.shows(short, "Partial");
    await visit.row(open).locator(".error").getByText("server_error").waitFor();
    await visit.reads("#upstream", "CallFire answers");
    await visit.isAccessible();
    const width = "document.documentElement.scrollWidth - innerWidth";
    assertEquals(await page.evaluate(width), 0, "it can be scrolled sideways");

    await visit.row(short).locator(".id").click();
    await visit.reads("#details #history", "settled: Partial");
    await visit.isAccessible();
    await page.locator("#details .remove").click();
    await visit.isAccessible();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.locator("#add-open").click();
    await page.locator("#add-ids").fill("abc");
    await page.locator("#add-label").fill("x".repeat(201));
    await page.locator("#add [type=submit]").click();
    await visit.reads("#add-label-error", "at most 200");
    await visit.isAccessible();
    await page.keyboard.press("Escape");

    await visit.daemon.stop();
    await visit.reads("#banners", "is lost");
    await visit.isAccessible();
    await visit.restart({ env: { API_TOKEN: "a-token" } });
    await page.getByRole("dialog", { name: "wants a token" }).waitFor();
    await visit.isAccessible();
  }, options);
}
