import { assertEquals } from "@std/assert";
import { Webhook } from "standardwebhooks";
import { test } from "../helpers/client/testing.ts";
import { DemoReceiver } from "./demo_webhooks.ts";

const SECRET = `whsec_${btoa("what both sides know of a demo")}`;

/** Sends a webhook; answers the status that it is answered with. */
async function send(
  { url }: DemoReceiver,
  secret: string,
): Promise<number> {
  const [id, now, body] = [
    "evt_1_wh_2",
    new Date(),
    '{"type":"order.settled"}',
  ];
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, now, body),
      connection: "close",
    },
    body,
  });
  await response.body?.cancel();
  return response.status;
}

test("the receiver of a demo takes what it can verify, unless it is down", async () => {
  await using receiver = new DemoReceiver();
  receiver.verifyBy(SECRET);
  assertEquals(await send(receiver, SECRET), 204);
  assertEquals(await send(receiver, SECRET), 204);
  assertEquals(receiver.describe(), "2, all verified");
  receiver.isDown = true;
  assertEquals(await send(receiver, SECRET), 503);
  receiver.isDown = false;
  assertEquals(receiver.describe(), "2, all verified");
  const other = `whsec_${btoa("what somebody else may well know")}`;
  assertEquals(await send(receiver, other), 401);
  assertEquals(receiver.describe(), "2 verified, 1 refused");
});
