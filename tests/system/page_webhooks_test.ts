import { assert, assertEquals, assertMatch } from "@std/assert";
import { WebhookReceiver } from "../helpers/api/webhook_receiver.ts";
import { focused, LOOKS, pageTest, tabTo } from "../helpers/system/browser.ts";
import {
  does,
  ON,
  rowOf,
  watchOne,
} from "../helpers/system/page_webhooks_testing.ts";
import { register } from "../helpers/system/webhooks_testing.ts";

pageTest(
  "an endpoint is shown as it fails, is parked and goes on",
  async (visit) => {
    const { daemon, page } = visit;
    await using receiver = new WebhookReceiver();
    const { host } = receiver;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.waitForResponse("**/v1/summary");
    await page.waitForResponse("**/v1/summary");
    assert(await page.locator("#webhooks").isHidden());
    assert(!asked.some((url) => url.includes("/v1/webhooks")), `${asked}`);

    const url = `${receiver.url}/a-secret-path?token=a-secret-token`;
    const { id } = await daemon.json<{ id: string }>("POST", "/v1/webhooks", {
      url,
      label: "the shop",
    });
    const { id: other } = await register(daemon, receiver.url);
    await visit.reads("#webhooks-heading", "2 endpoints of webhooks");
    await daemon.fetch(`/v1/webhooks/${other}`, { method: "DELETE" });
    await visit.reads("#webhooks-heading", "1 endpoint of webhooks");
    const row = rowOf(visit, id);
    await does(visit, id, "Active");
    assertMatch(await row.innerText(), new RegExp(`${host}.*the shop`, "s"));

    receiver.status = 503;
    const order = await watchOne(visit);
    await does(visit, id, "Failing");
    assertMatch(await row.innerText(), /[12] waiting|\t[12]\t/);
    assertMatch(await row.innerText(), /again (in \d+ s|now)/);
    assertMatch(await row.innerText(), /It was answered with status 503/);
    assert(await page.locator("#attention").isHidden());

    receiver.status = 410;
    await daemon.json("POST", `/v1/webhooks/${id}/resume`, {});
    await does(visit, id, "Parked");
    await visit.reads("#attention", "1 endpoint needs attention");
    await visit.reads("#attention", "It answered with 410");
    await visit.reads("body > .said", "the shop: Parked");
    assertEquals(await page.title(), "(1) CallFire orders");
    assertEquals(
      await page.locator("#icon").getAttribute("href"),
      "page/favicon_attention.svg",
    );

    await page.locator("#attention").getByRole("button", { name: host })
      .click();
    const details = page.getByRole("dialog", { name: `Endpoint ${host}` });
    const attempts = await details.locator("#attempts li").allInnerTexts();
    assertMatch(
      attempts[0]!,
      new RegExp(`gone: It was answered with status 410 .*of order ${order}`),
    );
    assertMatch(attempts.at(-1)!, /refused: It was answered with status 503/);
    const test = details.getByRole("button", { name: "Send a test" });
    await test.click();
    await visit.reads("#endpoint-test-error", "not delivered. It was answered");
    receiver.status = 204;
    await test.click();
    await visit.reads("#endpoint .said", "answered with status 204 in");
    assertEquals(await page.locator("#endpoint-test-error").innerText(), "");
    await details.getByRole("button", { name: "Close" }).click();

    const types = () =>
      receiver.types.filter((type) => type !== "webhook.test");
    const before = types().length;
    await row.getByRole("button", { name: "Resume endpoint the shop" }).click();
    const resuming = page.getByRole("dialog", { name: "Resume endpoint" });
    await resuming.getByRole("button", { name: "Resume" }).click();
    await visit.reads("body > .said", "Endpoint the shop goes on.");
    await does(visit, id, "Active");
    await receiver.until(() => types().length === before + 2);
    await row.getByRole("button", { name: "Resume" })
      .waitFor({ state: "hidden" });
    await page.locator("#attention").waitFor({ state: "hidden" });
    assertEquals(await page.title(), "CallFire orders");
    await row.getByText("ago").waitFor();

    // Nobody sees of the URL what only its owner should know.
    const shown = await page.evaluate("document.documentElement.outerHTML");
    assert(!String(shown).includes("a-secret"));
    await daemon.fetch(`/v1/webhooks/${id}`, { method: "DELETE" });
    await page.locator("#webhooks").waitFor({ state: "hidden" });
  },
  ON,
);

pageTest("an endpoint goes on without what it missed", async (visit) => {
  const { daemon, page } = visit;
  await using receiver = new WebhookReceiver();
  receiver.status = 410;
  const { id } = await register(daemon, receiver.url);
  await watchOne(visit);
  await does(visit, id, "Parked");
  await page.getByRole("button", { name: "Mark as seen" }).click();
  await page.locator("#attention").waitFor({ state: "hidden" });
  assertEquals(await page.title(), "CallFire orders");
  await page.reload();
  await does(visit, id, "Parked");
  assert(await page.locator("#attention").isHidden());

  receiver.status = 204;
  await rowOf(visit, id).locator(".id").click();
  await page.locator("#endpoint .resume").click();
  await page.getByLabel("what happens from now on alone").check();
  await page.locator("#resume").getByRole("button", { name: "Resume" }).click();
  await visit.reads("#endpoint-badge", "Active");
  await page.locator("#endpoint .close:focus").waitFor();
  await page.keyboard.press("Escape");
  const before = receiver.received.length;
  const order = await watchOne(visit);
  await receiver.until(({ length }) => length === before + 2);
  for (const { body } of receiver.received.slice(before)) {
    assertEquals(body.data.watch.id, order);
  }

  // One that is removed by somebody else is told of.
  await rowOf(visit, id).locator(".id").click();
  await daemon.fetch(`/v1/webhooks/${id}`, { method: "DELETE" });
  await visit.reads("body > .said", "The endpoint was removed.");
}, ON);

pageTest("endpoints are looked after by the keyboard", async (visit) => {
  const { daemon, page } = visit;
  const { keyboard } = page;
  await using receiver = new WebhookReceiver();
  receiver.status = 410;
  const { id } = await register(daemon, receiver.url);
  const { id: active } = await daemon
    .json<{ id: string }>("POST", "/v1/webhooks", {
      url: receiver.url,
      events: ["order.removed"],
    });
  await watchOne(visit);
  await does(visit, id, "Parked");
  await does(visit, active, "Active");

  await tabTo(visit, `id ${active}`);
  await keyboard.press("Enter");
  await visit.reads("#endpoint-badge", "Active");
  await tabTo(visit, "send-test");
  await keyboard.press("Enter");
  await visit.reads("#endpoint-test-error", "was not delivered");
  assertEquals(await focused(visit), "send-test");
  await keyboard.press("Escape");
  assertEquals(await focused(visit), `id ${active}`);

  await page.evaluate("document.activeElement.blur()");
  await tabTo(visit, `resume ${id}`);
  await keyboard.press("Enter");
  assertEquals(await focused(visit), "resume-replay");
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowUp");
  assert(await page.locator("#resume-replay").isChecked());
  await keyboard.press("Escape");
  assertEquals(await focused(visit), `resume ${id}`);
  receiver.status = 204;
  await keyboard.press("Enter");
  await keyboard.press("Enter");
  await does(visit, id, "Active");
  assertEquals(await focused(visit), `id ${id}`);
}, ON);

for (const [name, options] of LOOKS) {
  pageTest(`axe finds nothing wrong with endpoints ${name}`, async (visit) => {
    const { daemon, page } = visit;
    await using receiver = new WebhookReceiver();
    receiver.status = 410;
    const { id } = await register(daemon, receiver.url);
    const { id: failing } = await daemon
      .json<{ id: string }>("POST", "/v1/webhooks", {
        // Nothing listens there.
        url: "http://127.0.0.1:9/",
        label: "a label that is long ".repeat(9),
      });
    await watchOne(visit);
    await does(visit, id, "Parked");
    await does(visit, failing, "Failing");
    await visit.reads("#upstream", "CallFire answers");
    await visit.isAccessible();
    const width = "document.documentElement.scrollWidth - innerWidth";
    assertEquals(await page.evaluate(width), 0, "it can be scrolled sideways");
    await rowOf(visit, failing).locator(".id").click();
    await page.getByRole("button", { name: "Send a test" }).click();
    await visit.reads("#endpoint-test-error", "was not delivered");
    await visit.isAccessible();
    await page.locator("#endpoint .remove").click();
    await visit.reads("#remove-endpoint-label", "a label that is long");
    await visit.isAccessible();
    await page.keyboard.press("Escape");
    await page.locator("#endpoint .resume").click();
    await visit.isAccessible();
    // One that is gone is told of where it was to be resumed.
    await daemon.fetch(`/v1/webhooks/${failing}`, { method: "DELETE" });
    await page.locator("#resume").getByRole("button", { name: "Resume" })
      .click();
    await visit.reads("#resume-error", "There is no webhook");
    await visit.isAccessible();
  }, { ...ON, ...options });
}

pageTest("of many endpoints the worst are shown", async (visit) => {
  const { daemon, page } = visit;
  await using receiver = new WebhookReceiver();
  for (let index = 0; index < 51; index++) {
    await daemon.json("POST", "/v1/webhooks", {
      url: "http://127.0.0.1:9/",
      label: `number ${index}`,
      events: ["order.removed"],
    });
  }
  receiver.status = 410;
  const { id } = await register(daemon, receiver.url);
  await visit.reads("#webhooks-heading", "52 endpoints of webhooks");
  await visit.reads("#endpoints-cut", "Only 50 of them are here");
  await watchOne(visit);
  await does(visit, id, "Parked");
  assertEquals(await page.locator("#endpoint-rows tr").count(), 50);
  // The others stay where they are, whatever becomes of one.
  assertEquals(
    await page.locator("#endpoint-rows tr .own").first().innerText(),
    "number 0",
  );

  // They are asked for only while somebody may look.
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("/v1/webhooks")) asked++;
  });
  const hide = (isHidden: boolean) =>
    page.evaluate(
      `Object.defineProperty(document, "hidden", {
        configurable: true, get: () => ${isHidden},
      });
      document.dispatchEvent(new Event("visibilitychange"));`,
    );
  await page.waitForResponse("**/v1/webhooks*");
  await hide(true);
  asked = 0;
  await page.waitForResponse("**/v1/summary");
  await page.waitForResponse("**/v1/summary");
  assertEquals(asked, 0);
  await Promise.all([page.waitForResponse("**/v1/webhooks*"), hide(false)]);
}, ON);
