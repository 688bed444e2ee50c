import { assert, assertEquals } from "@std/assert";
import type { NewOrder } from "../sandbox/order.ts";
import { pageTest, type Visit } from "../helpers/system/browser.ts";

/** As many as can be watched by one request. */
const MANY = 10_000;

/** An order that has ended when it is first asked for. */
function ended(
  localNumbers: string[],
  ordered = localNumbers.length,
  status = "FINISHED",
): NewOrder {
  return {
    localNumbers: { ordered },
    script: [{ after: 0, status, fulfilled: { localNumbers } }],
  };
}

async function shownIds({ page }: Visit): Promise<string[]> {
  return await page.locator("#rows .id").allInnerTexts();
}

pageTest("10,000 orders are paged, and the page goes on to work", async (
  visit,
) => {
  const { daemon, page, sandbox } = visit;
  const ids = Array.from(
    { length: MANY },
    (_, index) => `${5_000_000 + index}`,
  );
  for (const id of ids) {
    sandbox.orders.place({
      id,
      localNumbers: { ordered: 1 },
      script: [{ after: 0, status: "PROCESSING" }],
    });
  }
  await page.getByText("Nothing is watched yet").waitFor();
  // The page is told of each one as it is watched …
  await daemon.json("POST", "/v1/orders", {
    orders: ids.map((id, index) => ({ id, label: `group ${index % 100}` })),
  });
  await visit.reads("#orders-heading", "1–50 of 10,000 orders");
  assertEquals((await shownIds(visit)).length, 50);
  // … and loads them all.
  await page.reload();
  await visit.reads("#orders-heading", "1–50 of 10,000 orders");

  const [first] = await shownIds(visit);
  await page.getByRole("button", { name: "Next" }).click();
  await visit.reads("#page-number", "Page 2 of 200");
  assert(!(await shownIds(visit)).includes(first!));
  assertEquals((await shownIds(visit)).length, 50);

  await page.locator("#search").pressSequentially("5004321");
  await visit.reads("#orders-heading", "1 order of 10,000");
  assertEquals(await shownIds(visit), ["5004321"]);
  await page.locator("#search").fill("");
  await page.locator("#label").fill("group 77");
  await visit.reads("#orders-heading", "1–50 of 100 orders of 10,000");

  // What happens is seen among so many, wherever one is.
  await page.locator("#label").fill("the one that is sought");
  await visit.reads("#no-match", "No order matches.");
  await visit.watchOrder("5004321", "the one that is sought");
  await visit.reads("#orders-heading", "1 order of 10,000");
  await visit.row("5004321").locator(".id").click();
  await page.getByRole("dialog", { name: "Order 5004321" }).waitFor();
  assert(await page.locator("tr").count() < 60, "too much is on the page");
});

pageTest("of more orders than fit, each one is found by its id", async (
  visit,
) => {
  const { daemon, page } = visit;
  const id = (index: number) => `${5_000_000 + index}`;
  for (let from = 0; from < 3 * MANY; from += MANY) {
    const orders = Array.from(
      { length: MANY },
      (_, index) => ({ id: id(from + index) }),
    );
    await daemon.json("POST", "/v1/orders", { orders });
  }
  await page.reload();
  await visit.reads("#orders-heading", /1–50 of 20,\d{3} orders/);
  await visit.reads("#cut", /Only 20,\d{3} orders are here/);
  await page.locator("#search").fill(id(0));
  await visit.shows(id(0), "Not read yet");
});

pageTest("orders are found by state, outcome, label and number", async (
  visit,
) => {
  const { page, sandbox } = visit;
  const { orders } = sandbox;
  const whole = orders.place(ended(["12135550142", "12135550143"]));
  const short = orders.place(ended(["12135550199"], 2));
  const none = orders.place(ended([], 1));
  const open = orders.place({
    localNumbers: { ordered: 1 },
    script: [{ after: 0, status: "WAIT_FOR_PAYMENT" }],
  });
  await visit.watchOrder(whole, "Spring campaign");
  await visit.watchOrder(short, "spring campaign");
  await visit.watchOrder(none);
  await visit.watchOrder(open, "autumn");
  await visit.shows(whole, "Fulfilled");
  await visit.shows(short, "Partial");
  await visit.shows(none, "Unfulfilled");
  await visit.shows(open, "WAIT_FOR_PAYMENT");

  const chooses = async (name: string, ...ids: string[]) => {
    await page.locator("#shows label").filter({ hasText: name }).click();
    assertEquals(await shownIds(visit), ids, name);
  };
  await chooses("Watching", open);
  await chooses("Settled", none, short, whole);
  await chooses("Need attention", none, short);
  await chooses("Unfulfilled", none);
  await chooses("Partial", short);
  assert(page.url().endsWith("?show=partial"), page.url());
  await page.reload();
  await visit.shows(short, "Partial");
  assertEquals(await shownIds(visit), [short]);
  await chooses("All", open, none, short, whole);

  const finds = async (text: string, ...ids: string[]) => {
    await page.locator("#search").fill(text);
    assertEquals(await shownIds(visit), ids, text);
  };
  await finds(whole, whole);
  await finds("SPRING", short, whole);
  await finds("0199", short);
  await finds("+1 (213) 555-0142", whole);
  await page.reload();
  await visit.shows(whole, "Fulfilled");
  assertEquals(await shownIds(visit), [whole]);
  await finds("nothing like it");
  await visit.reads("#matches", "0 orders match");
  await page.getByRole("button", { name: "Show all orders" }).click();
  assertEquals((await shownIds(visit)).length, 4);
  assertEquals(
    await page.evaluate("document.activeElement.id"),
    "orders-heading",
  );

  await page.locator("#label").fill("autumn");
  assertEquals(await shownIds(visit), [open]);
  assertEquals(
    await page.locator("#labels option").evaluateAll((options) =>
      options.map((option) => option.getAttribute("value"))
    ),
    ["Spring campaign", "autumn", "spring campaign"],
  );
});
