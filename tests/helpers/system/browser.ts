/**
 * The status page in a real Chromium, of a real daemon that asks a sandbox.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import axe, { type AxeResults } from "axe-core";
import {
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { testWithProgram } from "../daemon/debian_program.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { DaemonProcess, withFolder } from "./daemon_process.ts";

/** Chromium without what would speak to the outside. */
export const LAUNCH = {
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

/** Where pictures go, for a person to look at. */
const SCREENSHOTS = new URL("../../system/screenshots/", import.meta.url);

/** How long anything on the page may take, in milliseconds. */
const PATIENCE = 20_000;

/** How to begin. */
export interface VisitOptions extends BrowserContextOptions {
  /** More of the daemon's environment. */
  env?: Record<string, string>;
  /** More of the daemon's flags. */
  args?: string[];
}

/** A daemon and somebody who looks at its page. */
export class Visit implements AsyncDisposable {
  /** The CallFire that the daemon asks. */
  readonly sandbox: Sandbox;
  /** The daemon. */
  daemon: DaemonProcess;
  /** The window that its pages are in. */
  readonly context: BrowserContext;
  /** Its page. */
  readonly page: Page;
  /** All that a browser complained of. */
  readonly complaints: string[] = [];
  readonly #folder: string;
  readonly #options: VisitOptions;
  #isInspecting = false;

  /** Begins with a page that is open. */
  constructor(
    sandbox: Sandbox,
    daemon: DaemonProcess,
    page: Page,
    folder: string,
    options: VisitOptions,
  ) {
    this.sandbox = sandbox;
    this.daemon = daemon;
    this.page = page;
    this.context = page.context();
    this.#folder = folder;
    this.#options = options;
    this.context.setDefaultTimeout(PATIENCE);
    this.watch(page);
  }

  /** Notes what the browser complains of on a page. */
  watch(page: Page): void {
    const complain = (what: string) => this.complaints.push(what);
    page.on("pageerror", (error) => complain(`uncaught: ${error}`));
    page.on("dialog", (dialog) => complain(`dialog: ${dialog.message()}`));
    page.on("request", (request) => {
      const { origin } = new URL(request.url());
      if (origin !== this.daemon.url) complain(`foreign: ${request.url()}`);
    });
    page.on("console", (message) => {
      if (!["error", "warning"].includes(message.type())) return;
      const text = message.text();
      const { url } = message.location();
      // Chromium says so of each answer that is no success, and of a daemon
      // that is not there; the page says more.
      const isApi = url.startsWith(`${this.daemon.url}/v1/`);
      const isRefused = text.endsWith("net::ERR_CONNECTION_REFUSED");
      if (text.startsWith("Failed to load") && (isApi || isRefused)) return;
      // The inspection itself styles what it looks at.
      if (this.#isInspecting && text.includes("inline style")) return;
      complain(`console: ${text} ${url}`);
    });
  }

  /** Asks the daemon to watch an order. */
  async watchOrder(id: string, label: string | null = null): Promise<void> {
    await this.daemon.json("PUT", `/v1/orders/${id}`, { label });
  }

  /** Starts the daemon again, where and with what it was. */
  async restart(
    options: { folder?: string; env?: Record<string, string> } = {},
  ) {
    const { port } = this.daemon;
    this.daemon = await DaemonProcess.start({
      sandbox: this.sandbox,
      folder: this.#folder,
      ...this.#options,
      ...options,
      port,
    });
  }

  /** Ends the daemon that was started last. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
  }

  /** The row of an order. */
  row(id: string): Locator {
    return this.page.locator(`#rows [data-id="${id}"]`);
  }

  /** Waits until the row of an order shows a status. */
  async shows(id: string, status: string): Promise<void> {
    await this.row(id).locator(".badge").getByText(status, { exact: true })
      .waitFor();
  }

  /** Waits until something on the page has a text. */
  async reads(selector: string, text: string | RegExp): Promise<void> {
    await this.page.locator(selector).filter({ hasText: text }).first()
      .waitFor();
  }

  /** Takes a picture of the page, for a person to look at. */
  async picture(name: string): Promise<void> {
    const path = new URL(`${name}.png`, SCREENSHOTS).pathname;
    await this.page.screenshot({ path: decodeURI(path) });
  }

  /** Finds nothing to be wrong for those who see or move otherwise. */
  async isAccessible(): Promise<void> {
    this.#isInspecting = true;
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate(
      "axe.run({ preload: false })",
    ) as AxeResults;
    this.#isInspecting = false;
    assertEquals(
      violations.map(({ help, nodes }) => [
        help,
        ...nodes.map(({ html, failureSummary }) => [html, failureSummary]),
      ]),
      [],
    );
  }
}

/** In which ways a page is looked at that has to be for everyone. */
export const LOOKS: readonly [name: string, options: VisitOptions][] = [
  ["in light", { colorScheme: "light" }],
  ["in dark", { colorScheme: "dark" }],
  ["on a phone", {
    viewport: { width: 360, height: 740 },
    colorScheme: "dark",
    reducedMotion: "reduce",
  }],
];

/** What has the focus: its id, or its class and the order that it is about. */
export function focused({ page }: Visit): Promise<unknown> {
  return page.evaluate(`(() => {
    const { id, className, parentElement } = document.activeElement;
    const order = parentElement?.closest("[data-id]")?.dataset.id;
    return id || [className, order].filter(Boolean).join(" ");
  })()`);
}

/** Presses Tab until something has the focus. */
export async function tabTo(visit: Visit, target: string): Promise<void> {
  for (let presses = 0; await focused(visit) !== target; presses++) {
    assert(presses < 60, `${target} cannot be reached`);
    await visit.page.keyboard.press("Tab");
  }
}

/** Runs a test with a page; at its end the browser may have no complaint. */
export function pageTest(
  name: string,
  run: (visit: Visit) => Promise<void>,
  options: VisitOptions = {},
): void {
  testWithProgram(
    { program: "chromium", debianPackage: "chromium" },
    `page: ${name}`,
    () => visitPage(name, run, options),
  );
}

/** Opens a page for somebody who looks at it, and closes it afterwards. */
export function visitPage(
  name: string,
  run: (visit: Visit) => Promise<void>,
  options: VisitOptions = {},
): Promise<void> {
  return withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using daemon = await DaemonProcess.start({
      sandbox,
      folder,
      ...options,
    });
    await using browser = await chromium.launch(LAUNCH);
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await using visit = new Visit(sandbox, daemon, page, folder, options);
    try {
      await page.goto(daemon.url);
      await run(visit);
      assertEquals(visit.complaints, []);
    } catch (error) {
      // What it looked like then says more than any message.
      await visit.picture(`failed: ${name}`).catch(() => {});
      throw error;
    }
  });
}
