import { assertEquals } from "@std/assert";
import {
  POLL_RESULT_LABELS,
  type PollResultLabel,
} from "../../../daemon/polling/poll_result.ts";
import type { CallFireErrorCode } from "../../../mod.ts";
import { test } from "../../helpers/client/testing.ts";

test("POLL_RESULTS has every fault that one question can come to", () => {
  const every: Record<
    "ok" | Exclude<CallFireErrorCode, "wait_timeout">,
    PollResultLabel
  > = {
    ok: "ok",
    not_found: "not_found",
    unauthorized: "unauthorized",
    forbidden: "forbidden",
    rate_limited: "rate_limited",
    client_error: "client_error",
    server_error: "server_error",
    malformed: "malformed",
    network: "network",
    timeout: "timeout",
  };
  assertEquals([...POLL_RESULT_LABELS].sort(), Object.values(every).sort());
});
