/**
 * What callers of the API do about endpoints of webhooks, and what each answer
 * promises them.
 *
 * @module
 */

import type { Endpoint } from "../../daemon/webhooks/endpoint.ts";
import type {
  Endpoints,
  EndpointStanding,
} from "../../daemon/webhooks/endpoints.ts";
import type { ApiCalls } from "./api_calls.ts";
import type { Process } from "./process.ts";
import type {
  Change,
  KnownEndpoint,
  RegisterResult,
} from "./webhook_ledger.ts";
import type { World } from "./world.ts";

/** For how long nothing is given up, in milliseconds. */
const A_DAY = 24 * 60 * 60_000;

/** Makes calls about endpoints. */
export class WebhookCalls {
  readonly #world: World;
  readonly #api: ApiCalls;

  /**
   * Begins with no call.
   *
   * @param world The simulation.
   * @param api How to call.
   */
  constructor(world: World, api: ApiCalls) {
    this.#world = world;
    this.#api = api;
  }

  /**
   * Registers an endpoint, as POST /v1/webhooks does.
   *
   * @param registered What is told of it; no other types of the same URL.
   * @returns The endpoint, if that was acknowledged.
   */
  async register(
    registered: RegisterResult,
  ): Promise<KnownEndpoint | undefined> {
    const { webhooks } = this.#world;
    const { order, url } = registered;
    const change = webhooks.registering(registered);
    const answer = await this.#change(
      `register ${url} for ${order ?? "all orders"}`,
      change,
      (endpoints) => endpoints.register({ ...registered, label: null }),
    );
    if (!answer) return undefined;
    const { endpoint: { id }, secret } = answer;
    const known = webhooks.find(id, url)!;
    const { removal } = known;
    if (removal?.acknowledged && removal.acknowledged.at < change.since) {
      this.#broken(`${known.name} was removed, and is registered`);
    }
    known.acknowledge(change, secret);
    return known;
  }

  /** Removes an endpoint: DELETE /v1/webhooks/{id}. */
  async remove(endpoint: KnownEndpoint): Promise<void> {
    const { id, mayBeGone, name, removal } = endpoint;
    const change = this.#world.webhooks.change();
    endpoint.removal ??= change;
    const wasThere = await this.#change(
      `remove ${name}`,
      change,
      (endpoints) => endpoints.remove(id),
    );
    if (wasThere === undefined) return;
    if (!removal?.acknowledged) endpoint.removal = change;
    // What several daemons share may be told twice, and answers the second time.
    const isTold = this.#world.scenario.sharedBy > 0;
    if (!wasThere && !mayBeGone && !endpoint.hasEnded && !isTold) {
      this.#broken(`${name} is not there to be removed`);
    }
  }

  /** Gives an endpoint another secret: POST /v1/webhooks/{id}/rotate. */
  async rotate(endpoint: KnownEndpoint): Promise<void> {
    const { id, name } = endpoint;
    const change = endpoint.rotating();
    const answer = await this.#change(
      `rotate the secret of ${name}`,
      change,
      async (endpoints) => [await endpoints.rotate(id)],
    );
    endpoint.rotated(change, answer?.[0]?.secret);
    if (answer && !answer[0]) this.#checkGone(endpoint);
  }

  /**
   * Has an endpoint go on: POST /v1/webhooks/{id}/resume.
   *
   * @param endpoint The endpoint.
   * @param after The sequence after which; where it was unless told.
   * @returns Whether that was acknowledged.
   */
  async resume(endpoint: KnownEndpoint, after?: number): Promise<boolean> {
    const { id, name } = endpoint;
    const change = endpoint.resuming(after);
    const answer = await this.#change(
      `resume ${name} after ${after ?? "where it was"}`,
      change,
      async (endpoints) => [await endpoints.resume(id, after)],
    );
    if (answer && !answer[0]) change.acknowledged = undefined;
    endpoint.resumed(change);
    if (answer && !answer[0]) this.#checkGone(endpoint);
    return answer !== undefined;
  }

  /** Sends an endpoint a test: POST /v1/webhooks/{id}/test. */
  async test(endpoint: KnownEndpoint): Promise<void> {
    const { id, name } = endpoint;
    const before = endpoint.testsTaken;
    const answer = await this.#api.call(
      `test ${name}`,
      async ({ core }) => {
        const { signal } = new AbortController();
        return [await core.webhooks!.endpoints.test(id, signal)];
      },
      { mayLast: true },
    );
    if (answer && !answer[0]) this.#checkGone(endpoint);
    const isDelivered = answer?.[0]?.result === "delivered";
    if (isDelivered && endpoint.testsTaken === before) {
      this.#broken(`${name} has had no test`);
    }
  }

  /**
   * Lists endpoints: GET /v1/webhooks.
   *
   * @returns How each does, if that was told.
   */
  async list(): Promise<readonly EndpointStanding[] | undefined> {
    const { daemons, webhooks } = this.#world;
    const wanted = webhooks.wanted.filter(({ mayBeGone }) => !mayBeGone);
    let asked: Process | undefined;
    const listed = await this.#api.call("list endpoints", (process) => {
      asked = process;
      return process.core.webhooks!.endpoints.list(Infinity);
    });
    if (!listed) return undefined;
    const ids = new Set(listed.map(({ endpoint }) => endpoint.id));
    for (const endpoint of wanted) {
      const isListed = ids.has(endpoint.id) || endpoint.mayBeGone;
      if (isListed || !daemons.knows(asked!, endpoint.registration!)) continue;
      this.#broken(`${endpoint.name} is not listed`);
    }
    for (const { id, name, removal } of webhooks.endpoints.values()) {
      if (!removal?.acknowledged || !ids.has(id)) continue;
      if (!daemons.knows(asked!, removal)) continue;
      this.#broken(`${name} was removed, and is listed`);
    }
    for (const { endpoint } of listed) this.#checkParked(endpoint);
    return listed;
  }

  /** That nothing is parked that has not failed for long, or wants no more. */
  #checkParked({ id, parked, url }: Endpoint): void {
    const { scenario, tally, time, webhooks } = this.#world;
    const known = webhooks.find(id, url);
    if (!parked || !known || known.parkedAt === parked.at) return;
    known.parkedAt = parked.at;
    tally.add("webhook: parked");
    const isEarly = parked.reason === "gone"
      ? !known.wasTired
      : scenario.dateStepEvery === Infinity && time.now < A_DAY;
    if (isEarly) this.#broken(`${known.name} is parked: ${parked.reason}`);
  }

  /** Changes endpoints; takes note of whether that was acknowledged. */
  #change<Answer>(
    doing: string,
    change: Change,
    act: (endpoints: Endpoints) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    let asked: Process | undefined;
    return this.#api.call(doing, (process) => {
      asked = process;
      return act(process.core.webhooks!.endpoints);
    }).then((answer) => {
      if (answer === undefined) return undefined;
      change.acknowledged = { at: this.#world.time.now, process: asked! };
      return answer;
    });
  }

  #checkGone({ mayBeGone, name }: KnownEndpoint): void {
    if (!mayBeGone) this.#broken(`${name} is not there any more`);
  }

  #broken(what: string): void {
    this.#world.broken(what);
  }
}
