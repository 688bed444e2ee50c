import { assertEquals } from "@std/assert";
import { MalformedResponseError } from "../../../client/errors.ts";
import { normalForm } from "../../../client/xml/well_formed.ts";
import { parseNumberOrder } from "../../../client/xml/parse_number_order.ts";
import { NotWellFormedError } from "../../../client/xml/xml_text.ts";
import {
  document,
  EXAMPLE,
  ID,
  ORDER,
  SECRETS,
} from "../../helpers/client/plain_documents.ts";

const SIZE = 2 ** 20;

/** A part, repeated until it makes 1 MiB. */
function many(part: string): string {
  return part.repeat(Math.ceil(SIZE / new TextEncoder().encode(part).length));
}

const WELL_FORMED: Readonly<Record<string, string>> = {
  "text": `<a>${many("b")}</a>`,
  "text of emoji": `<a>${many("😀")}</a>`,
  "text of ]": `<a>${many("]")}</a>`,
  "text of >": `<a>${many(">")}</a>`,
  "lines": `<a>${many("\r\n")}</a>`,
  "no-break spaces": `<a>${many("\u00a0")}</a>`,
  "white space before the root": `${many(" ")}<a/>`,
  "white space after the root": `<a/>${many("\r")}`,
  "white space in a start tag": `<a${many(" ")}/>`,
  "white space before an attribute": `<a${many("\n")}b=''/>`,
  "white space around =": `<a b${many(" ")}=${many("\t")}''/>`,
  "white space in an end tag": `<a></a${many(" ")}>`,
  "white space in the declaration": `<?xml${many(" ")}version="1.0"?><a/>`,
  "white space before a child": `<a>${many(" ")}<b/></a>`,
  "an attribute": `<a b="${many("c")}"/>`,
  "an attribute of emoji": `<a b="${many("😀")}"/>`,
  "an attribute of references": `<a b="${many("&lt;")}"/>`,
  "an attribute of line breaks": `<a b="${many("\n")}"/>`,
  "a namespace": `<a xmlns="${many("c")}"/>`,
  "named references": `<a>${many("&amp;")}</a>`,
  "numeric references": `<a>${many("&#x1F600;")}</a>`,
  "a long reference": `<a>&#${many("0")}65;</a>`,
  "a comment": `<a><!--${many("b")}--></a>`,
  "a comment of > and -": `<a><!--${many("->")} --></a>`,
  "comments": `<a>${many("<!---->")}</a>`,
  "comments around the root": `${many("<!---->")}<a/>${many("<!---->")}`,
  "comments in text": `<a>${many("b<!---->")}</a>`,
  "an instruction": `<a><?b ${many("?")}?></a>`,
  "instructions": `<a>${many("<?b?>")}</a>`,
  "instructions around the root": `${many("<?b?>")}<a/>${many("<?b?>")}`,
  "text beside elements": `<a><b/>${many("c<?d?>")}<b/></a>`,
  "white space before the declaration": `${many(" ")}<?xml version="1.0"?><a/>`,
  "a section": `<a><![CDATA[${many("<")}]]></a>`,
  "a section of ]": `<a><![CDATA[${many("]")}]]></a>`,
  "sections": `<a>${many("<![CDATA[]]>")}</a>`,
  "sections in text": `<a>${many("b<![CDATA[c]]>")}</a>`,
};

const ILL_FORMED: Readonly<Record<string, string>> = {
  "nothing but white space": many(" "),
  "nothing but text": many("a"),
  "nothing but NUL": many("\0"),
  "nothing but <": many("<"),
  "nothing but &": `<a>${many("&")}</a>`,
  "]]>": `<a>${many("]]>")}</a>`,
  "the name of an element": `<${many("a")}/>`,
  "the name of an attribute": `<a ${many("b")}=""/>`,
  "a prefix": `<${many("a")}:a/>`,
  "colons": `<${many("a:")}/>`,
  "the name of an end tag": `<a></${many("a")}>`,
  "an open tag": `<a${many(" ")}`,
  "an attribute without a value": `<a b${many(" ")}`,
  "an attribute without an end": `<a b="${many("c")}`,
  "start tags": many("<a>"),
  "end tags": `<a>${many("</a>")}`,
  "elements": `<a>${many("<b/>")}</a>`,
  "attributes": `<a ${many("b='' ")}/>`,
  "a reference without an end": `<a>&${many("b")}</a>`,
  "a number without an end": `<a>&#${many("1")}</a>`,
  "a number without bounds": `<a>&#x${many("F")};</a>`,
  "a comment without an end": `<a><!--${many("b")}`,
  "a comment of --": `<a><!--${many("-")}--></a>`,
  "starts of comments": `<a>${many("<!--")}`,
  "a section without an end": `<a><![CDATA[${many("]")}`,
  "starts of sections": `<a>${many("<![CDATA[")}`,
  "a document type": `<!DOCTYPE a [${many('<!ENTITY b "&b;&b;">')}]><a>&b;</a>`,
  "an instruction without an end": `<a><?b ${many("?")}`,
  "starts of instructions": `<a>${many("<?b ")}`,
  "the target of an instruction": `<?${many("b")}?><a/>`,
  "white space before nothing": `<?xml version="1.0"${many(" ")}`,
};

Deno.test("normalForm() comes to an end with 1 MiB of anything", () => {
  for (const [name, text] of Object.entries(WELL_FORMED)) {
    assertEquals(outcome(text), "passed", name);
  }
  for (const [name, text] of Object.entries(ILL_FORMED)) {
    assertEquals(outcome(text), "refused", name);
  }
});

Deno.test("normalForm() takes 2 MiB", () => {
  const text = `<a>${"b".repeat(2 * SIZE)}</a>`;
  assertEquals(outcome(text), "passed");
});

function outcome(text: string): string {
  try {
    normalForm(text, new Map());
    return "passed";
  } catch (error) {
    if (error instanceof NotWellFormedError) return "refused";
    throw error;
  }
}

Deno.test("readNumberOrder() comes to an end with 1 MiB of anything", () => {
  const texts = [
    ...Object.values(ILL_FORMED),
    ...Object.values(WELL_FORMED),
    ...[" ", "1", "0", ".", "A", "&#32;", "<!---->"].flatMap((part) => [
      EXAMPLE.replace("FINISHED", `${many(part)}!`),
      EXAMPLE.replace(">9.5<", `>1${many(part)}!<`),
      EXAMPLE.replace("2014", `1${many(part)}!`),
      EXAMPLE.replace(ID, `1${many(part).replaceAll("<", "(")}!`),
    ]),
  ];
  for (const text of texts) {
    let error: unknown;
    try {
      parseNumberOrder(document(text), ID, SECRETS);
    } catch (thrown) {
      error = thrown;
    }
    const isMalformed = error instanceof MalformedResponseError;
    assertEquals(isMalformed, true, `${text.slice(0, 200)}: ${error}`);
  }
});

Deno.test("readNumberOrder() reads 2 MiB of numbers", () => {
  const numbers = Array.from(
    { length: 2 * SIZE / 12 },
    (_, at) => String(10_000_000_000 + at),
  );
  const text = EXAMPLE.replace("12135550142", numbers.join("\n"));
  const order = parseNumberOrder(document(text), ID, SECRETS);
  const localNumbers = { ...ORDER.localNumbers!, fulfilled: numbers };
  assertEquals(order.localNumbers?.fulfilled.length, numbers.length);
  assertEquals(
    JSON.stringify(order),
    JSON.stringify({ ...ORDER, localNumbers }),
  );
});
