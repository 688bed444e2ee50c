/**
 * Answers about orders that finish one after the other, six milliseconds apart,
 * beginning a second after the first question. `/seen` tells when that was, in
 * milliseconds since 1970, and how many questions came. Prints its port, runs
 * until it is killed.
 *
 * @module
 */

import { FIRST_ID } from "./watched_daemon.ts";
import { finishedAfter } from "./waits.ts";

const headers = { "content-type": "application/xml" };
let first: number | undefined;
let questions = 0;

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, (request) => {
  if (request.url.endsWith("/seen")) return Response.json({ first, questions });
  const now = performance.timeOrigin + performance.now();
  first ??= now;
  questions++;
  const id = request.url.slice(request.url.lastIndexOf("/") + 1);
  const isFinished = now - first >= finishedAfter(Number(id) - FIRST_ID);
  return new Response(
    `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<r:Resource xmlns="http://api.callfire.com/data" xmlns:r="http://api.callfire.com/resource">
  <NumberOrder id="${id}">
    <Status>${isFinished ? "FINISHED" : "PROCESSING"}</Status>
    <Created>2014-12-17T12:25:36Z</Created>
    <TotalCost>1.5</TotalCost>
    <LocalNumbers><Ordered>1</Ordered><UnitCost>1.5</UnitCost>${
      isFinished ? "<Fulfilled>12135550142</Fulfilled>" : ""
    }</LocalNumbers>
  </NumberOrder>
</r:Resource>`,
    { headers },
  );
});
