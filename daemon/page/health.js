/**
 * How the daemon, CallFire and the credentials are, and what to do about it.
 *
 * @module
 */

import { get, ProblemError } from "./api.js";
import { element, make, setText } from "./dom.js";
import { addSample } from "./plots.js";

/** How often the summary is asked for, in milliseconds. */
const INTERVAL = 5_000;

/** @typedef {import("./plots.js").Summary} Summary */

/** @type {string | undefined} Since when the connection is lost. */
let lostAt;

/**
 * Asks for the summary for as long as the page is open.
 *
 * @param {(summary: Summary) => void} onSummary Is called with each.
 */
export async function followSummary(onSummary) {
  for (;;) {
    // Of a daemon that is gone, the connection of the events tells.
    const summary = await get("summary").catch((error) => {
      if (error instanceof ProblemError) setBanner("summary", error.message);
    });
    if (summary) {
      showSummary(summary);
      onSummary(summary);
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
}

/**
 * The page is up to date.
 *
 * @param {boolean} isHeldBack Whether a proxy holds streams back.
 */
export function showConnected(isHeldBack) {
  lostAt = undefined;
  setHealth(
    "connection",
    isHeldBack ? "quiet" : "good",
    isHeldBack ? "Checking every 2 s" : "Live",
  );
  setBanner(
    "connection",
    isHeldBack
      ? "Live updates don't arrive: a proxy between this page and the daemon " +
        "holds them back. The page checks for changes every 2 seconds " +
        "instead. Turn off response buffering for v1/events at the proxy."
      : null,
  );
}

/**
 * The page shows how things stood.
 *
 * @param {unknown} error
 * @param {() => void} retry Tries to connect at once.
 */
export function showLost(error, retry) {
  const why = error instanceof ProblemError
    ? error.message
    : "The connection to the daemon is lost";
  setHealth("connection", "bad", "Connection lost");
  setHealth("upstream", "quiet", "CallFire: not known");
  setHealth("credentials", "quiet", "Credentials: not known");
  lostAt ??= new Date().toLocaleTimeString();
  const button = make("button", "", "Try now");
  button.onclick = retry;
  setBanner(
    "connection",
    `${why}. The page shows how things stood at ${lostAt}, and connects again ` +
      "by itself.",
    button,
  );
}

/** @param {Summary} summary */
function showSummary(summary) {
  const { reasons, upstream } = summary;
  const { state, pausedUntil, pauseReason, requestsPerSecondLimit } = upstream;
  addSample(summary);
  setBanner("summary", reasons.length > 0 ? reasons.join(" ") : null);
  setHealth(
    "upstream",
    state === "failing" || pausedUntil ? "bad" : "good",
    pausedUntil
      ? "CallFire: paused"
      : state === "failing"
      ? "CallFire fails"
      : "CallFire answers",
  );
  setBanner(
    "pause",
    pausedUntil
      ? `CallFire asked for a pause (${pauseReason}): nothing is polled until ` +
        `${new Date(pausedUntil).toLocaleTimeString()}. Then all orders are ` +
        "polled again by themselves; a restart does not end it."
      : null,
  );
  setBanner(
    "upstream",
    state === "failing"
      ? "CallFire fails: one question after another found no good answer. " +
        "Only probes are sent until it is back; then all orders are polled " +
        "again by themselves. If it stays so, see whether this machine " +
        "reaches CallFire."
      : null,
  );
  setHealth(
    "credentials",
    state === "refused" ? "bad" : "good",
    state === "refused" ? "Credentials refused" : "Credentials accepted",
  );
  element("limit").textContent = requestsPerSecondLimit === null
    ? "no limit"
    : `at most ${requestsPerSecondLimit.toFixed(1).replace(".0", "")}`;
}

/**
 * @param {string} id
 * @param {"good" | "bad" | "quiet"} level
 * @param {string} text
 */
function setHealth(id, level, text) {
  const item = element(id);
  item.dataset.level = level;
  setText(item, text);
}

/**
 * Shows what is wrong and what to do, or that nothing is any more.
 *
 * @param {string} name
 * @param {string | null} text
 * @param {HTMLElement[]} actions
 */
function setBanner(name, text, ...actions) {
  const banners = element("banners");
  const shown = banners.querySelector(`[data-name=${name}]`);
  // The same one stays, so that it is not read out again and again.
  if (text !== null && shown?.firstChild?.textContent === text) return;
  shown?.remove();
  if (text === null) return;
  const banner = make("div", "banner", make("p", "", text), ...actions);
  banner.dataset.name = name;
  banners.append(banner);
}
