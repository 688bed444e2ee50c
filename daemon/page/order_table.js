/**
 * The table of the orders, page by page.
 *
 * @module
 */

import { now } from "./clock.js";
import { element, makeRow, part, reconcile, setText } from "./dom.js";
import {
  boughtCount,
  boughtItems,
  isOverdue,
  needsAttention,
  orderedCount,
  progressOf,
  showStatus,
} from "./watched_order.js";
import {
  countOf,
  formatAge,
  formatCount,
  formatDuration,
  formatMoney,
  formatTime,
} from "./words.js";

/** @typedef {import("./watched_order.js").WatchedOrder} WatchedOrder */

/** How many rows are on a page: few enough for any browser. */
const PAGE_SIZE = 50;

/** How many of the items that were bought are shown in a row. */
const MOST_ITEMS = 9;

const rows = element("rows");

/** @type {WeakMap<Element, WatchedOrder>} What rows show. */
const shown = new WeakMap();

let page = 0;

/**
 * Shows another page, if there is one.
 *
 * @param {number} by How many pages further; `-Infinity` for the first one.
 */
export function turnPage(by) {
  page = Math.max(0, page + by);
}

/**
 * Shows the orders that match.
 *
 * @param {WatchedOrder[]} orders
 * @param {number} total How many there are, with those that do not match.
 * @param {boolean} isLoaded Whether these are all.
 */
export function showTable(orders, total, isLoaded) {
  const pages = Math.max(1, Math.ceil(orders.length / PAGE_SIZE));
  page = Math.min(page, pages - 1);
  const from = page * PAGE_SIZE;
  const visible = orders.slice(from, from + PAGE_SIZE);
  reconcile(rows, visible, () => makeRow("row"), fillRow);

  let title = countOf(orders.length, "order");
  if (pages > 1) {
    const to = formatCount(from + visible.length);
    title = `${formatCount(from + 1)}–${to} of ${title}`;
  }
  if (orders.length < total) title += ` of ${formatCount(total)}`;
  if (total === 0 && !isLoaded) title = "Loading the orders…";
  setText(element("orders-heading"), title);
  element("orders").hidden = visible.length === 0;
  element("empty").hidden = total > 0 || !isLoaded;
  element("no-match").hidden = total === 0 || visible.length > 0;

  element("pager").hidden = pages === 1;
  setText(
    element("page-number"),
    `Page ${formatCount(page + 1)} of ${formatCount(pages)}`,
  );
  // A button that is disabled would lose the focus.
  element("previous").ariaDisabled = `${page === 0}`;
  element("next").ariaDisabled = `${page === pages - 1}`;
}

/**
 * @param {HTMLElement} row
 * @param {WatchedOrder} order
 */
function fillRow(row, order) {
  const { id, label, lastError, order: reading, settledAt, watchedAt } = order;
  const age = part(row, ".age time", HTMLTimeElement);
  setText(age, formatAge(now() - Date.parse(watchedAt)));
  row.classList.toggle("is-overdue", isOverdue(order));
  if (shown.get(row) === order) return;
  shown.set(row, order);
  row.classList.toggle("needs-attention", needsAttention(order));
  showStatus(part(row, ".badge"), order);
  setText(part(row, ".id"), id);
  setText(part(row, ".label"), label ?? "");
  age.dateTime = watchedAt;
  age.title = formatTime(watchedAt);
  const lasted = Date.parse(settledAt ?? watchedAt) - Date.parse(watchedAt);
  setText(
    part(row, ".age small"),
    settledAt ? `took ${formatDuration(lasted)}` : "",
  );
  const items = boughtItems(order);
  const isMore = items.length > MOST_ITEMS;
  setText(part(row, ".items .count"), progressOf(order));
  part(row, ".meter").style.setProperty(
    "--part",
    `${items.length / Math.max(1, orderedCount(order), items.length)}`,
  );
  setText(
    part(row, ".numbers"),
    items.slice(0, MOST_ITEMS).join(", ") + (isMore ? " …" : ""),
  );
  setText(part(row, ".amount"), reading ? formatMoney(reading.totalCost) : "–");
  setText(part(row, ".code"), lastError?.code ?? "");
  setText(part(row, ".message"), lastError?.message ?? "");
  const copy = part(row, ".copy");
  copy.hidden = items.length === 0;
  copy.ariaLabel = `Copy ${boughtCount(order)} of order ${id}`;
  part(row, ".remove").ariaLabel = `Remove order ${id}`;
}
