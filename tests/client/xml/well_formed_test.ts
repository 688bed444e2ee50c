import { assertEquals, assertThrows } from "@std/assert";
import { normalForm } from "../../../client/xml/well_formed.ts";
import { NotWellFormedError } from "../../../client/xml/xml_text.ts";

const PREFIXES = new Map([["urn:one", "one"], ["urn:two", "two"]]);

function pass(text: string, expected: string): void {
  assertEquals(normalForm(text, PREFIXES), expected, text);
}

function refuse(text: string, expected: string, seen: string): void {
  const error = assertThrows(
    () => normalForm(text, PREFIXES),
    NotWellFormedError,
  );
  assertEquals([error.expected, error.seen], [expected, seen], text);
  assertEquals(error.message, `expected ${expected}`);
  assertEquals(error.name, "NotWellFormedError");
}

Deno.test("normalForm() gives every element the prefix that was asked for", () => {
  pass("<a/>", "<x:a></x:a>");
  pass("<a xmlns='urn:one'/>", "<one:a></one:a>");
  pass("<a xmlns='urn:o&#110;e'/>", "<one:a></one:a>");
  pass("<a xmlns='urn:three'/>", "<x:a></x:a>");
  pass("<x:a xmlns:x='urn:two'/>", "<two:a></two:a>");
  pass("<two:a xmlns:two='urn:one'/>", "<one:a></one:a>");
  pass("<é:a xmlns:é='urn:one'/>", "<one:a></one:a>");
  pass("<xml:a/>", "<x:a></x:a>");
  pass("<__proto__:a xmlns:__proto__='urn:one'/>", "<one:a></one:a>");
});

Deno.test("normalForm() knows where a prefix is bound, and where no more", () => {
  pass(
    "<a xmlns='urn:one'><a xmlns='urn:two'><a/></a><a/><a xmlns=''/></a>",
    "<one:a><two:a><two:a></two:a></two:a><one:a></one:a><x:a></x:a></one:a>",
  );
  pass(
    "<p:a xmlns:p='urn:one'><p:a xmlns:p='urn:two'/><p:a/></p:a>",
    "<one:a><two:a></two:a><one:a></one:a></one:a>",
  );
  const unbound = "a prefix that is declared";
  refuse("<p:a/>", unbound, "p:");
  refuse("<a p:b=''/>", unbound, "p:");
  refuse("<a><p:b xmlns:p='urn:one'/><p:c/></a>", unbound, "p:");
  refuse("<toString:a/>", unbound, "toString:");
  refuse("<xmlns:a/>", unbound, "xmlns:");
});

Deno.test("normalForm() refuses a declaration that no namespace can have", () => {
  const legal = "a legal namespace declaration";
  const xml = "http://www.w3.org/XML/1998/namespace";
  const xmlns = "http://www.w3.org/2000/xmlns/";
  refuse("<a xmlns:p=''/>", legal, "p=''");
  refuse("<a xmlns:p=' '/>", legal, "p=' '");
  refuse("<a xmlns=' urn:one'/>", legal, "=' urn:one'");
  refuse("<a xmlns='urn:one\n'/>", legal, "='urn:one '");
  refuse("<a xmlns:p='\u00a0urn:one'/>", legal, "p='\u00a0urn:one'");
  refuse("<a xmlns:xml='urn:one'/>", legal, "xml='urn:one'");
  refuse(`<a xmlns:p='${xml}'/>`, legal, `p='${xml}'`);
  refuse(`<a xmlns='${xml}'/>`, legal, `='${xml}'`);
  refuse(`<a xmlns:p='${xmlns}'/>`, legal, `p='${xmlns}'`);
  refuse(`<a xmlns='${xmlns}'/>`, legal, `='${xmlns}'`);
  refuse(`<a xmlns:xmlns='${xmlns}'/>`, legal, `xmlns='${xmlns}'`);
  pass(`<xml:a xmlns:xml='${xml}'/>`, "<x:a></x:a>");
});

Deno.test("normalForm() keeps the attributes that bear no prefix", () => {
  pass(
    "<a b = '1'\n\tc=\"'2'\" xml:d='3' p:b='4' xmlns:p='urn:one' ></a >",
    '<x:a b="1" c="\'2\'"></x:a>',
  );
  pass("<a b='\"&lt;>'/>", '<x:a b="&quot;&lt;&gt;"></x:a>');
  pass("<a b='1\t2\n3\r\n4\r5&#10;'/>", '<x:a b="1 2 3 4 5\n"></x:a>');
  pass("<a __proto__='1' b='2'/>", '<x:a __proto__="1" b="2"></x:a>');
});

Deno.test("normalForm() refuses an attribute that is given twice", () => {
  const once = "no attribute twice";
  refuse("<a b='1' b='2'/>", once, "b");
  refuse("<a xmlns='urn:one' xmlns='urn:one'/>", once, "xmlns");
  refuse("<a xmlns:p='urn:one' xmlns:p='urn:two'/>", once, "xmlns:p");
  refuse("<a xml:b='' xml:b=''/>", once, "xml:b");
  const both = "xmlns:p='urn:one' xmlns:q='urn:one'";
  refuse(`<a ${both} p:b='' q:b=''/>`, once, "q:b");
  refuse(`<a ${both}><b p:b='' q:b=''/></a>`, once, "q:b");
  pass(
    "<a xmlns='urn:one' xmlns:p='urn:one' b='1' p:b=''/>",
    '<one:a b="1"></one:a>',
  );
  pass(`<a ${both} p:b='' q:c='' b='' B=''/>`, '<x:a b="" B=""></x:a>');
});

Deno.test("normalForm() refuses attributes and tags that are no such thing", () => {
  const end = "an attribute or the end of the tag <a";
  refuse("<a b=1/>", end, " b=1/>");
  refuse("<a b/>", end, " b/>");
  refuse("<a b=/>", end, " b=/>");
  refuse("<a b='1'c='2'/>", end, "c='2'/>");
  refuse("<a 1='1'/>", end, " 1='1'/>");
  refuse("<a :b='1'/>", end, " :b='1'/>");
  refuse("<a b:='1'/>", end, " b:='1'/>");
  refuse("<a b:c:d='1'/>", end, " b:c:d='1'/>");
  refuse("<a:b:c/>", "an attribute or the end of the tag <b", ":c/>");
  refuse("<a\u00a0/>", end, "\u00a0/>");
  refuse("<a / >", end, " / >");
  refuse("<a", end, "");
  refuse("<a ", end, " ");
  refuse("<a b='1", `''' after '''`, "'1");
  refuse("<a b='<'/>", "an attribute without '<'", "<");
  refuse("<a><>", "a tag", "<>");
  refuse("<a>< b/></a>", "a tag", "< b/></a>");
  refuse("<a><1/></a>", "a tag", "<1/></a>");
  refuse("<a><:b/></a>", "a tag", "<:b/></a>");
  refuse("<a>a < b</a>", "a tag", "< b</a>");
});

Deno.test("normalForm() refuses tags that do not close in their order", () => {
  const end = "the end tag </a>";
  refuse("<a>", end, "");
  refuse("<a>b", end, "");
  refuse("<a></b>", end, "</b>");
  refuse("<a></A>", end, "</A>");
  refuse("<a><b></a></b>", "the end tag </b>", "</a></b>");
  refuse("<a></ a>", end, "</ a>");
  refuse("<a></a", end, "</a");
  refuse("<a></a b=''>", end, "</a b=''>");
  const same = "xmlns:p='urn:one' xmlns:q='urn:one'";
  refuse(`<p:a ${same}></q:a>`, "the end tag </p:a>", "</q:a>");
  pass("<a><b></b\n ></a>", "<x:a><x:b></x:b></x:a>");
});

Deno.test("normalForm() wants one root and nothing beside it", () => {
  pass(" \n<!-- b --><a/><!-- c -->\t\r\n", "<x:a></x:a>");
  const root = "a root element";
  refuse("", root, "");
  refuse(" \n", root, "");
  refuse("text", root, "text");
  refuse("text<a/>", root, "text<a/>");
  refuse("<![CDATA[]]><a/>", root, "<![CDATA[]]><a/>");
  refuse("</a>", root, "</a>");
  refuse("\ufeff<a/>", root, "\ufeff<a/>");
  const nothing = "nothing after the root element";
  refuse("<a/>text", nothing, "text");
  refuse("<a/><b/>", nothing, "<b/>");
  refuse("<a/></a>", nothing, "</a>");
  refuse("<a/>&#32;", nothing, "&#32;");
  refuse("<a/>\u00a0", nothing, "\u00a0");
});

Deno.test("normalForm() takes text as it is meant", () => {
  pass("<a>b<!-- c -->d<![CDATA[e<&>]]>f</a>", "<x:a>bde&lt;&amp;&gt;f</x:a>");
  pass("<a>&amp;&lt;&gt;&quot;&apos;</a>", "<x:a>&amp;&lt;&gt;&quot;'</x:a>");
  pass("<a>&#65;&#x42;&#x1F600;&#0000067;&#xe9;</a>", "<x:a>AB😀Cé</x:a>");
  pass("<a>&amp;lt;</a>", "<x:a>&amp;lt;</x:a>");
  pass("<a>]]<!---->></a>", "<x:a>]]&gt;</x:a>");
  pass("<a>]]<![CDATA[]]>></a>", "<x:a>]]&gt;</x:a>");
  pass("<a>]]&gt;<![CDATA[>]]></a>", "<x:a>]]&gt;&gt;</x:a>");
  pass("<a>]] ><![CDATA[]]]]></a>", "<x:a>]] &gt;]]</x:a>");
  pass("<a>b\r\nc\rd\ne&#13;</a>", "<x:a>b\nc\nd\ne\r</x:a>");
  pass("<a> <b/>\n<!-- c -->&#9;<![CDATA[ ]]></a>", "<x:a><x:b></x:b></x:a>");
  pass("<a>b > c</a>", "<x:a>b &gt; c</x:a>");
});

Deno.test("normalForm() writes as references what the library would drop", () => {
  pass("<a>\u00a0</a>", "<x:a>&#160;</x:a>");
  pass("<a> \u2028\ufeff\n\u0085</a>", "<x:a> &#8232;&#65279;\n&#133;</x:a>");
  pass("<a>\u00a0b</a>", "<x:a>\u00a0b</x:a>");
  pass("<a> \n</a>", "<x:a> \n</x:a>");
});
