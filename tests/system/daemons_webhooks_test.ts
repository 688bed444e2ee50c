import { assert, assertEquals } from "@std/assert";
import {
  checkAll,
  type ClusterSetup,
  clusterTest,
  LONG,
} from "../helpers/system/cluster_testing.ts";
import type { DaemonProcess } from "../helpers/system/daemon_process.ts";
import { pause } from "../helpers/system/pause.ts";
import { delivererOf, type Member } from "../helpers/system/several_daemons.ts";
import {
  getWebhook,
  register,
  sentTo,
  verifyAll,
  type WebhookView,
} from "../helpers/system/webhooks_testing.ts";

/** Waits until webhooks are delivered, and by another daemon than before. */
async function takenFrom(
  { members, receiver }: ClusterSetup,
  before: Member,
): Promise<Member> {
  const others = members.filter((member) => member !== before);
  const next = await delivererOf(others);
  const { length } = receiver.received;
  await receiver.until((received) => received.length > length);
  return next;
}

clusterTest(
  "whatever becomes of the daemon that delivers webhooks, another one goes on",
  async (setup) => {
    const { members, receiver, underLoad } = setup;
    const befallen: ((member: Member) => Promise<unknown>)[] = [
      // Before it is there again, another one has to have taken over.
      (member) => member.killFor(2 * LONG),
      (member) => member.stopFor(LONG),
      (member) => member.pauseFor(2 * LONG),
      (member) => member.cutOffFor(2 * LONG, "refuse"),
      (member) => member.cutOffFor(2 * LONG, "swallow"),
    ];
    await underLoad(async () => {
      for (const befall of befallen) {
        const deliverer = await delivererOf(members);
        const { length } = receiver.received;
        await receiver.until((received) => received.length > length);
        await Promise.all([befall(deliverer), takenFrom(setup, deliverer)]);
        // What has failed is tried again by whoever delivers then.
        receiver.status = 503;
        await pause(1_000);
        receiver.status = 204;
      }
    });
    await checkAll(setup);
  },
);

clusterTest(
  "endpoints are looked after at any daemon, whichever delivers",
  async (setup) => {
    const { ledger, members, receiver, sandbox, webhook } = setup;
    const deliverer = await delivererOf(members);
    const [other, third] = members.filter((member) => member !== deliverer)
      .map(({ daemon }) => daemon!) as [DaemonProcess, DaemonProcess];
    const { webhooks } = await other
      .json<{ webhooks: { delivers: boolean } }>("GET", "/v1/summary");
    assertEquals(webhooks.delivers, false);
    const second = await register(other, `${receiver.url}/second`);
    const place = async () => {
      const id = sandbox.orders.place({
        script: [{ after: 0, status: "FINISHED" }],
      });
      assert(await ledger.watch(third, id));
      return id;
    };
    const came = (id: string, times: number) =>
      receiver.until((received) =>
        received.filter(({ body }) =>
          body.type === "order.settled" && body.data.watch.id === id
        ).length >= times
      );
    await came(await place(), 2);
    // All tell the same of it, as soon as it is stored.
    for (const { daemon } of members) {
      let view: WebhookView;
      do view = await getWebhook(daemon!, second.id); while (
        view.backlog !== 0 || view.attempts.length === 0
      );
      assertEquals(view.state, "active");
      const { items } = await daemon!
        .json<{ items: { id: string }[] }>("GET", "/v1/webhooks");
      assertEquals(items.map(({ id }) => id), [webhook.id, second.id]);
    }
    const rotated = await other
      .json<{ secret: string }>("POST", `/v1/webhooks/${webhook.id}/rotate`);
    const { length } = receiver.received;
    await came(await place(), 2);
    const signed = sentTo(webhook.id, receiver.received.slice(length));
    assert(signed.length > 0);
    verifyAll(signed, rotated.secret, webhook.secret);
    // One that wants no more is parked, for all of them, until it is resumed.
    receiver.status = 410;
    const missed = await place();
    for (const { daemon } of members) {
      while ((await getWebhook(daemon!, webhook.id)).state !== "parked") {
        await pause(50);
      }
    }
    receiver.status = 204;
    await third.json("DELETE", `/v1/webhooks/${second.id}`);
    await other.json("POST", `/v1/webhooks/${webhook.id}/resume`);
    await came(missed, 1);
    await checkAll(setup);
  },
);
