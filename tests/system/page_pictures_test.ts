import { assertEquals, assertLess } from "@std/assert";
import type { NewOrder, Step } from "../sandbox/order.ts";
import { WebhookReceiver } from "../helpers/api/webhook_receiver.ts";
import { pageTest, type Visit } from "../helpers/system/browser.ts";

/** The picture that the README opens with. */
const PICTURE = new URL("../../docs/page.png", import.meta.url).pathname;

/** How long it takes until there is something to see in its plots. */
const PLOTTED = 75_000;

/** The most bytes that it has. */
const LARGEST = 200_000;

function life(ordered: NewOrder, ...steps: Omit<Step, "after">[]): NewOrder {
  return { ...ordered, script: steps.map((step) => ({ after: 0, ...step })) };
}

const numbers = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => `${first + index}`);

/** Orders of every fate: the label, the order, and what the page shows. */
const ORDERS: [string, NewOrder, string][] = [
  [
    "Called off",
    life({ localNumbers: { ordered: 2 } }, { status: "VOID" }),
    "Void",
  ],
  [
    "Over the budget",
    life({ tollFreeNumbers: { ordered: 40 } }, { status: "REJECTED" }),
    "Rejected",
  ],
  [
    "Keyword PIZZA",
    life({ keywords: { ordered: 1 } }, { status: "FINISHED", totalCost: 0 }),
    "Unfulfilled",
  ],
  [
    "Support line",
    life({ tollFreeNumbers: { ordered: 1 } }, {
      status: "FINISHED",
      fulfilled: { tollFreeNumbers: ["18005550142"] },
    }),
    "Fulfilled",
  ],
  [
    "Area code 907",
    life({ localNumbers: { ordered: 10 } }, { status: "ERRORED" }),
    "Errored",
  ],
  [
    "Waits for a payment",
    life({ localNumbers: { ordered: 3 } }, { status: "WAIT_FOR_PAYMENT" }),
    "WAIT_FOR_PAYMENT",
  ],
  [
    "Spring campaign, keywords",
    life({ keywords: { ordered: 2 } }, {
      status: "FINISHED",
      fulfilled: { keywords: ["YELLOWTAXI"] },
    }),
    "Partial",
  ],
  [
    "Spring campaign, Los Angeles",
    life({ localNumbers: { ordered: 5 } }, {
      status: "FINISHED",
      fulfilled: { localNumbers: numbers(12135550140, 5) },
    }),
    "Fulfilled",
  ],
  [
    "Through a bad connection",
    life({ localNumbers: { ordered: 1 } }, { status: "PROCESSING" }),
    "Not read yet",
  ],
  [
    "Summer campaign, all of it",
    life(
      {
        localNumbers: { ordered: 25 },
        tollFreeNumbers: { ordered: 4 },
        keywords: { ordered: 2 },
      },
      {
        status: "PROCESSING",
        fulfilled: { localNumbers: numbers(13105550100, 11) },
      },
    ),
    "PROCESSING",
  ],
];

/** Watches all of them, and waits until each one is shown as it should. */
async function watchAll(visit: Visit): Promise<void> {
  const { orders, faults } = visit.sandbox;
  for (const [label, newOrder, status] of ORDERS) {
    const id = orders.place(newOrder);
    if (status === "Not read yet") {
      faults.add({ kind: "status", status: 503, order: id, count: 1_000 });
    }
    await visit.watchOrder(id, label);
    await visit.shows(id, status);
  }
  await visit.reads(".error", "server_error");
  await visit.reads("#upstream", "CallFire answers");
}

/** Waits until nothing is said that would cover something. */
async function isSilent({ page }: Visit): Promise<void> {
  await page.locator("body > .said:empty").waitFor({ state: "attached" });
}

/**
 * What is wider than the place that it is in; but the headings of cards are not
 * seen, and plots, which are clipped, follow the width a moment later.
 */
const WIDER =
  `[...document.querySelectorAll("main :not(thead *, .plot *)")].filter((element) => {
  const { right, width } = element.getBoundingClientRect();
  return width > 1 && right > document.querySelector("main").clientWidth;
}).map((element) => element.outerHTML)`;

const SIZES = {
  wide: { width: 1280, height: 900 },
  "in between": { width: 900, height: 1000 },
  narrow: { width: 390, height: 844 },
};

pageTest("it is there to be looked at, at every width, light and dark", async (
  visit,
) => {
  const { page } = visit;
  await page.getByText("Nothing is watched yet").waitFor();
  await visit.picture("empty");
  await using receiver = new WebhookReceiver();
  receiver.status = 410;
  for (
    const [label, url] of [
      ["Orders of the shop", "http://127.0.0.1:9/"],
      ["The old warehouse", receiver.url],
    ]
  ) await visit.daemon.json("POST", "/v1/webhooks", { label, url });
  await watchAll(visit);
  await visit.reads(".said", "orders need attention");
  await visit.reads("#endpoint-rows", "Parked");
  await visit.reads("#endpoint-rows", "Failing");
  await isSilent(visit);
  const endpoint = page.locator("#endpoint-rows .needs-attention");
  const row = page.locator("#rows .needs-attention").first();
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate("scrollTo(0, 0)");
      assertEquals(await page.evaluate(WIDER), [], "something is cut off");
      await visit.picture(`${size} ${colorScheme}`);
      await row.scrollIntoViewIfNeeded();
      await visit.picture(`${size} ${colorScheme}, rows`);
      await row.locator(".id").click();
      await visit.reads("#history", "settled");
      await visit.picture(`${size} ${colorScheme}, details`);
      await page.locator("#details .remove").click();
      await visit.picture(`${size} ${colorScheme}, removing`);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      await endpoint.scrollIntoViewIfNeeded();
      await visit.picture(`${size} ${colorScheme}, endpoints`);
      await endpoint.locator(".id").click();
      await visit.picture(`${size} ${colorScheme}, endpoint`);
      await page.locator("#endpoint .remove").click();
      await visit.picture(`${size} ${colorScheme}, removing an endpoint`);
      await page.keyboard.press("Escape");
      await page.locator("#endpoint .resume").click();
      await visit.picture(`${size} ${colorScheme}, resuming`);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      await page.locator("#add-open").click();
      await page.locator("#add-ids").fill("1642251003 abc");
      await page.locator("#add [type=submit]").click();
      await visit.reads("#add-ids-error", "abc");
      await visit.picture(`${size} ${colorScheme}, adding`);
      await page.keyboard.press("Escape");
    }
  }
}, { args: ["--webhook-hosts=*", "--webhook-allow-private"] });

if (Deno.env.get("UPDATE_PICTURES") === "1") {
  pageTest("the README's picture is taken anew", async (visit) => {
    const { page } = visit;
    await page.setViewportSize(SIZES.wide);
    await visit.watchOrder("1642", "A slip of the pen");
    await watchAll(visit);
    await page.waitForTimeout(PLOTTED);
    await visit.shows("1642", "Not found");
    await isSilent(visit);
    const bytes = await page.screenshot({ path: PICTURE });
    assertLess(bytes.length, LARGEST);
  });
}
