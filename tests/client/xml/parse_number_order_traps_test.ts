// What the XML library does with each of these is told in the names.

import { assertEquals, assertThrows } from "@std/assert";
import { MalformedResponseError } from "../../../client/errors.ts";
import { parseNumberOrder } from "../../../client/xml/parse_number_order.ts";
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

function refuseAny(body: string | Uint8Array): void {
  const bytes = typeof body === "string" ? document(body) : body;
  assertThrows(
    () => parseNumberOrder(bytes, ID, SECRETS),
    MalformedResponseError,
  );
}

/** What the message shows of a text from its first `mark` on. */
function from(text: string, mark: string): string {
  return JSON.stringify(text.slice(text.indexOf(mark)).slice(0, 60));
}

Deno.test("attribute errors, which break the library for good, never reach it", () => {
  const errors = [
    `id=${ID}`,
    `id="${ID}" id="${ID}"`,
    `id="${ID}" a=1`,
    `id="${ID}" a`,
    `id="${ID}" a='`,
    `id="${ID}"a="1"`,
    `id="${ID}" a="<"`,
    `id="${ID}" a="&b;"`,
    `id="${ID}" xmlns:a=""`,
    `id="${ID}" a:b=""`,
  ];
  for (let turn = 0; turn < 5000; turn++) {
    refuseAny(changed(`id="${ID}"`, errors[turn % errors.length]!));
  }
  assertEquals(read(EXAMPLE), ORDER);
});

Deno.test("a refusal of any other kind leaves no trace either", () => {
  const refused = ["", "a", "<a>", EXAMPLE.slice(0, -3), `${EXAMPLE}<`];
  for (let turn = 0; turn < 5000; turn++) {
    refuseAny(refused[turn % refused.length]!);
    refuseAny(changed("FINISHED", "&#0;"));
    refuseAny(changed("9.5", "abc"));
    if (turn % 500 === 0) assertEquals(read(EXAMPLE), ORDER);
  }
});

Deno.test("a document cut short, which the library reads, is refused", () => {
  const bytes = document(EXAMPLE.trimEnd());
  for (let at = 0; at < bytes.length; at++) refuseAny(bytes.slice(0, at));
  assertEquals(parseNumberOrder(bytes, ID, SECRETS), ORDER);
  const number = EXAMPLE.indexOf("12135550142") + 7;
  refuse(
    EXAMPLE.slice(0, number),
    "the end tag </Fulfilled>",
    "nothing",
  );
  refuse(
    EXAMPLE.slice(0, -5),
    "the end tag </r:Resource>",
    '"</r:Resou"',
  );
});

Deno.test("text beside the root, which the library takes, is refused", () => {
  refuse(`a${EXAMPLE}`, "a root element", from(`a${EXAMPLE}`, "a"));
  refuse(`${EXAMPLE}a`, "nothing after the root element", '"a"');
  refuse(
    EXAMPLE + EXAMPLE,
    "nothing after the root element",
    from(EXAMPLE, ""),
  );
  refuse(`${EXAMPLE}\0`, "a legal character", '"\\u0000"');
});

Deno.test("control characters, which the library takes, are refused", () => {
  for (const code of [0, 1, 8, 11, 12, 14, 27, 31, 0xfffe, 0xffff]) {
    const text = changed("YELLOW", `${String.fromCharCode(code)}YELLOW`);
    const seen = text.slice(text.indexOf("YELLOW") - 1).slice(0, 60);
    refuse(text, "a legal character", JSON.stringify(seen));
    refuse(
      changed("YELLOW", `&#${code};`),
      "a legal reference",
      `"&#${code};"`,
    );
  }
});

Deno.test("text in pieces, which the library parts by spaces, is one", () => {
  assertEquals(read(changed("FINISHED", "FIN<!-- c -->ISHED")), ORDER);
  assertEquals(read(changed("FINISHED", "FIN<![CDATA[ISH]]>ED")), ORDER);
  assertEquals(read(changed("12135550142", "<![CDATA[1213]]>5550142")), ORDER);
});

Deno.test("wide references, which the library leaves as they are, are read", () => {
  const smile = changed("YELLOWTAXI", "&#x1F600;&#xE9;&#x1f600;&#128512;");
  assertEquals(read(smile).keywords?.fulfilled[0], "😀é😀😀");
});

Deno.test("references to no character, which the library reads, are refused", () => {
  for (
    const reference of ["&#0;", "&#99999999999;", "&#xD800;", "&#x110000;"]
  ) {
    const text = changed("YELLOWTAXI", reference);
    refuse(text, "a legal reference", JSON.stringify(reference));
  }
});

Deno.test("elements named as methods, which the library trips on, are ignored", () => {
  for (const name of ["constructor", "toString", "__proto__", "valueOf"]) {
    const text = changed(
      "<Status>",
      `<${name}>VOID</${name}><${name}/><Status>`,
    );
    assertEquals(read(text), ORDER);
    refuse(`<${name}/>`, "<Resource>", `"<${name}>"`);
  }
});

Deno.test("a document type, which the library takes, is refused", () => {
  const type = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>';
  const text = changed("<r:Resource", `${type}<r:Resource`);
  refuse(text, "a root element", from(text, "<!DOCTYPE"));
});

Deno.test("depth and number, which exhaust the library, are refused", () => {
  const deep = "<a>".repeat(5000) + "</a>".repeat(5000);
  const attributes = Array.from({ length: 50_000 }, (_, at) => ` a${at}=""`);
  refuseAny(changed("<Status>", `${deep}<Status>`));
  refuseAny(changed("<Status>", `<a${attributes.join("")}/><Status>`));
  refuseAny(changed("<Status>", `${"<a/>".repeat(50_000)}<Status>`));
  assertEquals(read(EXAMPLE), ORDER);
});

Deno.test("another encoding, which the library does not mind, is refused", () => {
  for (const encoding of ["EBCDIC-CP-US", "UTF-16", "windows-31J"]) {
    const text = changed("UTF-8", encoding);
    refuse(text, "a root element", from(text, "<?xml"));
  }
  const wide = EXAMPLE.split("").flatMap((character) => [character, "\0"]);
  refuseAny(wide.join(""));
  refuseAny(new Uint8Array([0xff, 0xfe, ...document(wide.join(""))]));
  assertEquals(read(changed("UTF-8", "utf-8")), ORDER);
});

Deno.test("a repeated element, which the library makes a list, is refused", () => {
  const text = changed("<Status>", "<Status>VOID</Status><Status>");
  refuse(text, "one <Status>", '"2 of them"');
  assertEquals(read(changed("<Status>", "<a/><a/><Status>")), ORDER);
});

Deno.test("tags that do not match are refused as by the library", () => {
  const text = changed("</Status>", "</Created>");
  refuse(text, "the end tag </Status>", from(text, "</Created>"));
  refuseAny("<html><body></html>");
  refuse("", "an XML document", "nothing");
});
