// What is read though it is not as CallFire writes it, and what beside it stays
// refused. Both lists stand in docs/responses.md.

import { assertEquals } from "@std/assert";
import {
  changed,
  EXAMPLE,
  ORDER,
  read,
  refuse,
} from "../../helpers/client/plain_documents.ts";

const DECLARATION = EXAMPLE.slice(0, EXAMPLE.indexOf("?>") + 2);
const GROUP = /<(LocalNumbers)>.*<\/LocalNumbers>/;
const XSI = "http://www.w3.org/2001/XMLSchema-instance";

/** What a message shows of a text from its first `mark` on. */
function from(text: string, mark: string): string {
  return JSON.stringify(text.slice(text.indexOf(mark)).slice(0, 60));
}

Deno.test("white space before the XML declaration is skipped", () => {
  for (const space of ["\n", "\r\n", " \t\r\n\n"]) {
    assertEquals(read(space + EXAMPLE), ORDER);
    assertEquals(read(`\ufeff${space}${EXAMPLE}`), ORDER);
  }
  assertEquals(read(`\n${EXAMPLE.slice(DECLARATION.length)}`), ORDER);
});

Deno.test("nothing else may stand before the XML declaration", () => {
  for (const before of ["<!-- -->", "<?a?>", "\u00a0", "\n\ufeff", "a"]) {
    const text = before + EXAMPLE;
    const place = /^<[!?]/.test(before) ? "<?xml" : before.replace("\n", "");
    refuse(text, "a root element", from(text, place));
  }
  const twice = `${DECLARATION}\n${EXAMPLE}`;
  refuse(
    twice,
    "a root element",
    JSON.stringify(EXAMPLE.slice(0, 60)),
  );
});

Deno.test("an encoding that reads ASCII as UTF-8 does is accepted for ASCII", () => {
  for (
    const encoding of [
      ...["utf-8", "Utf-8", "UTF8", "us-ascii", "US-ASCII", "ASCII"],
      ...["ISO-8859-1", "iso-8859-15", "windows-1252", "Windows-1250"],
    ]
  ) {
    assertEquals(read(changed("UTF-8", encoding)), ORDER, encoding);
  }
});

Deno.test("such an encoding is refused for anything but ASCII", () => {
  for (const encoding of ["us-ascii", "ISO-8859-1", "windows-1252"]) {
    const text = changed("UTF-8", encoding).replace("YELLOW", "GRÜN");
    const expected = `ASCII alone in a document that declares ${encoding}`;
    refuse(text, expected, from(text, "Ü"));
    const latin = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const start = JSON.stringify(text.slice(0, 60)).slice(0, -1);
    refuse(latin, "text in UTF-8", `${start}…"`);
  }
});

Deno.test("an encoding that may read ASCII otherwise is refused", () => {
  for (const encoding of ["UTF-16", "UTF-7", "IBM037", "Shift_JIS", "latin"]) {
    const text = changed("UTF-8", encoding);
    refuse(text, "a root element", from(text, "<?xml"));
  }
});

Deno.test("processing instructions are skipped, wherever they stand", () => {
  for (
    const instruction of [
      '<?xml-stylesheet type="text/xsl" href="order.xsl"?>',
      "<?a?>",
      "<?a b > ? -- ]]> <Status>VOID</Status>?>",
      "<?é 😀 ??>",
      "<?XMLs?>",
    ]
  ) {
    assertEquals(read(EXAMPLE.replaceAll("\n", `\n${instruction}`)), ORDER);
    assertEquals(read(changed("FINISHED", `FIN${instruction}ISHED`)), ORDER);
  }
});

Deno.test("what is no processing instruction is refused", () => {
  for (
    const wrong of [
      ...["<?xml?>", "<?XML a?>", "<??>", "<? a?>", "<?1?>", "<?a:b?>"],
      ...["<?a?b?>", "<?a&?>", `<?${"a".repeat(257)}?>`],
    ]
  ) {
    const text = changed("<Status>", `${wrong}<Status>`);
    refuse(text, "a tag", from(text, wrong));
    const before = changed("<r:Resource", `${wrong}<r:Resource`);
    refuse(before, "a root element", from(before, wrong));
  }
  const open = changed("<Status>", "<?a <Status>").slice(0, -200);
  refuse(open, "'?>' after '<?'", from(open, "<?a"));
});

Deno.test("an item group that is empty or nil is none", () => {
  const { localNumbers: _, ...without } = ORDER;
  for (
    const group of [
      ...["<$1/>", "<$1></$1>", "<$1>\n  </$1>", "<$1><!-- --></$1>"],
      ...["<$1><?a?>&#32;<![CDATA[ ]]></$1>", '<$1 a="b"/>', "<$1 nil='1'/>"],
      ...[`<$1 xmlns:xsi="${XSI}" xsi:nil="true"/>`],
      ...[`<$1 xmlns:i="${XSI}" i:nil="1">\n</$1>`],
    ]
  ) {
    assertEquals(read(EXAMPLE.replace(GROUP, group)), without, group);
    const tollFree = group.replaceAll("$1", "TollFreeNumbers");
    assertEquals(read(changed("<Status>", `${tollFree}<Status>`)), ORDER);
  }
  const none = EXAMPLE.replace(GROUP, "<$1/>").replace(
    /<Keywords>.*<\/Keywords>/,
    "<Keywords/>",
  );
  assertEquals(Object.keys(read(none)).length, 4);
});

Deno.test("an item group that is not quite empty is refused", () => {
  const cases: [string, string, string][] = [
    ["<$1>0</$1>", "elements in <LocalNumbers>", '"0"'],
    ["<$1>&#160;</$1>", "elements in <LocalNumbers>", '"\u00a0"'],
    ["<$1><a/></$1>", "<Ordered>", '"<a>"'],
    [
      "<$1><Ordered/></$1>",
      "a whole number from 0 to 2147483647 in <Ordered>",
      "nothing",
    ],
    ["<$1/><$1/>", "one <LocalNumbers>", '"2 of them"'],
    ["$&<$1/>", "one <LocalNumbers>", '"2 of them"'],
  ];
  for (const [group, expected, seen] of cases) {
    refuse(EXAMPLE.replace(GROUP, group), expected, seen);
  }
});

Deno.test("an element that nobody reads may hold anything well formed", () => {
  for (
    const discount of [
      "<Discount>ten <b>per</b> cent</Discount>",
      "<Discount a='1'><b/>text<b>1</b><b>2</b>&amp;<![CDATA[<]]></Discount>",
      "<Discount><Status>VOID<b/>x</Status><Ordered>9</Ordered>y</Discount>",
      "<r:Status>VOID <b/></r:Status>",
      "<mixed:text xmlns:mixed='a'>VOID<b/></mixed:text>",
      "<toString>a<__proto__/>b<constructor>c</constructor></toString>",
      "<html xmlns='http://www.w3.org/1999/xhtml'><p>a<br/>b</p></html>",
      `<a>x${"<a>x".repeat(60)}${"</a>".repeat(60)}</a>`,
    ]
  ) {
    for (const place of ["</r:Resource>", "</NumberOrder>", "</Keywords>"]) {
      const text = changed(place, discount + place);
      assertEquals(read(text), ORDER, text);
    }
  }
});

Deno.test("such an element is still within the limits, and well formed", () => {
  const add = (text: string) => changed("<Status>", `${text}<Status>`);
  const deep = add(`<a>${"x<a>".repeat(61)}x<b>`);
  const end = from(deep, "><Status>");
  refuse(deep, "at most 64 elements within each other", end);
  const unclosed = add("<a>text<b></a>");
  refuse(unclosed, "the end tag </b>", from(unclosed, "</a>"));
  refuse(add("<a>&nbsp;<b/></a>"), "a legal reference", '"&nbsp;"');
});

Deno.test("text beside the elements that are read is refused", () => {
  for (
    const [place, name] of [
      ["</r:Resource>", "Resource"],
      ["</NumberOrder>", "NumberOrder"],
      ["</Keywords>", "Keywords"],
      ["<NumberOrder ", "Resource"],
      ["<Status>", "NumberOrder"],
    ] as const
  ) {
    const text = changed(place, `<a>b<c/></a>12 &amp; 3${place}`);
    const expected = `no text beside the elements in <${name}>`;
    refuse(text, expected, '"12 & 3"');
    refuse(changed(place, `\u00a0${place}`), expected, "nothing");
  }
});

Deno.test("a document type declaration is refused, whatever it says", () => {
  for (const type of ["<!DOCTYPE r:Resource>", '<!DOCTYPE a SYSTEM "a.dtd">']) {
    const text = changed("<r:Resource", `${type}<r:Resource`);
    refuse(text, "a root element", from(text, type));
  }
});

Deno.test("the bytes of UTF-16 are refused", () => {
  const wide = Uint8Array.from(
    EXAMPLE.replace("UTF-8", "UTF-16"),
    (character) => character.charCodeAt(0),
  );
  const bytes = new Uint8Array([
    0xff,
    0xfe,
    ...[...wide].flatMap((b) => [b, 0]),
  ]);
  const text = new TextDecoder().decode(bytes).slice(0, 60);
  const start = JSON.stringify(text).slice(0, -1);
  refuse(bytes, "text in UTF-8", `${start}…"`);
});
