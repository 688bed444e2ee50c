import { assertEquals, assertThrows } from "@std/assert";
import { normalForm } from "../../../client/xml/well_formed.ts";
import { NotWellFormedError } from "../../../client/xml/xml_text.ts";

const NONE: ReadonlyMap<string, string> = new Map();

function refuse(text: string, expected: string, seen?: string): void {
  const error = assertThrows(() => normalForm(text, NONE), NotWellFormedError);
  assertEquals(error.expected, expected, text.slice(0, 100));
  if (seen !== undefined) assertEquals(error.seen, seen);
}

Deno.test("normalForm() puts text beside elements into one of its own", () => {
  const pass = (text: string, inner: string) =>
    assertEquals(normalForm(text, NONE), `<x:a>${inner}</x:a>`, text);
  const beside = "<x:c></x:c><mixed:text>b</mixed:text>";
  pass("<a>b<c/></a>", beside);
  pass("<a><c/>b</a>", beside);
  pass("<a>&#98;<c/></a>", beside);
  pass("<a><c/><![CDATA[b]]></a>", beside);
  pass("<a><c/> \n</a>", "<x:c></x:c>");
  pass(
    "<a>1&lt;<c>2<c/></c> <?d?>3<c/>\u00a0</a>",
    "<x:c><x:c></x:c><mixed:text>2</mixed:text></x:c><x:c></x:c>" +
      "<mixed:text>1&lt; 3\u00a0</mixed:text>",
  );
  pass("<a><c/>\u00a0</a>", "<x:c></x:c><mixed:text>&#160;</mixed:text>");
});

Deno.test("normalForm() refuses ']]>' in text", () => {
  refuse("<a>]]></a>", "text without ']]>'", "]]></a>");
  refuse("<a>b]]]>c</a>", "text without ']]>'");
  refuse("<a><b/>]]><b/></a>", "text without ']]>'");
  assertEquals(normalForm("<a b=']]>'/>", NONE), '<x:a b="]]&gt;"></x:a>');
});

Deno.test("normalForm() refuses a reference to anything but a character", () => {
  const illegal = [
    ...["&", "& ", "&;", "&#;", "&#x;", "&amp", "&nbsp;", "&AMP;", "& amp;"],
    ...["&#0;", "&#x0;", "&#8;", "&#11;", "&#xB;", "&#31;", "&#xFFFE;"],
    ...["&#xD800;", "&#55296;", "&#xDFFF;", "&#xFFFF;", "&#X41;", "&#-1;"],
    ...["&#1114112;", "&#x110000;", "&#99999999999;", "&#x41", "&#4 1;"],
    ...["&constructor;", "&toString;", `&#${"9".repeat(400)};`],
  ];
  for (const reference of illegal) {
    refuse(`<a>${reference}</a>`, "a legal reference");
    refuse(`<a b="${reference}"/>`, "a legal reference");
  }
});

Deno.test("normalForm() refuses characters that XML does not allow", () => {
  const codes = [0, 1, 8, 11, 12, 14, 31, 0xd800, 0xdfff, 0xfffe, 0xffff];
  for (const code of codes) {
    const character = String.fromCharCode(code);
    const places = [
      `<a>${character}b</a>`,
      `<a b="${character}b"/>`,
      `<a><!--${character}b--></a>`,
      `<a><![CDATA[${character}b]]></a>`,
      `<a/>${character}b`,
    ];
    for (const text of places) {
      const seen = text.slice(text.indexOf(character));
      refuse(text, "a legal character", seen);
    }
  }
  normalForm("<a>\t\n\r\x7f\x85\ud7ff\ue000\ufffd\u{10ffff}</a>", NONE);
});

Deno.test("normalForm() refuses comments and sections that are no such thing", () => {
  refuse("<a><!-- b -- c --></a>", "a comment without '--'");
  refuse("<a><!-- b ---></a>", "a comment without '--'");
  refuse("<a><!--></a>", "'-->' after '<!--'", "<!--></a>");
  refuse("<a/><!-- b", "'-->' after '<!--'", "<!-- b");
  refuse("<a><![CDATA[b]] ></a>", "']]>' after '<![CDATA['");
  refuse("<a><![cdata[b]]></a>", "a comment or a CDATA section");
  refuse("<a><! b></a>", "a comment or a CDATA section", "<! b></a>");
  normalForm("<a><!----><!-- - -b- c --></a>", NONE);
});

Deno.test("normalForm() refuses document types", () => {
  refuse("<!DOCTYPE a><a/>", "a root element", "<!DOCTYPE a><a/>");
  refuse('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "a root element");
  refuse("<!doctype html><html></html>", "a root element");
  refuse("<a><!DOCTYPE a></a>", "a comment or a CDATA section");
});

Deno.test("normalForm() skips processing instructions", () => {
  for (const pi of ["<?pi?>", "<?xml-stylesheet href='a'?>", "<?p <a> ??>"]) {
    const text = `${pi}<a>b${pi}c</a>${pi}`;
    assertEquals(normalForm(text, NONE), "<x:a>bc</x:a>");
  }
  refuse("<?p:i?><a/>", "a root element", "<?p:i?><a/>");
  refuse("<a><?1?></a>", "a tag", "<?1?></a>");
  refuse("<a/><?xml?>", "nothing after the root element", "<?xml?>");
  refuse("<a/><?pi ", "'?>' after '<?'", "<?pi ");
});

Deno.test("normalForm() takes the XML declaration of a document in UTF-8", () => {
  const legal = [
    `<?xml version="1.0"?>`,
    `<?xml version='1.0' encoding='UTF-8'?>`,
    `<?xml version="1.0" encoding="utf-8" standalone="yes"?>`,
    `<?xml\r\n version = '1.0'\tstandalone\n=\n"no" ?>`,
    ` <?xml version="1.0"?>`,
    `<?xml version="1.0" encoding="ISO-8859-1"?>`,
  ];
  for (const declaration of legal) normalForm(`${declaration}\n<a/>`, NONE);
  const illegal = [
    `<!-- --><?xml version="1.0"?>`,
    `<?xml version="1.0"?><?xml version="1.0"?>`,
    `<?xml?>`,
    `<?xml version="1.1"?>`,
    `<?xml version="1.0' ?>`,
    `<?xml version=1.0?>`,
    `<?xml encoding="UTF-8"?>`,
    `<?xml version="1.0"encoding="UTF-8"?>`,
    `<?xml version="1.0" encoding="UTF-16"?>`,
    `<?xml version="1.0" encoding="UTF-8 "?>`,
    `<?xml version="1.0" standalone="yes" encoding="UTF-8"?>`,
    `<?xml version="1.0" standalone="maybe"?>`,
    `<?xml version="1.0" other="1"?>`,
    `<?xml version="1.0">`,
    `<?XML version="1.0"?>`,
  ];
  for (const declaration of illegal) {
    refuse(`${declaration}<a/>`, "a root element");
  }
});

Deno.test("normalForm() refuses more than 64 levels", () => {
  const nested = (depth: number) => "<a>".repeat(depth) + "</a>".repeat(depth);
  assertEquals(normalForm(nested(64), NONE).length, 64 * 11);
  refuse(nested(65), "at most 64 elements within each other");
  refuse(nested(5000), "at most 64 elements within each other");
  refuse("<a>".repeat(5000), "at most 64 elements within each other");
  normalForm(`<a>${nested(63).repeat(100)}</a>`, NONE);
});

Deno.test("normalForm() refuses more than 10,000 elements and attributes", () => {
  const most = "at most 10000 elements and attributes";
  normalForm(`<a>${"<b/>".repeat(9_999)}</a>`, NONE);
  refuse(`<a>${"<b/>".repeat(10_000)}</a>`, most);
  const attributes = Array.from({ length: 50_000 }, (_, at) => ` b${at}=''`);
  normalForm(`<a${attributes.slice(0, 9_999).join("")}/>`, NONE);
  refuse(`<a${attributes.slice(0, 10_000).join("")}/>`, most);
  refuse(`<a${attributes.join("")}/>`, most);
  normalForm(`<a>${"<b c=''/>".repeat(4_999)}<b/></a>`, NONE);
  refuse(`<a>${"<b c=''/>".repeat(5_000)}</a>`, most);
});

Deno.test("normalForm() refuses names of more than 256 characters", () => {
  for (const letter of ["a", "é", "𐀀"]) {
    const longest = letter.repeat(256);
    normalForm(
      `<${longest}:${longest} xmlns:${longest}='urn:one' ${longest}='1'>` +
        `</${longest}:${longest}>`,
      NONE,
    );
    const longer = `${longest}${letter}`;
    refuse(`<${longer}/>`, `an attribute or the end of the tag <${longest}`);
    refuse(`<a ${longer}=''/>`, "an attribute or the end of the tag <a");
    refuse(
      `<${longer}:a xmlns:${longer}='urn:one'/>`,
      `an attribute or the end of the tag <${longest}`,
    );
  }
});
