import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import {
  signatureHeaders,
  WebhookSecret,
} from "../../../daemon/webhooks/signature.ts";
import { test } from "../../helpers/client/testing.ts";

/** Milliseconds in a second. */
const SECOND = 1000;

function messageOf(body: string, id = "evt_17_wh_1") {
  // The official package knows no clock but the machine's.
  return { id, timestamp: Math.floor(Date.now() / SECOND), body };
}

function secretOf(size: number, fill = 7): string {
  return `whsec_${new Uint8Array(size).fill(fill).toBase64()}`;
}

test("the official package verifies any message that was signed", async () => {
  const bodies = fc.oneof(
    fc.json(),
    fc.string({ unit: "grapheme" }).map((text) => JSON.stringify({ text })),
  );
  const sizes = fc.uint8Array({ minLength: 24, maxLength: 64 });
  await fc.assert(
    fc.asyncProperty(bodies, sizes, async (body, bytes) => {
      const text = `whsec_${Uint8Array.from(bytes).toBase64()}`;
      const secret = WebhookSecret.read(text);
      assert(secret);
      assertEquals(secret.show(), text);
      const headers = await signatureHeaders(messageOf(body), [secret]);
      const verified = new Webhook(text).verify(body, headers);
      assertEquals(verified, JSON.parse(body));
    }),
    { numRuns: 200 },
  );
});

test("the example of the specification is signed as it says", async () => {
  // The one in the tests of the official packages.
  const secret = WebhookSecret.read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  const headers = await signatureHeaders({
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: 1614265330,
    body: '{"test": 2432232314}',
  }, [secret!]);
  assertEquals(headers, {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("a message with anything changed is not verified", async () => {
  const secret = WebhookSecret.make();
  const webhook = new Webhook(secret.show());
  const body = '{"type":"order.settled"}';
  const headers = await signatureHeaders(messageOf(body), [secret]);
  webhook.verify(body, headers);
  const next = String(Number(headers["webhook-timestamp"]) + 1);
  for (
    const [changed, others] of [
      ['{"type":"order.changed"}', {}],
      [body, { "webhook-id": "evt_18_wh_1" }],
      [body, { "webhook-timestamp": next }],
    ] as const
  ) {
    assertThrows(
      () => webhook.verify(changed, { ...headers, ...others }),
      WebhookVerificationError,
    );
  }
});

test("while a secret takes another's place, receivers of both verify", async () => {
  const [newer, older, stranger] = [1, 2, 3].map(() => WebhookSecret.make());
  const body = "{}";
  const headers = await signatureHeaders(messageOf(body), [newer!, older!]);
  assertEquals(headers["webhook-signature"]?.split(" ").length, 2);
  new Webhook(newer!.show()).verify(body, headers);
  new Webhook(older!.show()).verify(body, headers);
  assertThrows(
    () => new Webhook(stranger!.show()).verify(body, headers),
    WebhookVerificationError,
  );
});

test("each new secret is another one, of 32 bytes", () => {
  const texts = Array.from({ length: 100 }, () => WebhookSecret.make().show());
  assertEquals(new Set(texts).size, 100);
  for (const text of texts) {
    assertEquals(text.length, "whsec_".length + 44);
    assertEquals(WebhookSecret.read(text)?.show(), text);
  }
});

test("only what the specification allows is a secret", () => {
  for (const size of [24, 25, 26, 32, 63, 64]) {
    assertNotEquals(WebhookSecret.read(secretOf(size)), undefined);
  }
  for (
    const text of [
      "",
      "whsec_",
      secretOf(23),
      secretOf(65),
      secretOf(24).slice("whsec_".length),
      secretOf(24).toUpperCase(),
      secretOf(25).replaceAll("=", ""),
      // The same bytes, with bits set that stand for none.
      secretOf(25).replace(/w==$/, "x=="),
      secretOf(24, 255).replaceAll("/", "_"),
      ` ${secretOf(24)}`,
      `${secretOf(24)}\n`,
      `whsk_${secretOf(24).slice("whsec_".length)}`,
    ]
  ) {
    assertEquals(WebhookSecret.read(text), undefined, text);
  }
});

test("a secret is in no text that is made of it unasked", async () => {
  const secret = WebhookSecret.make();
  const message = messageOf("{}");
  await secret.sign(message);
  const shown = secret.show();
  const base64 = shown.slice("whsec_".length);
  const bytes = Uint8Array.fromBase64(base64);
  for (
    const text of [
      String(secret),
      JSON.stringify({ secret }),
      Deno.inspect(secret, { depth: 9, showHidden: true, getters: true }),
      String(Object.entries(secret)),
    ]
  ) {
    assert(!text.includes(base64), text);
    assert(!text.includes(bytes.slice(0, 3).join(", ")), text);
  }
});
