// Receives webhooks of callfire-orders, each at least once:
// WEBHOOK_SECRET=whsec_… deno run --allow-net --allow-env webhook_receiver.ts

// deno-lint-ignore no-import-prefix -- it is to run by itself
import { Webhook } from "npm:standardwebhooks@1.1.1";

const webhook = new Webhook(Deno.env.get("WEBHOOK_SECRET") ?? "");
/** The ids of the last messages; a database would keep more of them. */
const known = new Set<string | null>();

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8080) }, async (request) => {
  const text = await request.text();
  try {
    webhook.verify(text, Object.fromEntries(request.headers));
  } catch {
    return new Response("The signature is not valid\n", { status: 401 });
  }
  const { type, data: { watch } } = JSON.parse(text);
  const id = request.headers.get("webhook-id");
  // A duplicate bears the same id. All else is new: orders' events come in order.
  if (watch && !known.has(id)) {
    known.add(id);
    if (known.size > 100_000) known.delete(known.keys().next().value!);
    console.log(
      `${type}: order ${watch.id} is ${watch.outcome ?? watch.state}`,
    );
  }
  return new Response("taken\n");
});
