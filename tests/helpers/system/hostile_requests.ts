/**
 * Requests that nobody sends who means well, each with what it is answered
 * with. None of them may change anything.
 *
 * @module
 */

/** The token of the daemon that they are sent to. */
export const TOKEN = "a-token-that-nobody-guesses-0123456789";

/** What is sent, one after the other. */
export type Sent = readonly (string | Uint8Array)[];

/** A request, and the status and the code of its answer. */
export type HostileRequest = [
  name: string,
  request: () => Sent,
  status: number,
  /** The code of the problem; none if HTTP itself refuses it. */
  code?: string | undefined,
];

const MEBIBYTE = 1024 * 1024;
const HOST = "Host: localhost";
const BEARER = `Authorization: Bearer ${TOKEN}`;
const JSON_TYPE = "Content-Type: application/json";

/** A request of these lines, with whatever follows. */
function request(lines: readonly string[], ...rest: Sent): Sent {
  return [`${lines.join("\r\n")}\r\n\r\n`, ...rest];
}

/** A request with the token, and a body. */
function body(
  name: string,
  text: () => string,
  status: number,
  code: string,
  line = "POST /v1/orders HTTP/1.1",
): HostileRequest {
  const send = () => {
    const content = text();
    const { length } = new TextEncoder().encode(content);
    const head = [line, HOST, BEARER, JSON_TYPE, `Content-Length: ${length}`];
    return request(head, content);
  };
  return [`body: ${name}`, send, status, code];
}

/** A request without a body, with the token. */
function line(
  text: string,
  status: number,
  code?: string,
  ...headers: string[]
): HostileRequest {
  const send = () => request([text, HOST, BEARER, ...headers]);
  return [text.slice(0, 80), send, status, code];
}

const WATCH = "PUT /v1/orders/7 HTTP/1.1";

const LABELS = [
  "a\\r\\nInjected: 1",
  "a\\nInjected: 1",
  "\\u0000",
  "\\u001b[2J",
  "\\ud800",
  "a".repeat(201),
].map((label) =>
  body(
    `label ${label}`,
    () => `{"label":"${label}"}`,
    400,
    "invalid_request",
    WATCH,
  )
);

const BODIES: HostileRequest[] = [
  ...["", "{", '{"orders":', "orders", "{'orders':[]}", "\ufeff\ufeff{}"].map(
    (text) => body(text, () => text, 400, "invalid_json"),
  ),
  ...[
    ...["[]", "null", "7", '"x"', "{}", '{"orders":{}}', '{"orders":[{}]}'],
    '{"orders":[{"id":"7","__proto__":{"label":"x"}}]}',
    '{"orders":[{"id":1e999}]}',
    '{"orders":[{"id":9007199254740993}]}',
    '{"orders":[{"id":"7;DROP TABLE orders"}]}',
    '{"orders":[{"id":"7"}],"constructor":{}}',
  ].map((text) => body(text, () => text, 400, "invalid_request")),
  body(
    "arrays in arrays, closed",
    () => `{"orders":${"[".repeat(1e5)}${"]".repeat(1e5)}}`,
    400,
    "invalid_request",
  ),
  body(
    "arrays in arrays, open",
    () => "[".repeat(5e6),
    400,
    "invalid_request",
  ),
  body(
    "objects in objects",
    () => `${'{"a":'.repeat(1e6)}1${"}".repeat(1e6)}`,
    400,
    "invalid_request",
  ),
  body(
    "orders without end",
    () => `{"orders":[${'{"id":"7"},'.repeat(10_000)}{"id":"7"}]}`,
    400,
    "invalid_request",
  ),
];

/** A hundred MiB that nobody reads. */
function large(
  name: string,
  headers: string[],
  piece: string,
  status: number,
  code: string,
): HostileRequest {
  const head = ["POST /v1/orders HTTP/1.1", HOST, JSON_TYPE, ...headers];
  const bytes = new TextEncoder().encode(piece);
  const send = () => request(head, ...Array(100).fill(bytes));
  return [`100 MiB ${name}`, send, status, code];
}

const LENGTH = `Content-Length: ${100 * MEBIBYTE}`;
const SPACES = " ".repeat(MEBIBYTE);
const PIECE = `100000\r\n${SPACES}\r\n`;

const LARGE_BODIES: HostileRequest[] = [
  large("at once", [BEARER, LENGTH], SPACES, 413, "body_too_large"),
  large(
    "in pieces",
    [BEARER, "Transfer-Encoding: chunked"],
    PIECE,
    413,
    "body_too_large",
  ),
  large("without a token", [LENGTH], SPACES, 401, "unauthorized"),
];

const METHODS: HostileRequest[] = [
  ...["FOO", "TRACE", "OPTIONS", "PATCH", "get", "A".repeat(300)].map((name) =>
    line(`${name} /v1/orders HTTP/1.1`, 405, "method_not_allowed")
  ),
  line("CONNECT localhost:1 HTTP/1.1", 404, "route_not_found"),
  line("OPTIONS * HTTP/1.1", 404, "route_not_found"),
  line("GET /v1/orders HTTP/9.9", 400),
  line("GET /v1/orders", 400),
  line("PRI * HTTP/2.0", 400),
  ["TLS", () => [new Uint8Array([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3])], 400],
];

const PATHS: HostileRequest[] = [
  ...[
    "/page/../../etc/passwd",
    "/page/..%2f..%2fdaemon.ts",
    "/page/%2e%2e/%2e%2e/etc/passwd",
    "/v1/../v1/orders",
    "//v1/orders",
    "/V1/orders",
    "/v1/orders/",
    "/v1\\orders",
    "/-/../v1/orders",
  ].map((path) => line(`GET ${path} HTTP/1.1`, 404, "route_not_found")),
  ...[
    "/v1/orders/..%2f..%2fetc%2fpasswd",
    "/v1/orders/%00",
    "/v1/orders/%",
    "/v1/orders/%ff",
    "/v1/orders/9223372036854775808",
    "/v1/orders?limit=1&limit=2",
    "/v1/orders?__proto__=1",
    "/v1/orders?cursor=' OR 1=1--".replaceAll(" ", "%20"),
  ].map((path) => line(`GET ${path} HTTP/1.1`, 400, "invalid_request")),
  line(`GET /${"a".repeat(100_000)} HTTP/1.1`, 400),
];

const HEADERS: HostileRequest[] = [
  line(WATCH, 400, undefined, "Content-Length: -1"),
  line(WATCH, 400, undefined, "Content-Length: 2", "Content-Length: 3"),
  line(
    WATCH,
    400,
    undefined,
    "Content-Length: 4",
    "Transfer-Encoding: chunked",
  ),
  line(WATCH, 400, undefined, "Transfer-Encoding: gzip"),
  ...["X : 1", "X: a\rb", "X: a\0b", `X: ${"a".repeat(MEBIBYTE)}`].map(
    (header) => line("GET /v1/orders HTTP/1.1", 400, undefined, header),
  ),
  line("GET /v1/orders HTTP/1.1", 400, undefined, ...Array(1000).fill("X: a")),
];

const TOKENS: HostileRequest[] = [
  undefined,
  "",
  "Bearer",
  "Bearer ",
  `Bearer ${TOKEN}x`,
  `Bearer ${TOKEN.slice(1)}`,
  `Bearer ${TOKEN} ${TOKEN}`,
  `Basic ${btoa(`:${TOKEN}`)}`,
  `Bearer ${"a".repeat(10_000)}`,
].map((value) => [
  `token: ${value?.slice(0, 60)}`,
  () =>
    request([
      "GET /v1/orders HTTP/1.1",
      HOST,
      ...value === undefined ? [] : [`Authorization: ${value}`],
    ]),
  401,
  "unauthorized",
]);

/** All of them. */
export const HOSTILE_REQUESTS: readonly HostileRequest[] = [
  ...LABELS,
  ...BODIES,
  ...LARGE_BODIES,
  ...METHODS,
  ...PATHS,
  ...HEADERS,
  ...TOKENS,
];
