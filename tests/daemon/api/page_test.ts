import { assert, assertEquals, assertMatch } from "@std/assert";
import { statusPage } from "../../../daemon/api/page.ts";
import { test } from "../../helpers/client/testing.ts";
import { apiTest } from "../../helpers/api/testing.ts";

const page = statusPage();

async function get(path: string, headers: HeadersInit = {}): Promise<{
  response: Response;
  text: string;
}> {
  const response = await page.request(path, { headers });
  return { response, text: await response.text() };
}

/** What a file refers to that the browser loads, relative to the file. */
function references(text: string): string[] {
  const patterns = [
    /(?:href|src)="([^"#]+)"/g,
    /\bfrom "(\.[^"]+)"/g,
    /@import "([^"]+)"/g,
  ];
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, path]) => path!)
  );
}

/** Every file of the page by its path, as a browser comes to know of them. */
async function allFiles(): Promise<Map<string, Response & { body: never }>> {
  const files = new Map();
  const paths = ["/", "/page/favicon_attention.svg"];
  for (const path of paths) {
    if (files.has(path)) continue;
    const { response, text } = await get(path);
    files.set(path, response);
    for (const reference of references(text)) {
      paths.push(new URL(reference, `http://page${path}`).pathname);
    }
  }
  return files;
}

test("page: every file that the page refers to is served", async () => {
  const files = await allFiles();
  assert(files.size > 10, [...files.keys()].join());
  for (const [path, { headers, status }] of files) {
    assertEquals(status, 200, path);
    const type = path === "/"
      ? /^text\/html/
      : path.endsWith(".css")
      ? /^text\/css/
      : path.endsWith(".js")
      ? /^text\/javascript/
      : /^image\/svg\+xml/;
    assertMatch(headers.get("content-type") ?? "", type, path);
  }
});

test("page: its policy allows for its own files alone", async () => {
  for (const [path, { headers }] of await allFiles()) {
    const policy = headers.get("content-security-policy")?.split("; ");
    assertEquals(policy, [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "img-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ], path);
  }
});

test("page: one script, one style sheet, nothing inline", async () => {
  const { text } = await get("/");
  assertEquals(text.match(/<script[^>]*>/g), [
    '<script type="module" src="page/page.js">',
  ]);
  assertEquals(text.match(/<[^>]*stylesheet[^>]*>/g), [
    '<link rel="stylesheet" href="page/page.css">',
  ]);
  assertEquals(text.match(/<style| style=| on[a-z]+=|javascript:/g), null);
});

test("page: a file that was not changed is not sent again", async () => {
  for (const [path, { headers }] of await allFiles()) {
    assertEquals(headers.get("cache-control"), "no-cache", path);
    const etag = headers.get("etag");
    assert(etag, path);
    const { response, text } = await get(path, { "if-none-match": etag });
    assertEquals(response.status, 304, path);
    assertEquals(text, "", path);
    // A browser takes these over for the file that it kept.
    for (const name of ["content-security-policy", "cache-control", "etag"]) {
      assertEquals(response.headers.get(name), headers.get(name), path);
    }
    const other = await get(path, { "if-none-match": '"another"' });
    assertEquals(other.response.status, 200, path);
  }
});

test("page: no other file is served", async () => {
  for (
    const path of ["/page/", "/page/page.ts", "/page/deno.json", "/page.js"]
  ) {
    assertEquals((await get(path)).response.status, 404, path);
  }
});

test("page: it puts no data on the page but as text", async () => {
  for (const path of (await allFiles()).keys()) {
    if (!path.endsWith(".js") || path.endsWith("uplot.js")) continue;
    const { text } = await get(path);
    const markup = /innerHTML|outerHTML|insertAdjacentHTML|document\.write/;
    assertEquals(text.match(markup), null, path);
  }
});

apiTest("page: the daemon adds nothing to it", async ({ url }) => {
  const { response: { headers } } = await get("/page/page.js");
  for (const etag of ['"another"', headers.get("etag")!]) {
    const response = await fetch(`${url}/page/page.js`, {
      headers: { "if-none-match": etag },
    });
    await response.body?.cancel();
    for (const name of ["content-security-policy", "cache-control", "etag"]) {
      assertEquals(response.headers.get(name), headers.get(name));
    }
  }
  const none = await fetch(`${url}/page/none.js`);
  assertEquals(none.status, 404);
  assertEquals((await none.json()).code, "route_not_found");
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const routes = [...metrics.matchAll(
    /duration_seconds_count\{method="(\w+)",route="(\/|\/page[^"]*)",status="(\d+)"\} (\d+)/g,
  )].map((match) => match.slice(1).join(" "));
  assertEquals(routes.toSorted(), [
    "GET / 200 0",
    "GET / 304 0",
    "GET / 421 0",
    "GET / 500 0",
    "GET /page/{file} 200 1",
    "GET /page/{file} 304 1",
    "GET /page/{file} 404 1",
    "GET /page/{file} 421 0",
    "GET /page/{file} 500 0",
  ]);
}, { page: statusPage() });
