/**
 * What the command says of itself.
 *
 * @module
 */

/** What `--help` prints. */
export const WATCH_HELP =
  `Waits for CallFire number orders, and shows how they come along.

Usage: deno task watch [flags] ID...

  deno task watch 1642251003
  deno task watch --timeout 5m 1642251003 1642251004
  deno task watch --json - < ids.txt
  deno task watch --daemon http://127.0.0.1:9837 1642251003

ID is the id of an order. All orders are waited for at once; - reads ids from
the standard input, one a line.

  --timeout DURATION   how long to wait for each order, such as 90s, 5m, 1h30m;
                       by default 20s, as long as CallFire says that one takes
  --interval DURATION  the least time between two questions about an order, by
                       default 1s, which is the least that CallFire allows
  --daemon URL         watches through the daemon there, at the pace that it
                       keeps; it goes on watching when this command has ended
  --json               writes one JSON object a line
  -q, --quiet          tells only how the orders ended
  -h, --help           prints this

By the environment:

  CALLFIRE_LOGIN, CALLFIRE_PASSWORD   those of the account's API user
  CALLFIRE_BASE_URL                   by default
                                      https://www.callfire.com/api/1.1/rest
  MAX_REQUESTS_PER_SECOND             over all orders, by default 10; of more
                                      orders each is asked about less often
  API_TOKEN                           the token of the daemon, if it has one;
                                      with --daemon nothing else is needed
  NO_COLOR                            no colors, if it is set

On a terminal a line for each order is drawn anew as it changes, and the results
are left in its place. Anywhere else each change is a line. Faults that may
pass are shown, and the order is asked about again; the others end its wait.
CallFire may not know a new order everywhere at once, so for 20 seconds, until
an order was read once, not_found does not end its wait.

With --json, the "type" of a line says what else is in it:

  progress    id, elapsed, attempt, outcome, order, error: a change of an order
  result      the same; outcome says how it ended, and is null before
  connection  elapsed, error: the daemon fails, or, if error is null, no longer
  summary     elapsed, orders, outcomes, totalCost, exitCode: the last line

elapsed is in milliseconds since the start. order is the last reading, as the
API has it, or null. error is null or has a code and a message. outcomes says
how many orders ended how: {"fulfilled": 2, "partial": 1}.

Exit codes; of several orders, the highest counts:

    0  fulfilled: all that was ordered was bought
    1  this program failed
    2  a flag, an id or a setting is wrong; nothing was asked
    3  partial or unfulfilled: an order came back short
    4  errored, void or rejected: an order ended so
    5  not_found: CallFire does not know the order, or no longer
    6  wait_timeout: an order had not ended in time; expired: the daemon has
       given it up
    7  unauthorized or forbidden: not permitted to ask
    8  client_error, removed: the question was refused in another way, or
       somebody removed the order from the daemon
  130  interrupted: by Ctrl-C or SIGTERM
`;
