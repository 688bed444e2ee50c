import { assertEquals } from "@std/assert";
import { type Endpoint, stateOf } from "../../../daemon/webhooks/endpoint.ts";
import {
  type EndpointPosition,
  worstFirst,
} from "../../../daemon/webhooks/worst_first.ts";
import { endpointOf } from "../store/contract/webhook_store.ts";

const PARKED: Partial<Endpoint> = { parked: { at: 1, reason: "gone" } };
const FAILING: Partial<Endpoint> = {
  failing: { since: 1, count: 1, nextAt: 2 },
};

/** The oldest first. */
const ALL = [
  endpointOf({ id: "a" }),
  endpointOf({ id: "b", ...FAILING }),
  endpointOf({ id: "c", ...PARKED, ...FAILING }),
  endpointOf({ id: "d" }),
  endpointOf({ id: "e", ...PARKED }),
  endpointOf({ id: "f", ...FAILING }),
];

function ids(...given: Parameters<typeof worstFirst>): string {
  return worstFirst(...given).map(({ id }) => id).join("");
}

Deno.test("endpoints that are parked come first, then those that fail", () => {
  assertEquals(ids(ALL, 9), "cebfad");
  assertEquals(ids(ALL, 3), "ceb");
  assertEquals(ids([], 9), "");
});

Deno.test("a page goes on where the one before ended", () => {
  for (const limit of [1, 2, 3, 5, 6]) {
    let shown = "";
    let after: EndpointPosition | undefined;
    for (let pages = 0; pages < 7; pages++) {
      const page = worstFirst(ALL, limit, after);
      for (const endpoint of page) {
        shown += endpoint.id;
        after = { state: stateOf(endpoint), id: endpoint.id };
      }
    }
    assertEquals(shown, "cebfad");
  }
});

Deno.test("a page after an endpoint that is gone leaves nothing out", () => {
  assertEquals(ids(ALL, 9, { state: "failing", id: "x" }), "bfad");
  assertEquals(ids(ALL, 9, { state: "active", id: "x" }), "ad");
});

Deno.test("a page after an endpoint that changed goes on at its age", () => {
  assertEquals(ids(ALL, 9, { state: "failing", id: "d" }), "fad");
});
