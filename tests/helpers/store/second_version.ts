/**
 * An endpoint as the second version of the tables kept it.
 *
 * @module
 */

import type { Endpoint } from "../../../daemon/webhooks/endpoint.ts";

/** What puts it into a database of that version. */
export const ADD_SECOND_VERSION_ENDPOINT = `INSERT INTO webhooks (
    id, url, types, secrets, created_at, cursor, failing_since, failing_count,
    failing_next_at, attempts
  ) VALUES (
    'wh_1', 'https://example.com/', '["order.settled"]',
    '[{"text":"whsec_c2VjcmV0","validUntil":null}]', 1000, 7, 2000, 3, 9000, '[]'
  )`;

/** How it is read from then on. */
export const SECOND_VERSION_ENDPOINT: Endpoint = {
  id: "wh_1",
  url: "https://example.com/",
  label: null,
  types: ["order.settled"],
  order: null,
  secrets: [{ text: "whsec_c2VjcmV0", validUntil: null }],
  createdAt: 1000,
  resumed: 0,
  cursor: 7,
  failing: { since: 2000, count: 3, nextAt: 9000 },
  heldSince: null,
  parked: null,
  attempts: [],
};
