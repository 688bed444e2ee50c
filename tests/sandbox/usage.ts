/**
 * Says how to talk to a sandbox.
 *
 * @module
 */

/** The paths of a sandbox, and what each of them is for. */
export function usage(url: string): string {
  return `A sandbox that answers as CallFire REST 1.1 does.

As CallFire, with HTTP Basic authentication:
  GET    ${url}/api/1.1/rest/number/order/ID
  POST   ${url}/api/1.1/rest/number/order
         form: Numbers, Keywords, LocalCount, TollFreeCount

Of its own, in JSON, without authentication:
  GET    ${url}/sandbox/orders
  POST   ${url}/sandbox/orders
         {"localNumbers": {"ordered": 2}, "keywords": {"ordered": 1},
          "script": [{"after": 0, "status": "PROCESSING"},
                     {"after": 5000, "status": "FINISHED",
                      "fulfilled": {"localNumbers": ["12135550142"]}}]}
         all optional: id, localNumbers, tollFreeNumbers, keywords (each
         ordered, unitCost, wanted), script, visibleAfter, created;
         times are in milliseconds since the order was placed
  PUT    ${url}/sandbox/orders/ID/script    [{"after": 0, "status": ...}]
  PATCH  ${url}/sandbox/orders/ID           {"status": "ERRORED"}
  DELETE ${url}/sandbox/orders/ID
  GET    ${url}/sandbox/faults
  POST   ${url}/sandbox/faults              {"kind": "status", "status": 503}
         each may have count, order (an id) and delay (in milliseconds):
         none
         status    status, message, retryAfter, body, contentType
         cut       at (how many bytes of the body are sent)
         reset
         drip      interval (in milliseconds)
         body      body or base64, status, contentType
         redirect  location, status
         bomb      bytes (once inflated)
         endless
         gzip
         hang
  DELETE ${url}/sandbox/faults
  GET    ${url}/sandbox/requests?order=ID   smallestGap is in milliseconds
  DELETE ${url}/sandbox/requests
`;
}
