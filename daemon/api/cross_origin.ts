/**
 * Protection against cross-site request forgery: a web page of another origin
 * may change nothing. A browser sends some requests of such a page without
 * asking the daemon first (`fetch` with `mode: "no-cors"`, forms, beacons), and
 * a proxy that adds the token adds it to them too.
 *
 * hono/csrf looks only at content types that a form can have, and lets a
 * request pass if one of two headers is right. These are the rules of Go's
 * `net/http.CrossOriginProtection`.
 *
 * @module
 */

import { ProblemError } from "./problem.ts";

/** Methods that change nothing. `OPTIONS` is how a browser asks first. */
const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];

/**
 * Checks where a request comes from. Browsers say so in `Sec-Fetch-Site`, over
 * https and to loopback hosts, or else in `Origin`; no page can set either.
 * Programs that are no browsers send neither, and pass.
 *
 * @param request The request.
 * @returns The problem of a cross-origin request; `undefined` for any other.
 */
export function crossOriginProblem(
  { headers, method, url }: Request,
): ProblemError | undefined {
  if (SAFE_METHODS.includes(method)) return undefined;
  const site = headers.get("Sec-Fetch-Site");
  if (site !== null) {
    // `none` is the user, for example in the address bar.
    if (site === "same-origin" || site === "none") return undefined;
    return refusal(method, `Sec-Fetch-Site: ${site}`);
  }
  const origin = headers.get("Origin");
  if (origin === null || isSameHost(origin, url)) return undefined;
  return refusal(method, `Origin: ${origin}`);
}

/**
 * Compares hosts with their ports. The scheme is left out: the daemon does not
 * know that of a proxy before it, whose default port is then the same.
 */
function isSameHost(origin: string, url: string): boolean {
  const page = URL.parse(origin);
  if (!page?.host) return false;
  const [authority = ""] = url.replace(/^\w+:\/\//, "").split("/", 1);
  return URL.parse(`${page.protocol}//${authority}`)?.host === page.host;
}

function refusal(method: string, header: string): ProblemError {
  return new ProblemError(
    "origin_not_allowed",
    `Cannot ${method.slice(0, 20)} for a web page of another origin ` +
      `('${header.slice(0, 100)}'): open the daemon's own page; a proxy ` +
      "before it must pass the Host header on, with its port",
  );
}
