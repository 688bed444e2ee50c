/**
 * Copies what was bought.
 *
 * @module
 */

import { say, topmost } from "./dom.js";
import { boughtCount, boughtItems } from "./watched_order.js";

/**
 * Copies what was bought with an order, a line each, and says so.
 *
 * @param {import("./watched_order.js").WatchedOrder} order
 */
export async function copyItems(order) {
  const text = boughtItems(order).join("\n");
  const isCopied = await copyBySystem(text) || copyBySelection(text);
  say(
    isCopied
      ? `Copied ${boughtCount(order)}.`
      : "This browser lets no page copy: select the numbers in the details.",
  );
}

/** @param {string} text */
async function copyBySystem(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // It is not permitted, or, without TLS, not even there.
    return false;
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  topmost().append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
