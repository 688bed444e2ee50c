import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { MalformedResponseError } from "../../../client/errors.ts";
import { Secrets } from "../../../client/http/redaction.ts";
import { parseNumberOrder } from "../../../client/xml/parse_number_order.ts";
import {
  changed,
  document,
  EXAMPLE,
  ID,
} from "../../helpers/client/plain_documents.ts";

const LOGIN = "api-login";
const WITHHELD = "(not shown: it holds the credentials)";

/** Passwords that look otherwise in each of the encodings. */
const PASSWORDS = [
  "hunter2-hunter2",
  `it's <a> "b" & c]]>`,
  "&amp;lt; 100% +/=?#:",
  "pässwörter € 😀",
  "a\\b\tc/d",
];

function toBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes));
}

/** Every form in which an answer may echo the credentials. */
function echoes(password: string): Readonly<Record<string, string>> {
  const reference = (kind: (code: number) => string) =>
    [...password].map((one) => `&#${kind(one.codePointAt(0)!)};`).join("");
  const text = password.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const whole = text.replaceAll(">", "&gt;").replaceAll('"', "&quot;");
  return {
    plain: password,
    base64: toBase64(password),
    "base64 of both": toBase64(`${LOGIN}:${password}`),
    header: `Basic ${toBase64(`${LOGIN}:${password}`)}`,
    "URL-encoded": encodeURIComponent(password),
    JSON: JSON.stringify(password),
    "escaped as text": text,
    "escaped as text, with >": text.replaceAll(">", "&gt;"),
    "escaped as an attribute": whole,
    "escaped with &apos;": whole.replaceAll("'", "&apos;"),
    "escaped with &#39;": whole.replaceAll("'", "&#39;"),
    "escaped with &#x27; and &#34;": text.replaceAll(">", "&gt;")
      .replaceAll('"', "&#34;").replaceAll("'", "&#x27;"),
    "decimal references": reference((code) => String(code)),
    "hexadecimal references": reference((code) => `x${code.toString(16)}`),
  };
}

/** Answers that hold an echo, each at another place. */
function answers(echo: string): string[] {
  return [
    echo,
    `<html><body>No such login: ${echo}</body></html>`,
    `<!DOCTYPE html><p>${echo}</p>`,
    changed("FINISHED", `! ${echo}`),
    changed("FINISHED", `FINISHED!<![CDATA[${echo}]]>`),
    changed("9.5", `${"9".repeat(55)}x${echo}`),
    changed("9.5", `${"9".repeat(80)}x${echo}`),
    changed("2014", `${echo} 2014`),
    changed("<Status>", `${echo}<Status>`),
    changed("FINISHED", `<b/>${"c".repeat(50)}${echo}`),
    changed("<Status>", `<Status a=!${echo}>`),
    changed("<Status>", `<Status a="${echo}" a="">`),
    changed("<Status>", `<Status a="<${echo}">`),
    changed("<Status>", `<!-- -- ${echo} --><Status>`),
    changed("<Status>", `<a xmlns:xml="${echo}"/><Status>`),
    changed(`id="${ID}"`, `id="${echo}"`),
    changed(`id="${ID}"`, `id='${echo}'`),
    changed("YELLOWTAXI", `\0 ${echo}`),
    changed("YELLOWTAXI", `${echo} &b;`).replace("9.5", "abc"),
    `${EXAMPLE}${echo}`,
    '<r:ResourceException xmlns:r="http://api.callfire.com/resource">' +
    `<r:Message>${echo}</r:Message></r:ResourceException>`,
  ];
}

Deno.test("no error of readNumberOrder() holds the credentials that came back", () => {
  for (const password of PASSWORDS) {
    const secrets = new Secrets(LOGIN, password);
    const forms = echoes(password);
    for (const [kind, echo] of Object.entries(forms)) {
      for (const answer of answers(echo)) {
        const bytes = document(answer);
        for (const body of [bytes, new Uint8Array([...bytes, 0xff])]) {
          const error = assertThrows(
            () => parseNumberOrder(body, ID, secrets),
            MalformedResponseError,
          );
          const shown = Deno.inspect(error) + error.message + error.stack +
            JSON.stringify(error);
          for (const form of Object.values(forms)) {
            const isHeld = shown.includes(form) ||
              shown.includes(JSON.stringify(form).slice(1, -1));
            assert(!isHeld, `${kind} in ${answer}: ${error.message}`);
          }
        }
      }
    }
  }
});

Deno.test("an error says that something is not shown, and what was expected", () => {
  const secrets = new Secrets(LOGIN, "hunter2-hunter2");
  const bodies = [
    changed("9.5", "hunter2-hunter2"),
    changed("9.5", "abc").replace("ORANGE", "hunter2-hunter2"),
    changed("9.5", "hunter&#50;-hunter2"),
  ];
  for (const body of bodies) {
    const error = assertThrows(
      () => parseNumberOrder(document(body), ID, secrets),
      MalformedResponseError,
    );
    assertEquals(
      error.message,
      `Cannot read the answer about order '${ID}': expected an amount in ` +
        `<TotalCost>, but saw ${WITHHELD}`,
    );
  }
});

Deno.test("authorization is Basic, in UTF-8", () => {
  const { authorization } = new Secrets("Aladdin", "open sesame");
  assertEquals(authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  const wide = new Secrets("tëst", "123£😀").authorization;
  assertEquals(wide, "Basic dMOrc3Q6MTIzwqPwn5iA");
});

Deno.test("a Secrets shows nothing of what it holds", () => {
  const secrets = new Secrets(LOGIN, "hunter2-hunter2");
  const shown = Deno.inspect(secrets, { showHidden: true, depth: 9 }) +
    JSON.stringify(secrets) + String(secrets) +
    Object.getOwnPropertyNames(secrets).join();
  const pair = toBase64(`${LOGIN}:hunter2-hunter2`);
  for (const secret of ["hunter2", pair, LOGIN]) {
    assert(!shown.includes(secret), shown);
  }
});

Deno.test("withhold() and excerpt() let through what holds no credentials", () => {
  const secrets = new Secrets(LOGIN, "hunter2-hunter2");
  assertEquals(secrets.redact("hunter2"), "hunter2");
  assertEquals(secrets.redact("a hunter2-hunter2 b"), WITHHELD);
  assertEquals(secrets.excerpt(`"a"\n`), '"\\"a\\"\\n"');
  assertEquals(secrets.excerpt("a".repeat(60)), `"${"a".repeat(60)}"`);
  assertEquals(secrets.excerpt("a".repeat(61)), `"${"a".repeat(60)}…"`);
  assertEquals(secrets.excerpt("a", "b hunter2-hunter2"), WITHHELD);
  assertEquals(secrets.excerpt("hunter2-hunter2", "b"), WITHHELD);
  assertEquals(secrets.excerpt(`${"a".repeat(55)}hunter2-hunter2`), WITHHELD);
  const controls = "\x7f\x9b\u2028\u202e\u2066";
  assertEquals(
    secrets.excerpt(controls),
    '"\\u007f\\u009b\\u2028\\u202e\\u2066"',
  );
});

Deno.test("cause() keeps an error only if nothing beneath it holds them", () => {
  const secrets = new Secrets(LOGIN, "hunter2-hunter2");
  const clean = new Error("a", { cause: new Error("b", { cause: "c" }) });
  assertEquals(secrets.cause(clean), clean);
  assertEquals(secrets.cause("a"), "a");
  assertEquals(secrets.cause(undefined), undefined);
  const named = new Error("a");
  named.name = "hunter2-hunter2";
  const traced = new Error("a");
  traced.stack = "at hunter2-hunter2";
  const dirty = [
    "hunter2-hunter2",
    new Error("hunter2-hunter2"),
    new Error("a", { cause: new Error("hunter2-hunter2") }),
    new Error("a", { cause: "hunter2-hunter2" }),
    named,
    traced,
  ];
  for (const cause of dirty) assertEquals(secrets.cause(cause), undefined);
  const circle = new Error("a");
  circle.cause = circle;
  assertStrictEquals(secrets.cause(circle), circle);
  circle.message = "hunter2-hunter2";
  assertEquals(secrets.cause(circle), undefined);
});
