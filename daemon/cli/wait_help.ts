/**
 * The help text of the command `wait`.
 *
 * @module
 */

/** What `--help` prints. */
export const WAIT_HELP =
  `Waits for CallFire number orders, and shows their progress.

Usage: deno task wait [flags] ID...

  deno task wait 1642251003
  deno task wait --timeout 5m 1642251003 1642251004
  deno task wait --json - < ids.txt
  deno task wait --daemon http://127.0.0.1:9837 1642251003

ID is an order ID. The command waits for all orders at once; - reads IDs from
the standard input, one a line.

  --timeout DURATION   how long to wait for each order, such as 90s, 5m, 1h30m;
                       by default 20s, as long as an order usually takes
  --interval DURATION  the least time between two polls of an order; by default
                       1s, which is the least that CallFire allows
  --daemon URL         follows the orders at the daemon there, which polls them
                       at its own pace and goes on when this command has ended
  --json               writes one JSON object a line
  -q, --quiet          writes only the outcomes
  -h, --help           prints this

Environment:

  CALLFIRE_LOGIN, CALLFIRE_PASSWORD   those of the account's API user
  CALLFIRE_BASE_URL                   by default
                                      https://www.callfire.com/api/1.1/rest
  MAX_REQUESTS_PER_SECOND             over all orders, by default 10; the more
                                      orders, the less often each is polled
  API_TOKEN                           the token of the daemon, if it has one;
                                      --daemon needs no other variable
  NO_COLOR                            no colors, if it is set

At a terminal a line for each order is redrawn as it changes, and the results
replace it. Anywhere else each change is a line. Transient errors are shown and
retried; any other error ends the wait for its order. CallFire may not know a
new order everywhere at once: for 20 seconds, or until the first successful
poll, not_found does not end the wait.

With --json, the "type" of a line says what else is in it:

  progress    id, elapsed, attempt, outcome, order, error: an order changed
  result      the same, with its outcome, which is null before
  connection  elapsed, error: the daemon fails; error is null: it is back
  summary     elapsed, orders, outcomes, totalCost, exitCode: the last line

elapsed is in milliseconds since the start. order is the last poll result, as
in the API, or null. error is null or has a code and a message. outcomes counts
the orders by outcome: {"fulfilled": 2, "partial": 1}.

Exit codes; of several orders, the highest counts:

    0  fulfilled: everything ordered was bought
    1  this program failed
    2  a flag, an ID or a setting is invalid; nothing was requested
    3  partial or unfulfilled: an order came back short
    4  errored, void or rejected: an order ended so
    5  not_found: CallFire has no such order, or no longer
    6  wait_timeout: an order did not settle in time; expired: the daemon
       stopped polling it
    7  unauthorized or forbidden: the login or the token was rejected
    8  client_error, removed: the request was rejected in another way, or
       somebody removed the order from the daemon
  130  interrupted: by Ctrl-C or SIGTERM
`;
