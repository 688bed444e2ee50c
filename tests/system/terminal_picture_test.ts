import { assertEquals, assertLess } from "@std/assert";
import { chromium } from "playwright-core";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import { Screen, type Stretch } from "../helpers/cli/screen.ts";
import type { NewOrder, Step } from "../sandbox/order.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { LAUNCH } from "../helpers/system/browser.ts";
import { runAtTerminal } from "../helpers/system/wait_run.ts";

/** The picture is one of the README's if it is asked for. */
const PLACE = Deno.env.get("UPDATE_PICTURES") === "1"
  ? "../../docs/terminal.png"
  : "screenshots/terminal.png";

const PICTURE = decodeURI(new URL(PLACE, import.meta.url).pathname);

/** The most bytes that it has. */
const LARGEST = 100_000;

const SIZE = { columns: 90, rows: 12, hasColor: true };

/** Ends each drawing of the live view, and its end. */
const ERASE_BELOW = "\x1b[J";

const STYLE = `
  body { margin: 0; padding: 16px; background: #fff; width: 868px; }
  pre {
    margin: 0; padding: 14px 16px; overflow: hidden;
    border: 1px solid #d1d9e0; border-radius: 8px; background: #f6f8fa;
    color: #1f2328; font: 15px/1.45 "DejaVu Sans Mono", monospace;
  }
  p {
    margin: 16px 0 8px; color: #1f2328;
    font: 600 15px "DejaVu Sans", sans-serif;
  }
  p:first-of-type { margin-top: 0; }
  .prompt { color: #59636e; }
  .dim { color: #59636e; }
  .color-1 { color: #c0202b; }
  .color-2 { color: #116329; }
  .color-3 { color: #7d4e00; }
`;

const numbers = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => `${first + index}`);

function life(ordered: NewOrder, ...script: Step[]): NewOrder {
  return { ...ordered, script };
}

const PROCESSING = { after: 0, status: "PROCESSING" };

const ORDERS: NewOrder[] = [
  life({ localNumbers: { ordered: 3 } }, PROCESSING, {
    after: 1_500,
    status: "FINISHED",
    fulfilled: { localNumbers: numbers(12135550140, 3) },
  }),
  life({ localNumbers: { ordered: 5 } }, PROCESSING, {
    after: 2_500,
    status: "FINISHED",
    fulfilled: { localNumbers: numbers(13105550100, 2) },
    totalCost: 3,
  }),
  life(
    { localNumbers: { ordered: 8 } },
    PROCESSING,
    { after: 3_500, status: "ERRORED", totalCost: 0 },
  ),
  life({ tollFreeNumbers: { ordered: 3 } }, {
    ...PROCESSING,
    fulfilled: { tollFreeNumbers: numbers(18005550101, 2) },
  }),
  life({ keywords: { ordered: 1 } }, PROCESSING),
];

/** What a program has written, as a terminal shows it. */
async function shown(output: string): Promise<Stretch[][]> {
  using screen = new Screen(SIZE.columns, SIZE.rows);
  await screen.write(output);
  return screen.styledLines();
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** The terminal as a part of a document. */
function drawn(caption: string, command: string, lines: Stretch[][]): string {
  const content = lines.map((line) =>
    line.map(({ text, color, isDim }) =>
      `<span class="color-${color} ${isDim ? "dim" : ""}">${
        escapeMarkup(text)
      }</span>`
    ).join("")
  );
  const prompt = `<span class="prompt">$ ${escapeMarkup(command)}</span>`;
  return `<p>${caption}</p><pre>${[prompt, ...content].join("\n")}</pre>`;
}

testWithProgram(
  { program: "chromium", debianPackage: "chromium" },
  "a picture of the terminal is there to be looked at",
  async () => {
    await using sandbox = await startSandbox();
    const ids = ORDERS.map((order) => sandbox.orders.place(order));
    const [, , , slow, failing] = ids as [
      string,
      string,
      string,
      string,
      string,
    ];
    sandbox.faults.add({
      kind: "status",
      status: 503,
      order: failing,
      count: 1_000,
    });
    await using run = runAtTerminal(sandbox, SIZE, ...ids);
    // What has come stays in each drawing after it.
    for (const text of ["fulfilled", "partial", "errored", "retrying"]) {
      await run.written(text);
    }
    // The drawing that it is in may not be complete yet.
    await run.written(ERASE_BELOW, run.output.length);
    const { output } = run;
    const live = await shown(
      output.slice(0, output.lastIndexOf(ERASE_BELOW) + ERASE_BELOW.length),
    );
    sandbox.faults.clear();
    sandbox.orders.set(failing, {
      status: "FINISHED",
      fulfilled: { keywords: ["YELLOWTAXI"] },
    });
    sandbox.orders.set(slow, {
      status: "FINISHED",
      fulfilled: { tollFreeNumbers: numbers(18005550101, 3) },
    });
    assertEquals(await run.ended(), 4, run.output);
    const results = await shown(run.output);
    assertEquals([live.length, results.length], [7, 6]);
    assertEquals(
      live.slice(1, 4).map((line) => line.at(-1)),
      [
        { text: "fulfilled", color: 2, isDim: false },
        { text: "partial", color: 3, isDim: false },
        { text: "errored", color: 1, isDim: false },
      ],
    );

    const command = `deno task wait ${ids.join(" ")}`;
    await using browser = await chromium.launch(LAUNCH);
    const page = await browser.newPage();
    await page.setContent(
      `<!doctype html><style>${STYLE}</style>` +
        drawn("While orders are waited for", command, live) +
        drawn("When all have ended", command, results),
    );
    const bytes = await page.locator("body").screenshot({ path: PICTURE });
    assertLess(bytes.length, LARGEST);
  },
);
