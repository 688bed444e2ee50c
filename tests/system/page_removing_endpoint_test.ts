import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { WebhookReceiver } from "../helpers/api/webhook_receiver.ts";
import {
  focused,
  pageTest,
  tabTo,
  type Visit,
} from "../helpers/system/browser.ts";
import {
  does,
  ON,
  rowOf,
  watchOne,
} from "../helpers/system/page_webhooks_testing.ts";
import {
  getWebhook,
  register,
  sentTo,
} from "../helpers/system/webhooks_testing.ts";

/** The answers that list endpoints. */
const LISTS = "**/v1/webhooks?*";

/** The answers of one endpoint. */
const ENDPOINTS = "**/v1/webhooks/wh_*";

/** Notes all that is said, each row that comes, and how many there are. */
const NOTE = `
  const note = (target, tell) => {
    const noted = [];
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) noted.push(...[...addedNodes].map(tell));
    }).observe(target, { childList: true });
    return noted;
  };
  const textOf = ({ textContent }) => textContent;
  window.said = [...document.querySelectorAll(".said")]
    .map((region) => note(region, textOf));
  window.headings = note(document.getElementById("webhooks-heading"), textOf);
  window.came = note(
    document.getElementById("endpoint-rows"),
    ({ dataset }) => dataset.id,
  );
`;

/** Lets the next answer of a kind be made, but keeps it from the page. */
async function holdNext(page: Page, kind: string) {
  const made = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  await page.route(kind, async (route) => {
    const response = await route.fetch();
    made.resolve();
    await released.promise;
    await route.fulfill({ response });
  }, { times: 1 });
  return { made: made.promise, release: () => released.resolve() };
}

/** Registers a receiver twice, and waits until the page shows that. */
async function registerTwo(
  visit: Visit,
  { url }: WebhookReceiver,
  label: string | null = null,
): Promise<[id: string, other: string]> {
  const { id } = await visit.daemon
    .json<{ id: string }>("POST", "/v1/webhooks", { url, label });
  const { id: other } = await register(visit.daemon, url);
  await does(visit, id, "Active");
  await does(visit, other, "Active");
  return [id, other];
}

pageTest("an endpoint is removed by the keyboard", async (visit) => {
  const { daemon, page } = visit;
  const { keyboard } = page;
  await using receiver = new WebhookReceiver();
  const { host, received } = receiver;
  const [id, other] = await registerTwo(visit, receiver, "the shop");

  await tabTo(visit, `id ${id}`);
  await keyboard.press("Enter");
  await tabTo(visit, `remove danger ${id}`);
  await keyboard.press("Enter");
  const removal = page.getByRole("alertdialog", {
    name: `Remove endpoint ${host}?`,
    description: "Nothing more is sent there",
  });
  await removal.getByText("the shop").waitFor();
  assertEquals(await focused(visit), `close ${id}`);
  await keyboard.press("Escape");
  await removal.waitFor({ state: "hidden" });
  assertEquals(await focused(visit), `remove danger ${id}`);
  assertEquals((await getWebhook(daemon, id)).state, "active");

  await keyboard.press("Enter");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await visit.reads("body > .said", "Endpoint the shop is removed.");
  await rowOf(visit, id).waitFor({ state: "detached" });
  assertEquals(await page.locator("dialog[open]").count(), 0);
  assertEquals(await focused(visit), `id ${other}`);
  await visit.reads("#webhooks-heading", "1 endpoint of webhooks");
  const response = await daemon.fetch(`/v1/webhooks/${id}`);
  assertEquals((await response.json()).code, "webhook_not_found");
  await watchOne(visit);
  await receiver.until(() => sentTo(other, received).length === 2);
  assertEquals(sentTo(id, received), []);

  // Of the last one nothing is left that could have the focus.
  await keyboard.press("Enter");
  await page.locator("#endpoint .remove").click();
  await removal.getByRole("button", { name: "Remove" }).click();
  await visit.reads("body > .said", `Endpoint ${host} is removed.`);
  await page.locator("#webhooks").waitFor({ state: "hidden" });
  assertEquals(await focused(visit), "orders-heading");
}, ON);

pageTest("an endpoint that is removed does not come back", async (visit) => {
  const { page } = visit;
  await using receiver = new WebhookReceiver();
  const [id, other] = await registerTwo(visit, receiver);
  await page.evaluate(NOTE);
  await rowOf(visit, id).locator(".id").click();
  await page.locator("#endpoint .remove").click();
  const list = await holdNext(page, LISTS);
  const summary = await holdNext(page, "**/v1/summary");
  await Promise.all([list.made, summary.made]);
  await page.locator("#remove-endpoint [type=submit]").click();
  await rowOf(visit, id).waitFor({ state: "detached" });
  await visit.reads("#webhooks-heading", "1 endpoint of webhooks");
  list.release();
  summary.release();
  // By the next time they are asked for, that answer has been shown.
  await page.waitForResponse(LISTS);
  await page.waitForRequest(LISTS);
  assertEquals(await page.evaluate("window.came"), []);
  assertEquals(await page.evaluate("window.headings"), [
    "1 endpoint of webhooks",
  ]);
  await rowOf(visit, other).waitFor();
  assertEquals(
    await page.evaluate("window.said.flat()"),
    [`Endpoint ${receiver.host} is removed.`],
  );
}, ON);

pageTest("that an endpoint is removed is said once", async (visit) => {
  const { page } = visit;
  await using receiver = new WebhookReceiver();
  const [id, other] = await registerTwo(visit, receiver);
  await page.evaluate(NOTE);
  const submit = page.locator("#remove-endpoint [type=submit]");
  const said = () => page.evaluate("window.said.flat()");

  // The list knows before the answer comes.
  await rowOf(visit, id).locator(".id").click();
  await page.locator("#endpoint .remove").click();
  const answer = await holdNext(page, ENDPOINTS);
  await submit.click();
  await answer.made;
  await rowOf(visit, id).waitFor({ state: "detached" });
  assertEquals(await page.locator("dialog[open]").count(), 2);
  assertEquals(await said(), []);
  answer.release();
  const sentence = `Endpoint ${receiver.host} is removed.`;
  await visit.reads("body > .said", sentence);
  assertEquals(await page.locator("dialog[open]").count(), 0);
  assertEquals(await said(), [sentence]);

  // The answer is lost, but not what was asked for.
  await rowOf(visit, other).locator(".id").click();
  await page.locator("#endpoint .remove").click();
  await page.route(ENDPOINTS, async (route) => {
    await route.fetch();
    await route.abort();
  }, { times: 1 });
  await submit.click();
  await visit.reads("#remove-endpoint-error", "The daemon does not answer");
  await visit.isAccessible();
  await page.locator("#webhooks").waitFor({ state: "hidden" });
  const refused = page.waitForResponse(ENDPOINTS);
  await submit.click();
  assertEquals((await refused).status(), 404);
  await page.locator("#remove-endpoint").waitFor({ state: "hidden" });
  assertEquals(await page.locator("dialog[open]").count(), 0);
  assertEquals(await said(), [sentence, sentence]);
}, ON);
