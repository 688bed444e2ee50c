import { assertEquals, assertStringIncludes } from "@std/assert";
import { STATUS_CODE } from "@std/http/status";
import { ask, authorization, element, order, sandboxTest } from "./testing.ts";

sandboxTest("only the right login is let in", async (sandbox) => {
  const id = sandbox.orders.place({});
  const right = authorization("jürgen", "pässwort:😀");
  const statusWith = async (header: string) => {
    const response = await ask(sandbox, id, {
      headers: { authorization: header },
    });
    const xml = await response.text();
    if (!response.ok) {
      assertEquals(element(xml, "r:HttpStatus"), "401");
      const challenge = response.headers.get("www-authenticate") ?? "";
      assertStringIncludes(challenge, "Basic realm=");
    }
    return response.status;
  };
  assertEquals(await statusWith(right), 200);
  assertEquals(await statusWith(right.replace("Basic", "bAsIc ")), 200);
  assertEquals(await statusWith(right.slice(0, -4)), 401);
  assertEquals(await statusWith(authorization("sandbox", "x")), 401);
  assertEquals(await statusWith("Basic"), 401);
  assertEquals(await statusWith(""), 401);
}, { login: "jürgen", password: "pässwort:😀" });

sandboxTest("XML must be welcome", async (sandbox) => {
  const id = sandbox.orders.place({});
  const cases: [string, number][] = [
    ["*/*", 200],
    ["text/html, application/*;q=0.1", 200],
    ["Application/XML; charset=utf-8", 200],
    ["application/json", 406],
    ["application/xml;q=0, */*", 406],
  ];
  for (const [accept, status] of cases) {
    const response = await ask(sandbox, id, { headers: { accept } });
    await response.body?.cancel();
    assertEquals([accept, response.status], [accept, status]);
  }
});

sandboxTest("what is not there is told in XML", async (sandbox) => {
  const cases: [string, number][] = [
    ["1", 404],
    ["007", 404],
    ["9223372036854775808", 400],
    ["1642251003.json", 400],
    ["abc", 400],
    ["1/2", 404],
    ["", 404],
  ];
  for (const [id, status] of cases) {
    const response = await ask(sandbox, id);
    const xml = await response.text();
    assertEquals([id, response.status], [id, status]);
    assertEquals(response.headers.get("content-type"), "application/xml");
    assertEquals(element(xml, "r:HttpStatus"), String(status));
  }
});

sandboxTest("a form places an order", async (sandbox) => {
  const response = await order(
    sandbox,
    "Numbers=12135550142,18005550000&Keywords=TAXI+BUS&Keywords=CAB" +
      "&LocalCount=2&City=Los+Angeles",
  );
  assertEquals(response.status, 201);
  const xml = await response.text();
  const id = element(xml, "r:Id") ?? "";
  const location = `${sandbox.baseUrl}/number/order/${id}`;
  assertEquals(element(xml, "r:Location"), location);
  sandbox.orders.setScript(id, []);
  const placed = sandbox.orders.get(id);
  assertEquals(placed?.localNumbers?.ordered, 3);
  assertEquals(placed?.tollFreeNumbers?.ordered, 1);
  assertEquals(placed?.keywords?.ordered, 3);
});

sandboxTest("a form gets what it names", async (sandbox, clock) => {
  await (await order(sandbox, { Keywords: "TAXI", LocalCount: "1" })).text();
  clock.time = 2500;
  const [placed] = sandbox.orders.list();
  assertEquals(placed?.keywords?.fulfilled, ["TAXI"]);
  assertEquals(placed?.localNumbers?.fulfilled, ["12135550100"]);
});

sandboxTest("a form that is badly formed is refused", async (sandbox) => {
  const cases: [Record<string, string>, string][] = [
    [{}, "One of Numbers, Keywords, LocalCount and TollFreeCount"],
    [{ LocalCount: "0", Keywords: " , " }, "One of Numbers"],
    [{ LocalCount: "two" }, "LocalCount: two"],
    [{ TollFreeCount: "-1" }, "TollFreeCount: -1"],
    [{ LocalCount: "10001" }, "at most 10000"],
    [{ Numbers: "2135550142" }, "Numbers: 2135550142"],
  ];
  for (const [form, message] of cases) {
    const response = await order(sandbox, form);
    assertEquals(response.status, STATUS_CODE.BadRequest);
    const xml = await response.text();
    assertStringIncludes(element(xml, "r:Message") ?? "", message);
  }
  const url = `${sandbox.baseUrl}/number/order`;
  const noLogin = await fetch(url, { method: "POST" });
  await noLogin.body?.cancel();
  assertEquals(noLogin.status, STATUS_CODE.Unauthorized);
  const json = await fetch(url, {
    method: "POST",
    headers: { authorization: authorization("sandbox", "sandbox-password") },
    body: "{}",
  });
  assertEquals(json.status, STATUS_CODE.BadRequest);
  assertStringIncludes(await json.text(), "x-www-form-urlencoded");
  assertEquals(sandbox.orders.size, 0);
});

sandboxTest("an error of its own is a 500", async (sandbox) => {
  sandbox.orders.get = () => {
    throw new Error("the sandbox is broken");
  };
  const response = await ask(sandbox, "1");
  assertEquals(response.status, STATUS_CODE.InternalServerError);
  const message = element(await response.text(), "r:Message");
  assertEquals(message, "Error: the sandbox is broken");
});
