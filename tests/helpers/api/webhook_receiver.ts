/**
 * A receiver of webhooks, over real sockets.
 *
 * @module
 */

/** A webhook that came. */
export interface ReceivedWebhook {
  /** Its headers. */
  headers: Record<string, string>;
  /** Its body as it came. */
  text: string;
  /** Its body. */
  // deno-lint-ignore no-explicit-any -- its shape is what tests look at
  body: any;
}

/** Takes webhooks, and keeps them. */
export class WebhookReceiver implements AsyncDisposable {
  /** What has come, in order. */
  readonly received: ReceivedWebhook[] = [];
  /** The status that it answers with. */
  status = 204;
  /** What it waits for before it answers. */
  answer: () => Promise<void> = () => Promise.resolve();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #came = Promise.withResolvers<void>();

  /**
   * Begins to listen.
   *
   * @param port Where; any free port unless told.
   */
  constructor(port = 0) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen() {} },
      async (request) => {
        const text = await request.text();
        const headers = Object.fromEntries(request.headers);
        this.received.push({ headers, text, body: JSON.parse(text) });
        this.#came.resolve();
        this.#came = Promise.withResolvers();
        await this.answer();
        return new Response(null, { status: this.status });
      },
    );
  }

  /** Where it listens: `HOST:PORT`. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Where it takes webhooks. */
  get url(): string {
    return `http://${this.host}/webhooks`;
  }

  /** The types of the events that came, in order. */
  get types(): string[] {
    return this.received.map(({ body }) => body.type);
  }

  /** Waits until enough have come. */
  async until(
    isEnough: (received: ReceivedWebhook[]) => boolean,
  ): Promise<void> {
    while (!isEnough(this.received)) await this.#came.promise;
  }

  /** Listens no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
