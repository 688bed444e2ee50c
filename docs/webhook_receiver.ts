// Receives webhooks of callfire-orders, each at least once:
// WEBHOOK_SECRET=whsec_… deno run --allow-net --allow-env webhook_receiver.ts

// deno-lint-ignore no-import-prefix -- it is to run by itself
import { Webhook } from "npm:standardwebhooks@1.1.1";

const webhook = new Webhook(Deno.env.get("WEBHOOK_SECRET") ?? "");
/** The last event of each order; a database would keep it for longer. */
const known = new Map<string, number>();

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8080) }, async (request) => {
  const text = await request.text();
  try {
    webhook.verify(text, Object.fromEntries(request.headers));
  } catch {
    return new Response("The signature is not valid\n", { status: 401 });
  }
  const { type, data } = JSON.parse(text);
  if (type === "webhook.test") return new Response("tested\n");
  const { sequence, watch } = data;
  // What is sent again is known already: an order's events come in order.
  if (sequence > (known.get(watch.id) ?? 0)) {
    known.set(watch.id, sequence);
    console.log(
      `${type}: order ${watch.id} is ${watch.outcome ?? watch.state}`,
    );
  }
  return new Response("taken\n");
});
