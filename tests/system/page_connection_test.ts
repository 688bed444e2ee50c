import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { pageTest, type Visit } from "../helpers/system/browser.ts";

/** Goes on until it is cleared. */
const ALWAYS = 1_000_000;

const PROCESSING = {
  localNumbers: { ordered: 1 },
  script: [{ after: 0, status: "PROCESSING" }],
};

const FULFILLED = {
  status: "FINISHED",
  fulfilled: { localNumbers: ["12135550142"] },
};

const TOKEN = "page-test-token";

/** Finds the page to show just what the daemon knows, each order once. */
async function showsAll(visit: Visit): Promise<void> {
  const { items } = await visit.daemon.json<{
    items: { id: string }[];
  }>("GET", "/v1/orders?limit=1000");
  const ids = await visit.page.locator("#rows tr").evaluateAll((rows) =>
    rows.map((row) => row.getAttribute("data-id"))
  );
  assertEquals(ids, items.map(({ id }) => id));
}

pageTest("a connection that was lost is made good", async (visit) => {
  const { page, sandbox } = visit;
  const place = () => sandbox.orders.place(PROCESSING);
  const ids = [place(), place(), place()];
  for (const id of ids) await visit.watchOrder(id);
  for (const id of ids) await visit.shows(id, "PROCESSING");
  await visit.reads("#connection", "Live");

  visit.daemon.kill("SIGKILL");
  await visit.daemon.ended();
  await visit.reads("#connection", "Connection lost");
  await visit.reads("#banners", "The connection to the daemon is lost.");
  await visit.reads("#upstream", "not known");
  assertEquals(await page.locator("#rows tr").count(), 3);

  // Something fails meanwhile, and says why.
  await page.locator("#add-open").click();
  await page.locator("#add-ids").fill("1");
  await page.locator("#add [type=submit]").click();
  await visit.reads("#add-ids-error", "The daemon does not answer");
  await page.keyboard.press("Escape");

  // All of this happens where the page cannot see it.
  await page.route("**/v1/events*", (route) => route.abort());
  await visit.restart();
  sandbox.orders.set(ids[0]!, FULFILLED);
  sandbox.orders.set(ids[1]!, { status: "ERRORED" });
  await visit.daemon.json("DELETE", `/v1/orders/${ids[2]}`);
  const later = place();
  await visit.watchOrder(later, "watched meanwhile");
  for (const id of ids.slice(0, 2)) {
    await visit.daemon.json("GET", `/v1/orders/${id}?wait=20`);
  }
  await page.unroute("**/v1/events*");
  await visit.reads("#connection", "Live");
  await visit.shows(ids[0]!, "Fulfilled");
  await visit.shows(ids[1]!, "Errored");
  await visit.shows(later, "PROCESSING");
  await visit.row(ids[2]!).waitFor({ state: "detached" });
  assertEquals(await page.locator("#banners").innerText(), "");
  await visit.reads("#upstream", "CallFire answers");
  await showsAll(visit);

  // And it goes on to follow.
  sandbox.orders.set(later, FULFILLED);
  await visit.shows(later, "Fulfilled");
});

pageTest("what happens while all orders are loaded stands", async (visit) => {
  const { page, sandbox } = visit;
  const [settled, removed] = [
    sandbox.orders.place(PROCESSING),
    sandbox.orders.place(PROCESSING),
  ];
  for (const id of [settled, removed]) await visit.watchOrder(id);
  await visit.shows(settled, "PROCESSING");
  const read = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  await page.route("**/v1/orders?state=watching*", async (route) => {
    const response = await route.fetch();
    read.resolve();
    await released.promise;
    await route.fulfill({ response });
  });
  await page.reload();
  await visit.reads("#connection", "Live");
  await read.promise;
  sandbox.orders.set(settled, FULFILLED);
  await visit.daemon.json("DELETE", `/v1/orders/${removed}`);
  await visit.shows(settled, "Fulfilled");
  const rest = page.waitForResponse("**/v1/orders?state=settled*");
  released.resolve();
  await rest;
  await visit.reads("#orders-heading", "1 order");
  await visit.shows(settled, "Fulfilled");
  await showsAll(visit);
});

pageTest("it is tried to connect at once when that is asked for", async (
  visit,
) => {
  const { page } = visit;
  await visit.daemon.stop();
  await visit.reads("#connection", "Connection lost");
  // From the next try on, no pause ends by itself.
  await page.clock.install();
  const failed = page.waitForEvent(
    "requestfailed",
    (request) => request.url().includes("/v1/events"),
  );
  await page.clock.pauseAt(Date.now() + 60_000);
  await failed;
  await visit.restart();
  await page.getByRole("button", { name: "Try now" }).click();
  await visit.reads("#connection", "Live");
});

pageTest("a connection that falls silent is lost too", async (visit) => {
  const { page } = visit;
  await page.clock.install();
  await page.reload();
  await visit.reads("#connection", "Live");
  visit.daemon.kill("SIGSTOP");
  await page.clock.fastForward("00:50");
  await visit.reads("#connection", "Connection lost");
  visit.daemon.kill("SIGCONT");
  await visit.reads("#connection", "Live");
});

pageTest("with another database all is loaded anew", async (visit) => {
  const { sandbox } = visit;
  const old = sandbox.orders.place(PROCESSING);
  await visit.watchOrder(old);
  await visit.shows(old, "PROCESSING");
  await visit.daemon.stop();
  await visit.reads("#connection", "Connection lost");
  const folder = await Deno.makeTempDir({ prefix: "callfire-orders-" });
  try {
    await visit.restart({ folder });
    await visit.reads("#connection", "Live");
    await visit.row(old).waitFor({ state: "detached" });
    await visit.page.getByText("Nothing is watched yet").waitFor();
    const id = sandbox.orders.place(PROCESSING);
    await visit.watchOrder(id);
    await visit.shows(id, "PROCESSING");
    await visit.daemon.stop();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

pageTest("a daemon that wants a token gets it", async (visit) => {
  const { context, daemon, page, sandbox } = visit;
  const id = sandbox.orders.place(PROCESSING);
  await visit.watchOrder(id);
  const dialog = page.getByRole("dialog", { name: "wants a token" });
  const give = async (token: string) => {
    await dialog.getByLabel("Token").fill(token);
    await dialog.getByRole("button", { name: "Go on" }).click();
  };
  const kept = () => page.evaluate("Object.values(sessionStorage)");

  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor();
  assertEquals(await visit.row(id).count(), 0);
  await dialog.getByRole("button", { name: "Go on" }).click();
  await visit.reads("#token-value-error", "Give the token");
  await give("wrong");
  await visit.reads("#token-value-error", "The daemon refused this token");
  assertEquals(await kept(), []);
  await give(TOKEN);
  await visit.shows(id, "PROCESSING");
  assertEquals(await kept(), [TOKEN]);
  assertEquals(await page.evaluate("Object.values(localStorage)"), []);

  // The tab keeps it, another one does not know it.
  await page.reload();
  await visit.shows(id, "PROCESSING");
  assertEquals(await dialog.isVisible(), false);
  const other = await context.newPage();
  visit.watch(other);
  await other.goto(daemon.url);
  await other.getByRole("dialog", { name: "wants a token" }).waitFor();
  await other.close();
  assert(!(await page.content()).includes(TOKEN), "the token is on the page");
  assert(!page.url().includes(TOKEN));

  // Once it is refused it is forgotten.
  await daemon.stop();
  await visit.restart({ env: { API_TOKEN: "another" } });
  await dialog.waitFor();
  await visit.reads("#token-value-error", "The daemon refused this token");
  assertEquals(await kept(), []);
  await give("another");
  await visit.reads("#connection", "Live");
  sandbox.orders.set(id, FULFILLED);
  await visit.shows(id, "Fulfilled");
}, { env: { API_TOKEN: TOKEN } });

pageTest(
  "what is wrong at CallFire is told, with what to do",
  async (visit) => {
    const { page, sandbox } = visit;
    const banners = page.locator("#banners");
    await visit.reads("#upstream", "CallFire answers");
    await visit.reads("#credentials", "Credentials accepted");
    sandbox.faults.add({ kind: "status", status: 401, count: ALWAYS });
    const id = sandbox.orders.place(PROCESSING);
    await visit.watchOrder(id);
    await visit.reads("#credentials", "Credentials refused");
    await banners.getByText("check CALLFIRE_LOGIN and CALLFIRE_PASSWORD")
      .waitFor();
    await visit.row(id).locator(".error .code").getByText("unauthorized")
      .waitFor();
    assertNotEquals(await banners.innerText(), "");
  },
);

pageTest("a CallFire that fails is told, until it is back", async (visit) => {
  const { page, sandbox } = visit;
  sandbox.faults.add({ kind: "reset", count: ALWAYS });
  for (let count = 0; count < 5; count++) {
    await visit.watchOrder(sandbox.orders.place(PROCESSING));
  }
  await visit.reads("#upstream", "CallFire fails");
  await visit.reads("#banners", "see whether this machine reaches CallFire");
  sandbox.faults.clear();
  await visit.reads("#upstream", "CallFire answers");
  await page.locator("#banners > *").waitFor({ state: "detached" });
});
