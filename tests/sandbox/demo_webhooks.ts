/**
 * Whoever is told of a demo's orders by webhooks, and is down now and then.
 *
 * @module
 */

import { Webhook } from "standardwebhooks";
import { pause } from "./demo_pause.ts";
import { say } from "./demo_say.ts";

/** It is up so long at first, in milliseconds. */
const UP_AT_FIRST = 15_000;

/** It is then down for so long, in milliseconds. */
const DOWN = 10_000;

/** From one time that it goes down to the next, in milliseconds. */
const PERIOD = 60_000;

/** Takes webhooks in this process, and verifies each. */
export class DemoReceiver implements AsyncDisposable {
  /** Whether it is down: it answers with 503, and takes nothing. */
  isDown = false;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #webhook: Webhook | undefined;
  #delivered = 0;
  #refused = 0;
  #onDelivery: () => void = () => {};

  /** Listens at any port that is free, on this machine alone. */
  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) =>
        new Response(null, { status: await this.#take(request) }),
    );
  }

  /** Where it listens: `HOST:PORT`. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Where it takes webhooks. */
  get url(): string {
    return `http://${this.host}/orders`;
  }

  /**
   * Has itself told of all that happens to orders from now on.
   *
   * @param daemon The URL of any of the daemons.
   * @throws {Error} If it is refused.
   */
  async register(daemon: string): Promise<void> {
    const response = await fetch(`${daemon}/v1/webhooks`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ url: this.url, label: "the demo's receiver" }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`Cannot register a webhook: ${answer}`);
    this.verifyBy(JSON.parse(answer).secret);
  }

  /**
   * Verifies what comes.
   *
   * @param secret What it is signed with.
   */
  verifyBy(secret: string): void {
    this.#webhook = new Webhook(secret);
  }

  /**
   * Is down now and then, and says so.
   *
   * @param signal Ends it.
   */
  async comeAndGo(signal: AbortSignal): Promise<void> {
    let up = UP_AT_FIRST;
    while (await pause(up, signal)) {
      up = PERIOD - DOWN;
      this.isDown = true;
      say(`The receiver of webhooks is down for ${DOWN / 1000} s (503)`);
      await pause(DOWN, signal);
      this.isDown = false;
      say("The receiver of webhooks is up again, for when it is tried next");
      this.#onDelivery = () => {
        this.#onDelivery = () => {};
        say("The receiver of webhooks is told of what it has missed");
      };
    }
  }

  /** How much has come, in a few words. */
  describe(): string {
    return this.#refused === 0
      ? `${this.#delivered}, all verified`
      : `${this.#delivered} verified, ${this.#refused} refused`;
  }

  /** Listens no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  /** Takes a webhook, unless there is a reason not to; answers the status. */
  async #take(request: Request): Promise<number> {
    const text = await request.text();
    if (this.isDown) return 503;
    try {
      this.#webhook!.verify(text, Object.fromEntries(request.headers));
    } catch {
      this.#refused++;
      return 401;
    }
    this.#delivered++;
    this.#onDelivery();
    return 204;
  }
}
