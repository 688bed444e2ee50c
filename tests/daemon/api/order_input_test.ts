import { assert, assertEquals } from "@std/assert";
import { type ApiSetup, apiTest } from "../../helpers/api/testing.ts";

const RULE = "an order id is a whole number from 1 to 9223372036854775807";

apiTest("an id is known without its leading zeros", async (setup) => {
  const { call, json } = setup;
  const created = await call("PUT", "/v1/orders/007");
  assertEquals(created.status, 201);
  assertEquals(created.headers.get("Location"), "/v1/orders/7");
  assertEquals((await created.json()).id, "7");
  for (const id of ["7", "007", "%37", "0000000000000000000000007"]) {
    assertEquals((await call("PUT", `/v1/orders/${id}`)).status, 200, id);
    assertEquals((await json("GET", `/v1/orders/${id}`)).id, "7", id);
  }
  assertEquals((await json("GET", "/v1/orders")).items.length, 1);
  assertEquals((await call("DELETE", "/v1/orders/07")).status, 204);
});

/** What is no id, as it stands in a path, and how it is shown. */
const NO_IDS = [
  ["0", "0"],
  ["abc", "abc"],
  ["+5", "+5"],
  ["-5", "-5"],
  ["5.0", "5.0"],
  ["1e3", "1e3"],
  ["0x10", "0x10"],
  ["%205", " 5"],
  ["5%20", "5 "],
  ["5%0A", "5\n"],
  ["%2B5", "+5"],
  ["5%00", "5\0"],
  ["5%2F6", "5/6"],
  ["%zz", "%zz"],
  ["%EF%BC%95", "\uff15"],
  ["9223372036854775808", "9223372036854775808"],
  ["__proto__", "__proto__"],
  ["constructor", "constructor"],
  ["%3Cscript%3E", "<script>"],
  ["9".repeat(2_000), "9".repeat(40)],
] as const;

apiTest("what is no id is refused, and shown", async ({ call }) => {
  for (
    const [method, suffix, doing] of [
      ["GET", "", "get"],
      ["PUT", "", "watch"],
      ["DELETE", "", "forget"],
      ["GET", "/history", "get the history of"],
    ] as const
  ) {
    for (const [path, shown] of NO_IDS) {
      const response = await call(method, `/v1/orders/${path}${suffix}`);
      assertEquals(response.status, 400, path);
      const { code, errors } = await response.json();
      assertEquals(code, "invalid_request");
      assertEquals(errors, [{
        path: "path.id",
        message: `Cannot ${doing} order '${shown}': ${RULE}`,
      }]);
    }
  }
});

/** What is wrong with a body, place by place. */
async function faults(
  { call }: ApiSetup,
  method: string,
  path: string,
  body: unknown,
): Promise<Record<string, string>> {
  const response = await call(method, path, {
    body,
    headers: { "Content-Type": "application/json" },
  });
  assertEquals(response.status, 400, JSON.stringify(body));
  const { errors } = await response.json();
  return Object.fromEntries(
    errors.map((
      { path, message }: Record<"path" | "message", string>,
    ) => [path, message]),
  );
}

apiTest("an id in a body is refused as one in a path is", async (setup) => {
  const orders = [
    { id: "abc" },
    { id: "" },
    { id: 0 },
    { id: -1 },
    { id: 1.5 },
    { id: 9007199254740992 },
    { id: true },
    { id: null },
    { id: ["5"] },
    {},
  ];
  const { id, ...others } = Object.fromEntries(
    Object.entries(await faults(setup, "POST", "/v1/orders", { orders }))
      .map(([path, message]) => [path.replace(/^body\.orders/, ""), message]),
  );
  assertEquals(id, undefined);
  const type = "an order id is a string, or a number that is exact";
  assertEquals(others, {
    "[0].id": `Cannot watch order 'abc': ${RULE}`,
    "[1].id": `Cannot watch order '': ${RULE}`,
    "[2].id": `Cannot watch order '0': ${RULE}`,
    "[3].id": `Cannot watch order '-1': ${RULE}`,
    "[4].id": `Cannot watch order '1.5': ${RULE}`,
    "[5].id": "Cannot watch order '9007199254740992': a number this large is " +
      "not exact, pass the id as a string",
    "[6].id": type,
    "[7].id": type,
    "[8].id": type,
    "[9].id": type,
  });
});

apiTest("a label is any text on one line", async ({ json }) => {
  const labels = [
    "",
    " ",
    "<script>alert(1)</script>",
    'a: b; c="d" \\ \'%0d%0a',
    "\u2028 \u202e \u{1F4DE}",
    "__proto__",
    "\u{1F4DE}".repeat(200),
  ];
  for (const [index, label] of labels.entries()) {
    const path = `/v1/orders/${index + 1}`;
    assertEquals((await json("PUT", path, { body: { label } })).label, label);
    assertEquals((await json("GET", path)).label, label);
    const { items } = await json(
      "GET",
      `/v1/orders?label=${encodeURIComponent(label)}`,
    );
    assertEquals(items.map(({ id }: { id: string }) => id), [`${index + 1}`]);
  }
});

apiTest("a label is refused that is long or has lines", async (setup) => {
  const characters =
    "a label has no control characters and no half of a character";
  const cases: [unknown, string][] = [
    ["a".repeat(201), "a label has at most 200 characters, not 201"],
    ["a\nb", characters],
    ["a\r\nSet-Cookie: b", characters],
    ["\0", characters],
    ["\x7f", characters],
    ["\x85", characters],
    ["\ud800", characters],
    [5, "Invalid input: expected string, received number"],
    [["a"], "Invalid input: expected string, received array"],
  ];
  for (const [label, message] of cases) {
    const found = await faults(setup, "PUT", "/v1/orders/7", { label });
    assertEquals(found, { "body.label": message });
  }
  assertEquals((await setup.json("GET", "/v1/orders")).items, []);
});

apiTest("a property that is not known is refused", async (setup) => {
  const { call } = setup;
  for (
    const [body, path, message] of [
      ['{"lable":"a"}', "body", 'Unrecognized key: "lable"'],
      ['{"__proto__":{"label":"a"}}', "body", 'Unrecognized key: "__proto__"'],
      [
        '{"constructor":1,"toString":2}',
        "body",
        'Unrecognized keys: "constructor", "toString"',
      ],
      ["[]", "body", "Invalid input: expected object, received array"],
      ["null", "body", "Invalid input: expected object, received null"],
      ['"a"', "body", "Invalid input: expected object, received string"],
    ] as const
  ) {
    const found = await faults(setup, "PUT", "/v1/orders/7", body);
    assertEquals(found, { [path]: message });
  }
  const { errors } = await (await call("POST", "/v1/orders", {
    body: { orders: [{ id: "1", state: "settled" }], all: true },
  })).json();
  assertEquals(errors, [
    { path: "body", message: 'Unrecognized key: "all"' },
    { path: "body.orders[0]", message: 'Unrecognized key: "state"' },
  ]);
});

apiTest("orders are needed to watch many", async (setup) => {
  for (const body of [{}, { orders: [] }, { orders: null }, { orders: {} }]) {
    const found = await faults(setup, "POST", "/v1/orders", body);
    assertEquals(Object.keys(found), ["body.orders"]);
  }
});

apiTest("of very many faults the first hundred are told", async (setup) => {
  const response = await setup.call("POST", "/v1/orders", {
    body: { orders: Array(10_000).fill({ id: "x" }) },
  });
  const { detail, errors } = await response.json();
  assertEquals(errors.length, 100);
  assertEquals(detail.endsWith("(and 9999 more)"), true, detail);
});

apiTest("an answer does not grow with what is wrong", async (setup) => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}`);
  const long = "k".repeat(100_000);
  for (
    const [body, path, message] of [
      [
        {
          orders: [{ id: "7", ...Object.fromEntries(keys.map((k) => [k, 1])) }],
        },
        "body.orders[0]",
        'Unrecognized keys: "k0", "k1", "k2", "k3", "k4" and 19995 more',
      ],
      [
        { orders: [{ id: "7", [long]: 1 }] },
        "body.orders[0]",
        `Unrecognized key: "${"k".repeat(40)}…"`,
      ],
      [
        { orders: [{ id: "7", label: long.repeat(50) }] },
        "body.orders[0].label",
        "a label has at most 200 characters, not 5000000",
      ],
    ] as const
  ) {
    assertEquals(await faults(setup, "POST", "/v1/orders", body), {
      [path]: message,
    });
  }
  const query = keys.slice(0, 1_000).join("&");
  const response = await setup.call("GET", `/v1/orders?${query}`);
  assertEquals(
    (await response.json()).errors[0].message,
    'Unrecognized keys: "k0", "k1", "k2", "k3", "k4" and 995 more',
  );
}, { isPolling: false });

apiTest("others have their turn while many orders are checked", async (
  { call, url },
) => {
  const orders = Array.from({ length: 10_000 }, () => ({ id: "x" }));
  let isDone = false;
  const checking = call("POST", "/v1/orders", { body: { orders } })
    .finally(() => isDone = true);
  let turns = 0;
  while (!isDone) {
    await (await fetch(`${url}/-/healthy`)).body?.cancel();
    turns++;
  }
  assertEquals((await checking).status, 400);
  assert(turns > 3, `${turns} turns`);
}, { isPolling: false });
