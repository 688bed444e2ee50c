import { assertEquals, assertThrows } from "@std/assert";
import {
  fromWebhookRow,
  toWebhookRow,
  WEBHOOK_COLUMNS,
} from "../../../daemon/store/webhook_row.ts";
import { StoreError } from "../../../daemon/store/store.ts";
import { test } from "../../helpers/client/testing.ts";
import { endpointOf } from "./contract/webhook_store.ts";

test("a row that is no endpoint's is refused, and nothing of it shown", () => {
  const endpoint = endpointOf();
  const row = toWebhookRow(endpoint);
  assertEquals(fromWebhookRow(row), endpoint);
  for (const column of ["types", "secrets", "attempts"] as const) {
    const at = WEBHOOK_COLUMNS.indexOf(column);
    const { message } = assertThrows(
      () => fromWebhookRow(row.with(at, '[{"text":"whsec_')),
      StoreError,
    );
    assertEquals(
      message,
      `Cannot read the endpoint '${endpoint.id}': it was changed in the ` +
        "database by something else; remove it there or by the API",
    );
  }
});
