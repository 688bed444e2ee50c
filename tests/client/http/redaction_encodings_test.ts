import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import {
  CallFireClient,
  CallFireError,
  type NumberOrder,
} from "../../../mod.ts";
import { Secrets } from "../../../client/http/redaction.ts";
import { parseNumberOrder } from "../../../client/xml/parse_number_order.ts";
import { exceptionXml } from "../../sandbox/order_xml.ts";
import { fromTape, pick } from "../../helpers/client/choices.ts";
import { encodeLatin, ENCODINGS } from "../../helpers/client/encodings.ts";
import {
  changed,
  document,
  ID,
  ORDER,
} from "../../helpers/client/plain_documents.ts";
import { reasonOf } from "../../helpers/client/testing.ts";
import { escapeText } from "../../../client/xml/xml_text.ts";

const LOGIN = "api-login";
const WITHHELD = "(not shown: it holds the credentials)";

/** A password that every encoding changes, and that is in no other text. */
const PASSWORD = `Pa55/w+rd!x~y(z)'q"<&é`;

const passwords = fc.oneof(
  fc.string({ minLength: 4, maxLength: 24 }),
  fc.string({
    minLength: 4,
    maxLength: 16,
    unit: fc.constantFrom(...'aB3 %+&;#x\\u"/<>=é€😀-_'),
  }),
).filter((password) => !/^(?:[A-Z]+|[0-9]+)$/.test(password));

const tapes = fc.array(fc.nat(0xffff), { maxLength: 200, size: "max" });

/** A credential in one to three encodings, one within the other. */
function encode(password: string, tape: number[]): string {
  const choices = fromTape(tape);
  const secret = pick(choices, [password, `${LOGIN}:${password}`]);
  // Within one text there is one charset.
  let text = pick(choices, [() => undefined, encodeLatin])(secret, choices) ??
    secret;
  for (let layers = 1 + choices.below(3); layers > 0; layers--) {
    const encoding = pick(choices, Object.values(ENCODINGS));
    text = encoding(text, choices) ?? text;
  }
  const before = pick(choices, ["", "x ", "a=", "key-", "/"]);
  return before + text + pick(choices, ["", " y", "&z", '"']);
}

/** The order with other keywords or another status, as the client reads it. */
function readWith(
  secrets: Secrets,
  part: "YELLOWTAXI" | "FINISHED",
  value: string,
): NumberOrder {
  const body = document(changed(part, escapeText(value)));
  return parseNumberOrder(body, ID, secrets);
}

/** The error of a client that gets a response. */
async function errorOf(
  password: string,
  response: Response,
): Promise<CallFireError> {
  const callfire = new CallFireClient({
    login: LOGIN,
    password,
    fetch: () => Promise.resolve(response),
  });
  const error = await reasonOf(callfire.getNumberOrder(ID));
  assertInstanceOf(error, CallFireError);
  return error;
}

Deno.test("no credential comes out, however it is encoded", () => {
  fc.assert(
    fc.property(passwords, tapes, (password, tape) => {
      const secrets = new Secrets(LOGIN, password);
      const text = encode(password, tape);
      assertEquals(secrets.redact(text), WITHHELD);
      assertEquals(secrets.excerpt("a", `<p>${text}</p>`), WITHHELD);
      assertEquals(secrets.cause(new Error(text)), undefined);
      // White space would part it into several items, each without the whole.
      if (!/\s/.test(text)) {
        const { keywords } = readWith(secrets, "YELLOWTAXI", text);
        assertEquals(keywords?.fulfilled, ["(redacted)", "ORANGEBROADSWORD"]);
      }
      if (/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(text)) {
        assertEquals(readWith(secrets, "FINISHED", text).status, "REDACTED");
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("no credential comes out of a response, wherever it says it", async () => {
  await fc.assert(
    fc.asyncProperty(passwords, tapes, async (password, tape) => {
      const text = encode(password, tape);
      const said = await errorOf(
        password,
        new Response(exceptionXml(500, text), { status: 500 }),
      );
      assertEquals(said.serverMessage, WITHHELD);
      assert(said.message.includes(WITHHELD));
      for (const body of [text, changed("9.5", `x${escapeText(text)}`)]) {
        const { message } = await errorOf(password, new Response(body));
        assert(message.includes(WITHHELD), message);
      }
      if (!/^[\x21-\x7e]+$/.test(text)) return;
      const headers = { location: `/a?${text}` };
      const redirect = new Response(null, { status: 302, headers });
      const { message } = await errorOf(password, redirect);
      assert(message.includes(WITHHELD), message);
    }),
    { numRuns: 300 },
  );
});

Deno.test("a message that is cut is checked whole", async () => {
  const respond = (message: string) =>
    new Response(exceptionXml(500, message), { status: 500 });
  const { serverMessage } = await errorOf(PASSWORD, respond("é".repeat(501)));
  assertEquals(serverMessage, "é".repeat(500));
  // Four encodings, and a fifth in the body: XML is escaped once more there.
  let text = `${"x".repeat(100)}${PASSWORD}`;
  for (const encoding of ["percent", "base64", "hex", "XML"]) {
    text = ENCODINGS[encoding]!(text, fromTape([]))!;
  }
  const cut = await errorOf(PASSWORD, respond(text));
  assertEquals(cut.serverMessage, WITHHELD);
});

/** What Java, Python, PHP and others make of a password. */
const WRITTEN: Readonly<Record<string, string>> = {
  "encodeURIComponent": encodeURIComponent(PASSWORD),
  "RFC 3986": "Pa55%2Fw%2Brd%21x~y%28z%29%27q%22%3C%26%C3%A9",
  "URLEncoder": "Pa55%2Fw%2Brd%21x%7Ey%28z%29%27q%22%3C%26%C3%A9",
  "lower-case hex": "Pa55%2fw%2brd%21x%7ey%28z%29%27q%22%3c%26%c3%a9",
  "Latin-1": "Pa55%2Fw%2Brd%21x%7Ey%28z%29%27q%22%3C%26%E9",
  "twice": encodeURIComponent(encodeURIComponent(PASSWORD)),
  "base64 of :password": btoa(`:${toBytes(PASSWORD)}`),
  "a header": `Authorization: Basic ${btoa(`${LOGIN}:${toBytes(PASSWORD)}`)}`,
  "base64url": btoa(toBytes(PASSWORD)).replaceAll("+", "-").replaceAll("/", "_")
    .replaceAll("=", ""),
  "Python": `Pa55/w+rd!x~y(z)\\'q"<&\\xc3\\xa9`,
  "JavaScript": `Pa55/w+rd!x~y(z)'q\\"<&\\u{E9}`,
  "NFD": PASSWORD.normalize("NFD"),
  "lines of base64": btoa(`${"x".repeat(50)}${toBytes(PASSWORD)}`)
    .replace(/.{76}/g, "$&\r\n"),
};

function toBytes(text: string): string {
  return String.fromCharCode(...document(text));
}

for (const [name, text] of Object.entries(WRITTEN)) {
  Deno.test(`a password is not shown as it is written by: ${name}`, () => {
    assertEquals(
      new Secrets(LOGIN, PASSWORD).redact(`a ${text} b`),
      WITHHELD,
    );
  });
}

Deno.test("a response in Latin-1 or UTF-16 shows no password", async () => {
  const latin = Uint8Array.from(
    `<p>${PASSWORD}</p>`,
    (character) => character.charCodeAt(0),
  );
  const wide = Uint8Array.from([0xff, 0xfe, ...latin].flatMap((b) => [b, 0]));
  for (const body of [latin, wide, wide.slice(1)]) {
    const { message } = await errorOf(PASSWORD, new Response(body));
    assert(message.includes(WITHHELD), message);
  }
});

Deno.test("a status that CallFire documents is never redacted", () => {
  for (const status of ["FINISHED", "WAIT_FOR_PAYMENT"]) {
    const secrets = new Secrets(LOGIN, status);
    assertEquals(readWith(secrets, "FINISHED", status).status, status);
  }
});

Deno.test("a password that may be an item leaves the items as they are", () => {
  const items: [string, string][] = [
    ["YELLOW", "YELLOWTAXI"],
    ["YELLOWTAXI", "YELLOWTAXI"],
    ["1213", "12135550142"],
    ["12135550142", "12135550142"],
  ];
  for (const [password, item] of items) {
    const secrets = new Secrets(LOGIN, password);
    const { keywords } = readWith(secrets, "YELLOWTAXI", item);
    assertEquals(keywords?.fulfilled, [item, "ORANGEBROADSWORD"]);
    // Elsewhere it is not shown, nor if it is encoded.
    assertEquals(secrets.redact(`no ${password}`), WITHHELD);
    for (
      const encoded of [btoa(password), `%${btoa("x").length}1${password}`]
    ) {
      if (encoded.includes(password)) continue;
      const { keywords } = readWith(secrets, "YELLOWTAXI", encoded);
      assertEquals(keywords?.fulfilled[0], "(redacted)");
    }
    const pair = readWith(secrets, "YELLOWTAXI", btoa(`${LOGIN}:${password}`));
    assertEquals(pair.keywords?.fulfilled[0], "(redacted)");
  }
});

Deno.test("an order with redacted items still settles by their number", () => {
  const secrets = new Secrets(LOGIN, "hunter2-hunter2");
  const order = readWith(secrets, "YELLOWTAXI", "hunter2-hunter2");
  assertEquals(order, {
    ...ORDER,
    keywords: {
      ...ORDER.keywords!,
      fulfilled: ["(redacted)", "ORANGEBROADSWORD"],
    },
  });
});

Deno.test("a password that is parted into items is redacted", () => {
  const read = (password: string, item: string) =>
    readWith(new Secrets(LOGIN, password), "YELLOWTAXI", item).keywords
      ?.fulfilled;
  const password = "hunter2 hunter2";
  const redacted = ["(redacted)", "(redacted)", "(redacted)"];
  assertEquals(read(password, password), redacted);
  // But these may be two keywords.
  assertEquals(read("TAXI CAB", "TAXI CAB")?.slice(0, 2), ["TAXI", "CAB"]);
});

Deno.test("many items are redacted one by one", () => {
  const secrets = new Secrets(LOGIN, "hunter2-hunter2");
  const numbers = Array.from({ length: 9000 }, (_, at) => `1213555${at}`);
  assertEquals(secrets.redactItems(numbers), numbers);
  const held = numbers.with(8500, btoa("hunter2-hunter2"));
  assertEquals(
    secrets.redactItems(held),
    numbers.with(8500, "(redacted)"),
  );
});

Deno.test("a credential of under 4 characters is not looked for", () => {
  for (const password of ["a", "ab", "é€😀"]) {
    const secrets = new Secrets(LOGIN, password);
    assertEquals(secrets.redact(`a cab é€😀`), "a cab é€😀");
    assertEquals(readWith(secrets, "FINISHED", "ab").status, "ab");
    for (
      const held of [
        secrets.authorization,
        secrets.authorization.slice("Basic ".length).replaceAll("=", ""),
        `user ${LOGIN}:${password}`,
        encodeURIComponent(secrets.authorization),
      ]
    ) {
      assertEquals(secrets.redact(held), WITHHELD, held);
    }
  }
  assertEquals(new Secrets("a", "b").redact("a b:a"), "a b:a");
  assertEquals(new Secrets("a", "b").redact("Basic YTpi"), WITHHELD);
});

Deno.test("a text that is too long to be decoded is not shown", () => {
  const secrets = new Secrets(LOGIN, "hunter2-hunter2");
  const note = "(not shown: too long to be checked for the credentials)";
  assertEquals(secrets.excerpt("a", "b%20".repeat(200_000)), note);
  assertEquals(secrets.excerpt("a", "b%20".repeat(20_000)), '"a"');
  assertEquals(secrets.excerpt("a", "b ".repeat(600_000)), '"a"');
  // Nor if it is long only once it is decoded, again and again.
  let nested = "x".repeat(1000);
  for (let depth = 0; depth < 20; depth++) nested = btoa(nested);
  assertEquals(secrets.excerpt(nested), note);
});
