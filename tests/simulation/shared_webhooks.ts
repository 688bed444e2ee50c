/**
 * The view that one daemon has of the endpoints of webhooks in the database
 * that it shares with others.
 *
 * @module
 */

import { Subscribers } from "../../daemon/store/subscribers.ts";
import { StoreError } from "../../daemon/store/store.ts";
import type {
  Endpoint,
  EndpointSecret,
} from "../../daemon/webhooks/endpoint.ts";
import type {
  EndpointCounts,
  EndpointListener,
  EndpointPage,
  PendingEvents,
  RegisterResult,
  WebhookStore,
} from "../../daemon/webhooks/webhook_store.ts";
import type { EndpointPosition } from "../../daemon/webhooks/worst_first.ts";
import type { Process } from "./process.ts";
import type { Holder, SharedDatabase } from "./shared_database.ts";
import type { Request } from "./shared_store.ts";

/** From one attempt to listen to the next, in milliseconds. */
const LISTEN_INTERVAL = 1_000;

/** What a view is made of. */
export interface SharedWebhooksOptions {
  /** What is shared. */
  database: SharedDatabase;
  /** The daemon. */
  process: Process;
  /** How its statements are done. */
  request: Request;
  /** The lease that the daemon has now. */
  number: () => Holder;
  /** Is told which endpoint a statement has changed. */
  onChanged: (id: string) => void;
}

/** One daemon's endpoints. */
export class SharedWebhooks implements WebhookStore {
  readonly #subscribers = new Subscribers<EndpointListener>();
  readonly #options: SharedWebhooksOptions;
  /** Whether it does not hear what others change. */
  #isDeaf = true;
  /** Writes are done one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SharedWebhooksOptions) {
    this.#options = options;
  }

  /** Calls a listener from now on. */
  subscribe(listener: EndpointListener): () => void {
    return this.#subscribers.add(listener);
  }

  /** Begins to hear what others change. */
  listen(): void {
    const { clock } = this.#options.process;
    this.#request(() => this.#isDeaf = false).then(
      () => this.#subscribers.notify((listener) => listener(undefined)),
      () => {
        this.#isDeaf = true;
        clock.setTimer(() => this.listen(), LISTEN_INTERVAL);
      },
    );
  }

  /** Hears of nothing until it listens again. */
  goDeaf(): void {
    if (this.#isDeaf) return;
    this.#isDeaf = true;
    const { clock } = this.#options.process;
    clock.setTimer(() => this.listen(), LISTEN_INTERVAL);
  }

  /** An endpoint was changed. */
  notified(id: string): void {
    if (this.#isDeaf) return;
    this.#subscribers.notify((listener) => listener([id]));
  }

  loadEndpoints(ids?: readonly string[]): Promise<Endpoint[]> {
    return this.#read(({ endpoints }) => endpoints.load(ids));
  }

  pageEndpoints(after: number, limit: number): Promise<EndpointPage> {
    return this.#read(({ endpoints }) => endpoints.page(after, limit));
  }

  worstEndpoints(limit: number, after?: EndpointPosition): Promise<Endpoint[]> {
    return this.#read(({ endpoints }) => endpoints.worst(limit, after));
  }

  countEndpoints(): Promise<EndpointCounts> {
    return this.#read(({ endpoints }) => endpoints.counts());
  }

  backlogs(ids?: readonly string[]): Promise<Map<string, number>> {
    return this.#read(({ endpoints }) => endpoints.backlogs(ids));
  }

  addEndpoint(
    endpoint: Endpoint,
    most: number,
  ): Promise<RegisterResult | undefined> {
    return this.#write(({ endpoints }) => {
      const registered = endpoints.add(endpoint, most);
      if (registered?.isNew) this.#options.onChanged(endpoint.id);
      return registered;
    });
  }

  saveProgress(endpoints: readonly Endpoint[]): Promise<void> {
    const number = this.#options.number();
    return this.#write((database) => {
      if (database.deliverer !== number) return;
      database.endpoints.saveProgress(endpoints);
    });
  }

  saveSecrets(
    id: string,
    secrets: readonly EndpointSecret[],
    before: readonly EndpointSecret[],
  ): Promise<boolean> {
    return this.#change(
      id,
      ({ endpoints }) => endpoints.saveSecrets(id, secrets, before),
    );
  }

  resumeEndpoint(id: string, after?: number): Promise<boolean> {
    return this.#change(id, ({ endpoints }) => endpoints.resume(id, after));
  }

  removeEndpoint(id: string, resumed?: number): Promise<boolean> {
    return this.#change(id, ({ endpoints }) => endpoints.remove(id, resumed));
  }

  owed(
    endpoint: Pick<Endpoint, "order" | "types">,
    after: number,
    limit: number,
  ): Promise<PendingEvents> {
    return this.#read(({ endpoints }) =>
      endpoints.owed(endpoint, after, limit)
    );
  }

  lastSequence(): Promise<number> {
    return this.#read(({ events }) => events.length);
  }

  #change(
    id: string,
    change: (database: SharedDatabase) => boolean,
  ): Promise<boolean> {
    return this.#write((database) => {
      const hasChanged = change(database);
      if (hasChanged) this.#options.onChanged(id);
      return hasChanged;
    });
  }

  #write<Answer>(
    statement: (database: SharedDatabase) => Answer,
  ): Promise<Answer> {
    const done = this.#last.then(() => this.#read(statement));
    this.#last = done.catch(() => {});
    return done;
  }

  /** What is lost with a connection is done once more, on another one. */
  async #read<Answer>(
    statement: (database: SharedDatabase) => Answer,
  ): Promise<Answer> {
    const { process } = this.#options;
    try {
      return await this.#request(statement);
    } catch (error) {
      if (process.isDead || !(error instanceof StoreError)) throw error;
      return await this.#request(statement);
    }
  }

  #request<Answer>(
    statement: (database: SharedDatabase) => Answer,
  ): Promise<Answer> {
    const { database, request } = this.#options;
    return request(() => statement(database));
  }
}
