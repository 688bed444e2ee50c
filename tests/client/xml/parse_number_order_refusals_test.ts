import { assertThrows } from "@std/assert";
import { MalformedResponseError } from "../../../client/errors.ts";
import { parseNumberOrder } from "../../../client/xml/parse_number_order.ts";
import {
  changed,
  document,
  EXAMPLE,
  ID,
  refuse,
  SECRETS,
} from "../../helpers/client/plain_documents.ts";

const ITEM = "<Ordered>1</Ordered><UnitCost>1.5</UnitCost>";
const ALL = "<Status> <Created> <TotalCost> <LocalNumbers> <Keywords>";

Deno.test("readNumberOrder() refuses an empty answer", () => {
  refuse("", "an XML document", "nothing");
  refuse("\ufeff", "a root element", "nothing");
  refuse(" \r\n", "a root element", "nothing");
});

Deno.test("readNumberOrder() refuses an answer that is no XML", () => {
  refuse(
    "<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>",
    "a root element",
    '"<!DOCTYPE html>\\n<html><body>502 Bad Gateway</body></html>"',
  );
  refuse(
    "<html><body><p>502<br></body></html>",
    "the end tag </br>",
    '"</body></html>"',
  );
  refuse("<html></html>", "<Resource>", '"<html>"');
  refuse("Not Found", "a root element", '"Not Found"');
  const json = '{"id":1642251003}';
  refuse(json, "a root element", JSON.stringify(json));
});

Deno.test("readNumberOrder() refuses bytes that are not UTF-8", () => {
  refuse(new Uint8Array([0xff, 0xfe]), "text in UTF-8", '"��"');
  refuse(document("é").slice(0, 1), "text in UTF-8", '"�"');
  const [before, after] = changed("FINISHED", "|").split("|");
  const bytes = [...document(before!), 0xe9, ...document(after!)];
  const start = JSON.stringify(EXAMPLE.slice(0, 60)).slice(0, -1);
  refuse(new Uint8Array(bytes), "text in UTF-8", `${start}…"`);
  for (const body of [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80]]) {
    assertRefused(new Uint8Array(body));
  }
});

Deno.test("readNumberOrder() refuses a document type declaration", () => {
  const entity = '<!DOCTYPE a [<!ENTITY b "FINISHED">]>';
  const text = changed("<r:Resource", `${entity}<r:Resource`)
    .replace(">FINISHED<", ">&b;<");
  const seen = text.slice(text.indexOf("<!DOCTYPE")).slice(0, 60);
  refuse(text, "a root element", JSON.stringify(seen));
  refuse(changed("FINISHED", "&b;"), "a legal reference", '"&b;"');
});

Deno.test("readNumberOrder() refuses a fault under the status 200", () => {
  const fault = (inner: string) =>
    '<r:ResourceException xmlns:r="http://api.callfire.com/resource">' +
    `${inner}</r:ResourceException>`;
  const expected = "an order, not a fault under the status 200";
  const message = "<r:Message>no &lt;order&gt;</r:Message>";
  refuse(fault(message), expected, '"no <order>"');
  refuse(fault(""), expected, '"a ResourceException"');
  refuse(fault("<r:Message/>"), expected, '"a ResourceException"');
  refuse(fault(message + message), expected, '"a ResourceException"');
  const long = fault(`<r:Message>${"m".repeat(90)}</r:Message>`);
  refuse(long, expected, `"${"m".repeat(60)}…"`);
});

Deno.test("readNumberOrder() refuses another root", () => {
  const renamed = EXAMPLE.replaceAll("r:Resource", "r:Reference");
  refuse(renamed, "<Resource>", '"<Reference>"');
  refuse(
    EXAMPLE.replaceAll("r:Resource", "Resource"),
    "<Resource>",
    '"<Resource>"',
  );
  const elsewhere = changed("com/resource", "com/Resource");
  refuse(elsewhere, "<Resource>", '"<Resource>"');
  const bare = EXAMPLE.replace(/<r:Resource.*/, "")
    .replace("</r:Resource>", "");
  refuse(bare, "<Resource>", '"<NumberOrder>"');
  const empty = EXAMPLE.replace(/<NumberOrder[^]*<\/NumberOrder>/, "");
  refuse(empty, "elements in <Resource>", "nothing");
});

Deno.test("readNumberOrder() refuses another order than the one asked for", () => {
  const expected = `a NumberOrder with the id '${ID}'`;
  refuse(changed(ID, "1642251004"), expected, '"1642251004"');
  refuse(changed(ID, `-${ID}`), expected, `"-${ID}"`);
  refuse(changed(ID, `${ID}.0`), expected, `"${ID}.0"`);
  refuse(changed(ID, ""), expected, "nothing");
  refuse(changed(` id="${ID}"`, ""), expected, '"no id"');
  refuse(changed(" id=", " Id="), expected, '"no id"');
  refuse(changed(" id=", " r:id="), expected, '"no id"');
  const wrapped = (BigInt(ID) + 2n ** 64n).toString();
  refuse(changed(ID, wrapped), expected, `"${wrapped}"`);
  const near = "9007199254740993";
  const body = document(changed(ID, "9007199254740992"));
  const message = `a NumberOrder with the id '${near}', but saw`;
  assertThrows(
    () => parseNumberOrder(body, near, SECRETS),
    MalformedResponseError,
    message,
  );
});

Deno.test("readNumberOrder() refuses an order that lacks an element", () => {
  const order = /<NumberOrder[^]*<\/NumberOrder>/;
  refuse(EXAMPLE.replace(order, "<a/>"), "<NumberOrder>", '"<a>"');
  for (const name of ["Status", "Created", "TotalCost"]) {
    const text = EXAMPLE.replace(new RegExp(`<${name}>.*</${name}>`), "");
    const rest = ALL.replace(`<${name}> `, "");
    refuse(text, `<${name}>`, JSON.stringify(rest));
    const stranger = EXAMPLE.replaceAll(`${name}>`, `${name.toLowerCase()}>`);
    assertRefused(document(stranger));
  }
  refuse(
    changed("<Ordered>1</Ordered>", ""),
    "<Ordered>",
    '"<UnitCost> <Fulfilled>"',
  );
  refuse(
    changed("<UnitCost>1.5</UnitCost>", ""),
    "<UnitCost>",
    '"<Ordered> <Fulfilled>"',
  );
  const item = /<LocalNumbers>.*<\/LocalNumbers>/;
  const expected = "elements in <LocalNumbers>";
  refuse(
    EXAMPLE.replace(item, "<LocalNumbers>1</LocalNumbers>"),
    expected,
    '"1"',
  );
});

Deno.test("readNumberOrder() refuses an element that is there twice", () => {
  const names = ["NumberOrder", "Status", "Created", "TotalCost"];
  for (const name of [...names, "LocalNumbers", "Keywords"]) {
    const element = new RegExp(`<${name}[ >][^]*</${name}>`);
    const twice = EXAMPLE.replace(element, "$&$&");
    refuse(twice, `one <${name}>`, '"2 of them"');
    const apart = EXAMPLE.replace(element, "$&<a/>$&<b/>$&");
    refuse(apart, `one <${name}>`, '"3 of them"');
  }
  for (const name of ["Ordered", "UnitCost", "Fulfilled"]) {
    const element = new RegExp(`<${name}>[^<]*</${name}>`);
    const twice = EXAMPLE.replace(element, `$&<${name}/>`);
    refuse(twice, `one <${name}>`, '"2 of them"');
  }
});

Deno.test("readNumberOrder() refuses values that are not as the schema says", () => {
  const amount = (name: string) => `an amount in <${name}>`;
  const count = "a whole number from 0 to 2147483647 in <Ordered>";
  refuse(changed("9.5", "abc"), amount("TotalCost"), '"abc"');
  refuse(changed(">9.5<", "><"), amount("TotalCost"), "nothing");
  refuse(changed("9.5", "INF"), amount("TotalCost"), '"INF"');
  refuse(changed("9.5", "$9.50"), amount("TotalCost"), '"$9.50"');
  refuse(changed("9.5", "9,5"), amount("TotalCost"), '"9,5"');
  refuse(changed("9.5", "9\u00a0"), amount("TotalCost"), '"9\u00a0"');
  refuse(changed(">1.5<", ">NaN<"), amount("UnitCost"), '"NaN"');
  refuse(changed(">1.5<", ">1e999<"), amount("UnitCost"), '"1e999"');
  for (const text of ["1.5", "-1", "2147483648", "one", "1e1", "1 1"]) {
    refuse(changed(">1<", `>${text}<`), count, JSON.stringify(text));
  }
  refuse(changed("<Ordered>1<", "<Ordered><"), count, "nothing");
  for (const text of ["2014-12-17", "2014-02-30T00:00:00Z", "yesterday"]) {
    const created = changed("2014-12-17T12:25:36Z", text);
    refuse(created, "a dateTime in <Created>", JSON.stringify(text));
  }
  for (const text of ["FIN ISHED", "1", "A".repeat(65), "FINISHED!"]) {
    const seen = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    const status = changed("FINISHED", text);
    refuse(status, "a status in <Status>", JSON.stringify(seen));
  }
  refuse(changed("FINISHED", ""), "a status in <Status>", "nothing");
});

Deno.test("readNumberOrder() refuses elements where only text may be", () => {
  for (
    const name of ["Status", "Created", "TotalCost", "Ordered", "Fulfilled"]
  ) {
    const text = EXAMPLE.replace(
      new RegExp(`<${name}>[^<]*<`),
      `<${name}><a:b xmlns:a="a"/><`,
    );
    refuse(text, `text alone in <${name}>`, '"<b>"');
  }
  refuse(
    changed("FINISHED", "FINISHED<b/>"),
    "no text beside the elements in <Status>",
    '"FINISHED"',
  );
  refuse(
    changed(ITEM, `1${ITEM}`),
    "no text beside the elements in <LocalNumbers>",
    '"1"',
  );
});

Deno.test("readNumberOrder() escapes what it shows of an answer", () => {
  refuse(
    changed("9.5", "\u202e9\x7f"),
    "an amount in <TotalCost>",
    '"\\u202e9\\u007f"',
  );
  refuse("\0\u001b[31m", "a legal character", '"\\u0000\\u001b[31m"');
  refuse(
    changed("9.5", "\n&#9;x"),
    "an amount in <TotalCost>",
    '"\\n\\tx"',
  );
});

function assertRefused(body: Uint8Array): void {
  assertThrows(
    () => parseNumberOrder(body, ID, SECRETS),
    MalformedResponseError,
  );
}
