import { assertEquals } from "@std/assert";
import { ORDER_STATUSES } from "../../../client/number_order.ts";
import {
  parseNumberOrder,
  parseServerMessage,
} from "../../../client/xml/parse_number_order.ts";
import {
  changed,
  document,
  EXAMPLE,
  ID,
  ORDER,
  read,
  refuse,
  SECRETS,
} from "../../helpers/client/plain_documents.ts";

const DATA = "http://api.callfire.com/data";
const RESOURCE = "http://api.callfire.com/resource";
const PHONE = "12135550142";

/** The order with other local numbers. */
function fulfilled(...numbers: string[]): typeof ORDER {
  const localNumbers = { ...ORDER.localNumbers!, fulfilled: numbers };
  return { ...ORDER, localNumbers };
}

/** The example with other prefixes; `""` for the default namespace. */
function prefixed(resource: string, data: string): string {
  const declare = (prefix: string, namespace: string) =>
    `xmlns${prefix === "" ? "" : `:${prefix}`}="${namespace}"`;
  return EXAMPLE
    .replace(/<(\/?)(r:)?(?=\w)/g, (_, slash: string, mark?: string) => {
      const prefix = mark ? resource : data;
      return `<${slash}${prefix === "" ? "" : `${prefix}:`}`;
    })
    .replace(`xmlns="${DATA}"`, declare(data, DATA))
    .replace(`xmlns:r="${RESOURCE}"`, declare(resource, RESOURCE));
}

Deno.test("readNumberOrder() reads an order as CallFire writes it", () => {
  assertEquals(read(EXAMPLE), ORDER);
  assertEquals(Object.keys(read(EXAMPLE)), Object.keys(ORDER));
});

Deno.test("readNumberOrder() takes a byte order mark, but not two", () => {
  assertEquals(read(`\ufeff${EXAMPLE}`), ORDER);
  const message = JSON.stringify(`\ufeff${EXAMPLE}`.slice(0, 60));
  refuse(`\ufeff\ufeff${EXAMPLE}`, "a root element", message);
});

Deno.test("readNumberOrder() takes any prefixes for both namespaces", () => {
  assertEquals(prefixed("r", ""), EXAMPLE);
  for (const resource of ["", "r", "data", "x", "é", "__proto__", "_.-1"]) {
    for (const data of ["", "d", "r", "resource", "constructor"]) {
      if (resource === data) continue;
      const text = prefixed(resource, data);
      assertEquals(read(text), ORDER, text);
    }
  }
  const local = changed(
    `<NumberOrder id="${ID}">`,
    `<NumberOrder xmlns="${DATA}" id="${ID}">`,
  ).replace(`xmlns="${DATA}" xmlns:r`, "xmlns:r");
  assertEquals(read(local), ORDER);
});

Deno.test("readNumberOrder() takes any white space between elements", () => {
  assertEquals(read(EXAMPLE.replaceAll(/\n */g, "")), ORDER);
  assertEquals(read(EXAMPLE.replaceAll("\n", "\r\n")), ORDER);
  assertEquals(read(EXAMPLE.replaceAll("\n", "\r\t ")), ORDER);
  assertEquals(read(EXAMPLE.replaceAll("><", ">\n\n<")), ORDER);
});

Deno.test("readNumberOrder() takes comments between and within elements", () => {
  assertEquals(
    read(EXAMPLE.replaceAll("\n", "\n<!-- c -->").slice(0, -10)),
    ORDER,
  );
  assertEquals(read(EXAMPLE.replaceAll("><", "><!--<a>&--><")), ORDER);
  assertEquals(read(changed("FINISHED", "FIN<!-- c -->ISHED")), ORDER);
  assertEquals(read(changed(PHONE, "1213<!-- 9 -->5550142")), ORDER);
});

Deno.test("readNumberOrder() takes CDATA sections as the text they hold", () => {
  assertEquals(read(changed("FINISHED", "FIN<![CDATA[ISH]]>ED")), ORDER);
  assertEquals(read(changed("9.5", "<![CDATA[9.5]]>")), ORDER);
  assertEquals(
    read(changed(PHONE, "<![CDATA[a&amp;<b> c]]>d")),
    fulfilled("a&amp;<b>", "cd"),
  );
});

Deno.test("readNumberOrder() takes references of any width", () => {
  assertEquals(read(changed("FINISHED", "FIN&#73;S&#x48;ED")), ORDER);
  assertEquals(read(changed(ID, "&#49;&#x00036;42251003")), ORDER);
  assertEquals(
    read(changed(PHONE, "&#x1F600;&#32;&#128512;&#10;&amp;lt;&#xe9;")),
    fulfilled("😀", "😀", "&lt;é"),
  );
});

Deno.test("readNumberOrder() keeps a number that is only white space elsewhere", () => {
  assertEquals(read(changed(PHONE, "\u00a0")), fulfilled("\u00a0"));
  assertEquals(
    read(changed(PHONE, "&#xFEFF; \u2003")),
    fulfilled("\ufeff", "\u2003"),
  );
});

Deno.test("readNumberOrder() ignores elements and attributes it does not know", () => {
  const extra = "<Extra a='1'><Status>VOID</Status><b/></Extra>";
  for (const end of ["</r:Resource>", "</NumberOrder>", "</LocalNumbers>"]) {
    assertEquals(read(changed(end, extra + end)), ORDER, end);
    assertEquals(read(changed(end, extra + extra + end)), ORDER, end);
  }
  assertEquals(read(changed("<Status>", "<Status a='1' b=''>")), ORDER);
  assertEquals(read(changed("<Fulfilled>12", "<Fulfilled a='1'>12")), ORDER);
  assertEquals(read(changed("<LocalNumbers>", "<LocalNumbers id='7'>")), ORDER);
  assertEquals(read(changed(` id="`, ` xml:id="7" r:id="7" id="`)), ORDER);
});

Deno.test("readNumberOrder() tells elements of other namespaces apart", () => {
  const strangers = "<r:Status>VOID</r:Status><Status xmlns=''>VOID</Status>" +
    "<Status xmlns='urn:other'>VOID</Status>" +
    `<o:TollFreeNumbers xmlns:o='${DATA}/'/><data:Keywords xmlns:data='a'/>`;
  assertEquals(read(changed("<Status>", `${strangers}<Status>`)), ORDER);
  const wrong = EXAMPLE.replace("<Status>", "<r:Status>")
    .replace("</Status>", "</r:Status>");
  const seen = "<Status> <Created> <TotalCost> <LocalNumbers> <Keywords>";
  refuse(wrong, "<Status>", JSON.stringify(seen));
});

Deno.test("readNumberOrder() is not misled by elements named as methods are", () => {
  const names = ["constructor", "toString", "__proto__", "hasOwnProperty"];
  for (const name of names) {
    for (const inner of ["", "1", "<Status>VOID</Status>", `<${name}/>`]) {
      const element = `<${name} ${name}="1">${inner}</${name}>`;
      const text = EXAMPLE
        .replaceAll(/(?=<\/(r:Resource|NumberOrder|LocalNumbers)>)/g, element);
      assertEquals(text.split(element).length, 4);
      assertEquals(read(text), ORDER, text);
      assertEquals(read(text.replaceAll(element, element + element)), ORDER);
    }
    assertEquals(read(changed("<Status>", `<Status ${name}="1">`)), ORDER);
    assertEquals(read(changed(PHONE, name)), fulfilled(name));
  }
  assertEquals(read(changed("FINISHED", "toString")).status, "toString");
  assertEquals(Object.keys(Object.prototype), []);
});

Deno.test("readNumberOrder() takes items in any order", () => {
  const lines = EXAMPLE.split("\n");
  const parts = lines.slice(3, 8);
  for (let turn = 0; turn < parts.length; turn++) {
    parts.push(parts.shift()!);
    const text = [...lines.slice(0, 3), ...parts, ...lines.slice(8)].join("\n");
    assertEquals(read(text), ORDER);
  }
  const item = "<Ordered>1</Ordered><UnitCost>1.5</UnitCost>";
  const list = `<Fulfilled>${PHONE}</Fulfilled>`;
  assertEquals(read(changed(item + list, list + item)), ORDER);
});

Deno.test("readNumberOrder() takes a missing or empty Fulfilled for none", () => {
  const list = `<Fulfilled>${PHONE}</Fulfilled>`;
  const empty = [
    ...["", "<Fulfilled/>", "<Fulfilled></Fulfilled>", "<Fulfilled a='1'/>"],
    ...["<Fulfilled> \t\r\n</Fulfilled>", "<Fulfilled a='1'> </Fulfilled>"],
    ...["<Fulfilled>&#32;</Fulfilled>", "<Fulfilled><!-- --></Fulfilled>"],
  ];
  for (const none of empty) {
    assertEquals(read(changed(list, none)), fulfilled(), none);
  }
});

Deno.test("readNumberOrder() takes an order without any items", () => {
  const { id, status, created, totalCost } = ORDER;
  const text = EXAMPLE.replace(/ *<LocalNumbers>.*\n.*\n/, "");
  assertEquals(read(text), { id, status, created, totalCost });
  const tollFree = EXAMPLE.replaceAll("LocalNumbers", "TollFreeNumbers");
  assertEquals(Object.keys(read(tollFree)).at(-2), "tollFreeNumbers");
});

Deno.test("readNumberOrder() keeps every status, known or new", () => {
  for (const status of [...ORDER_STATUSES, "HALF_DONE", "on-hold.2", "x"]) {
    assertEquals(read(changed("FINISHED", status)).status, status);
    assertEquals(read(changed("FINISHED", `\n ${status}\t`)).status, status);
  }
});

Deno.test("readNumberOrder() takes the largest ids, and any way to write them", () => {
  const id = "9223372036854775807";
  for (const written of [id, `+${id}`, `000${id}`, ` ${id}\n`]) {
    const body = document(changed(ID, written));
    assertEquals(parseNumberOrder(body, id, SECRETS), { ...ORDER, id });
  }
});

Deno.test("readServerMessage() reads what CallFire says of a fault", () => {
  const exception = (inner: string, r = "r") =>
    parseServerMessage(document(
      `<${r}:ResourceException xmlns:${r}="${RESOURCE}">${inner}` +
        `</${r}:ResourceException>`,
    ));
  const message = "<r:Message> Not\n Found &amp; <![CDATA[gone]]></r:Message>";
  assertEquals(exception(message), "Not\n Found & gone");
  assertEquals(
    exception(`<r:HttpStatus>404</r:HttpStatus>${message}`),
    "Not\n Found & gone",
  );
  assertEquals(exception("<e:Message>é</e:Message>", "e"), "é");
  for (const none of ["", "<r:Message/>", "<r:Message> </r:Message>", "text"]) {
    assertEquals(exception(none), undefined);
  }
  assertEquals(exception(message + message), undefined);
  assertEquals(exception("<Message>a</Message>"), undefined);
});

Deno.test("readServerMessage() knows nothing of any other answer", () => {
  const others = ["", "Not Found", "<html><body>502</body></html>", EXAMPLE];
  for (const text of others) {
    assertEquals(parseServerMessage(document(text)), undefined);
  }
  assertEquals(parseServerMessage(new Uint8Array([0xff, 0xfe])), undefined);
});
