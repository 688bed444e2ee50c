import { assertEquals, assertMatch } from "@std/assert";
import { pageTest } from "../helpers/system/browser.ts";

/** An order of three numbers that stays as it is until it is told otherwise. */
const PROCESSING = {
  localNumbers: { ordered: 3 },
  script: [{ after: 0, status: "PROCESSING" }],
};

const TWO_NUMBERS = {
  status: "FINISHED",
  fulfilled: { localNumbers: ["12135550142", "12135550143"] },
};

pageTest(
  "the whole life of an order",
  async (visit) => {
    const { page, sandbox } = visit;
    const id = sandbox.orders.place(PROCESSING);
    await page.getByText("Nothing is watched yet").waitFor();
    await page.getByRole("button", { name: "Watch orders…" }).first().click();
    await page.getByLabel("Order ids").fill(id);
    await page.locator("#add-label").fill("spring campaign");
    await page.getByRole("button", { name: "Watch", exact: true }).click();
    await visit.reads(".said", "1 order is watched now.");
    await visit.shows(id, "PROCESSING");
    const row = visit.row(id);
    assertMatch(await row.innerText(), /spring campaign/);
    assertMatch(await row.innerText(), /0 of 3/);
    assertMatch(await row.locator(".age time").innerText(), /^\d+ (s|min)$/);

    sandbox.orders.set(id, TWO_NUMBERS);
    await visit.shows(id, "Partial");
    assertMatch(await row.innerText(), /2 of 3/);
    assertMatch(await row.innerText(), /\$4\.50/);
    assertEquals(await page.title(), "(1) CallFire orders");
    assertEquals(
      await page.locator("#icon").getAttribute("href"),
      "page/favicon_attention.svg",
    );
    await visit.reads("#attention", "1 order needs attention");
    await visit.reads(".said", "spring campaign: Partial");

    await row.getByRole("button", { name: "Copy 2 numbers" }).click();
    await visit.reads(".said", "Copied 2 numbers.");
    assertEquals(
      await page.evaluate("navigator.clipboard.readText()"),
      "12135550142\n12135550143",
    );

    await row.getByRole("button", { name: id, exact: true }).click();
    const details = page.getByRole("dialog", { name: `Order ${id}` });
    await details.getByText("settled: Partial").waitFor();
    assertEquals(
      (await details.locator("#history li").allInnerTexts())
        .map((text) => text.split("\n").at(-1)!.trim()),
      [
        "Watching began",
        "CallFire says PROCESSING",
        "CallFire says FINISHED, 2 of 3 bought, settled: Partial",
      ],
    );
    await details.getByLabel("Label").fill("autumn campaign");
    await details.getByRole("button", { name: "Save" }).click();
    await details.getByText("The label is saved.").waitFor();
    await details.getByText("Label: autumn campaign").waitFor();
    await details.getByRole("button", { name: "Close" }).click();
    await row.getByText("autumn campaign").waitFor();

    await page.getByRole("button", { name: "Mark as seen" }).click();
    await page.locator("#attention").waitFor({ state: "hidden" });
    assertEquals(await page.title(), "CallFire orders");

    await row.getByRole("button", { name: "Remove" }).click();
    const removal = page.getByRole("alertdialog");
    await removal.getByRole("button", { name: "Keep" }).click();
    await row.getByRole("button", { name: "Remove" }).click();
    await removal.getByRole("button", { name: "Remove" }).click();
    await row.waitFor({ state: "detached" });
    await page.getByText("Nothing is watched yet").waitFor();
    const { items } = await visit.daemon
      .json<{ items: unknown[] }>("GET", "/v1/orders");
    assertEquals(items, []);
  },
  { permissions: ["clipboard-read", "clipboard-write"] },
);

pageTest("the API's own sentences are shown at the fields", async (visit) => {
  const { daemon, page } = visit;
  await page.locator("#add-open").click();
  const ids = page.locator("#add-ids");
  const submit = page.locator("#add").getByRole("button", { name: "Watch" });

  await submit.click();
  await visit.reads("#add-ids-error", "Give the id of an order");

  await ids.fill("1642251003 abc, 0");
  await submit.click();
  await visit.reads("#add-ids-error", "'abc'");
  const response = await daemon.fetch("/v1/orders", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ orders: [{ id: "abc" }, { id: "0" }] }),
  });
  const { errors } = await response.json();
  assertEquals(
    await page.locator("#add-ids-error li").allInnerTexts(),
    errors.map(({ message }: { message: string }) => message),
  );
  assertEquals(await ids.getAttribute("aria-invalid"), "true");
  assertEquals(await page.evaluate("document.activeElement.id"), "add-ids");

  await ids.fill("1642251003");
  await page.locator("#add-label").fill("x".repeat(201));
  await submit.click();
  await visit.reads("#add-label-error", "a label has at most 200 characters");
  assertEquals(await page.locator("#add-ids-error").innerText(), "");
  assertEquals(await ids.getAttribute("aria-invalid"), null);

  await page.locator("#add-label").fill("");
  await submit.click();
  await visit.reads(".said", "1 order is watched now.");
  await page.locator("#add-open").click();
  await ids.fill("1642251003\n1642251004");
  await submit.click();
  await visit.reads(".said", "1 order is watched now. 1 was there before.");

  await visit.row("1642251003").locator(".id").click();
  await page.locator("#relabel-label").fill("x".repeat(201));
  await page.getByRole("button", { name: "Save" }).click();
  await visit.reads("#relabel-label-error", "at most 200 characters");
});

pageTest("markup is shown as text, wherever it comes from", async (visit) => {
  const { page, sandbox } = visit;
  const markup = "<img src=x onerror=alert(1)><b id=bold>&amp;</b>";
  const id = sandbox.orders.place(PROCESSING);
  sandbox.faults.add({
    kind: "status",
    status: 500,
    message: markup,
    order: id,
    count: 1_000,
  });
  await visit.watchOrder(id, markup);
  const row = visit.row(id);
  await row.locator(".label").getByText(markup).waitFor();
  await row.locator(".error").getByText("server_error").waitFor();
  await row.locator(".error").getByText(markup).waitFor();
  await row.locator(".id").click();
  await page.locator("#history").getByText(markup).waitFor();
  assertEquals(await page.locator("#relabel-label").inputValue(), markup);
  await page.keyboard.press("Escape");
  await page.locator("#label").focus();
  await page.locator("#labels option").first().waitFor({ state: "attached" });

  sandbox.faults.clear();
  sandbox.orders.set(id, {
    status: "FINISHED",
    fulfilled: { localNumbers: [markup.replaceAll(" ", "_")] },
  });
  await visit.shows(id, "Partial");
  await visit.reads("#attention", markup);
  await row.getByRole("button", { name: "Remove" }).click();
  await visit.reads("#remove-order-label", markup);
  assertEquals(
    await page.locator("img, b, [onerror], #bold").count(),
    0,
    "some text became markup",
  );
});

pageTest("numbers are copied where there is no clipboard", async (visit) => {
  const { context, sandbox } = visit;
  const id = sandbox.orders.place({
    tollFreeNumbers: { ordered: 1 },
    script: [{
      after: 0,
      status: "FINISHED",
      fulfilled: { tollFreeNumbers: ["18005550142"] },
    }],
  });
  await visit.watchOrder(id);
  await visit.shows(id, "Fulfilled");
  // As over HTTP from another machine.
  await context.addInitScript(
    "Object.defineProperty(navigator, 'clipboard', { value: undefined })",
  );
  const { page } = visit;
  await page.reload();
  const copy = visit.row(id).getByRole("button", { name: "Copy 1 number" });
  await copy.focus();
  await copy.press("Enter");
  await visit.reads(".said", "Copied 1 number.");
  assertEquals(
    await page.evaluate("document.activeElement.className"),
    "copy",
    "the focus was lost",
  );
  await page.locator("#search").press("Control+v");
  assertEquals(await page.locator("#search").inputValue(), "18005550142");
});
