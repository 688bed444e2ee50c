/**
 * Answers about any order at once and always the same, so that a benchmark
 * measures the one who asks. Its argument is the status of every order; with
 * `varying` behind it, each answer says the same in other bytes, so that it has
 * to be parsed. Prints its port, runs until it is killed.
 *
 * `/smallest-gap` tells the least time between two questions about one order,
 * in milliseconds, and `null` before there is one.
 *
 * @module
 */

const [status = "FINISHED", varying] = Deno.args;

const ANSWER_PARTS = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<r:Resource xmlns="http://api.callfire.com/data" xmlns:r="http://api.callfire.com/resource">
  <NumberOrder id="ID">
    <Status>${status}</Status>
    <Created>2014-12-17T12:25:36Z</Created>
    <TotalCost>9.5</TotalCost>
    <LocalNumbers><Ordered>1</Ordered><UnitCost>1.5</UnitCost><Fulfilled>12135550142</Fulfilled></LocalNumbers>
    <Keywords><Ordered>2</Ordered><UnitCost>4.0</UnitCost><Fulfilled>YELLOWTAXI ORANGEBROADSWORD</Fulfilled></Keywords>
  </NumberOrder>
</r:Resource>`.split("ID");

const headers = { "content-type": "application/xml" };

const lastAsked = new Map<string, number>();
let smallestGap = Infinity;
let questions = 0;

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, (request) => {
  const id = request.url.slice(request.url.lastIndexOf("/") + 1);
  if (id === "smallest-gap") {
    return Response.json(smallestGap === Infinity ? null : smallestGap);
  }
  const now = performance.now();
  smallestGap = Math.min(smallestGap, now - (lastAsked.get(id) ?? -Infinity));
  lastAsked.set(id, now);
  const answer = ANSWER_PARTS.join(id);
  const end = varying ? `<!-- ${questions++} -->` : "";
  return new Response(answer + end, { headers });
});
