/**
 * The dialog with all about one order: its items, how the polling goes, its
 * history, and its label to be changed.
 *
 * @module
 */

import { get, messageOf, ProblemError, send } from "./api.js";
import {
  element,
  make,
  makeTime,
  onSubmit,
  say,
  setContent,
  setError,
  setText,
} from "./dom.js";
import {
  boughtCount,
  boughtItems,
  isOverdue,
  itemsOf,
  outcomeHint,
  progressOf,
  showStatus,
  statusOf,
} from "./watched_order.js";
import { formatCount, formatMoney } from "./words.js";

/** @typedef {import("./watched_order.js").WatchedOrder} WatchedOrder */
/** @typedef {import("./watched_order.js").OrderEvent} OrderEvent */

const dialog = element("details", HTMLDialogElement);
const field = element("relabel-label", HTMLInputElement);

/** @type {OrderEvent[]} */
let events = [];

/** The id of the order whose details are open; empty for none. */
export function openId() {
  return dialog.open ? dialog.dataset.id ?? "" : "";
}

/**
 * Opens the details of an order.
 *
 * @param {WatchedOrder} order
 * @param {(order: WatchedOrder) => void} onRead Is called with how it stands.
 */
export async function openDetails(order, onRead) {
  const { id, label } = order;
  dialog.dataset.id = id;
  events = [];
  field.value = label ?? "";
  setError(field);
  showDetails(order);
  dialog.showModal();
  try {
    const [current, { items }] = await Promise.all([
      get(`orders/${id}`),
      get(`orders/${id}/history`),
    ]);
    if (openId() !== id) return;
    const last = items.at(-1)?.sequence ?? 0;
    events = [...items, ...events.filter(({ sequence }) => sequence > last)];
    // Polls without a change are no events; this tells of them.
    onRead(current);
  } catch (error) {
    if (openId() === id) say(messageOf(error));
  }
}

/**
 * Takes in what happened to the order whose details are open.
 *
 * @param {OrderEvent} event
 */
export function addEvent(event) {
  if (event.type !== "order.removed") return events.push(event);
  dialog.close();
  say(`Order ${event.watch.id} was removed.`);
}

/** Closes the details. */
export function closeDetails() {
  dialog.close();
}

/**
 * Shows how an order stands.
 *
 * @param {WatchedOrder} order
 */
export function showDetails(order) {
  setText(element("details-heading"), `Order ${order.id}`);
  showStatus(element("details-badge"), order);
  setText(element("details-hint"), hintOf(order));
  const copy = element("details-copy");
  copy.hidden = boughtItems(order).length === 0;
  setText(copy, `Copy ${boughtCount(order)}`);
  setContent(element("items"), itemsOf(order).map(makeItem));
  setContent(element("facts"), makeFacts(order));
  setContent(
    element("history"),
    events.map((event, index) => makeEvent(event, events[index - 1]?.watch)),
  );
}

/** Lets the label be changed. */
export function wireRelabel() {
  onSubmit(element("relabel", HTMLFormElement), async () => {
    setError(field);
    await send("PUT", `orders/${dialog.dataset.id}`, {
      label: field.value || null,
    });
    say(field.value ? "The label is saved." : "The label is removed.");
  }, (error) => {
    const errors = error instanceof ProblemError ? error.errors : [];
    setError(field, errors[0]?.message ?? messageOf(error));
  });
}

/** @param {WatchedOrder} order */
function hintOf(order) {
  if (order.outcome) return outcomeHint(order);
  return isOverdue(order)
    ? "Overdue: it takes longer than the 20 seconds that CallFire speaks of. " +
      "It is polled on, less often as it grows old."
    : "It is polled until it has settled.";
}

/** @param {ReturnType<typeof itemsOf>[number]} item */
function makeItem({ name, ordered, unitCost, fulfilled }) {
  const isShort = fulfilled.length < ordered;
  const counts = `${formatCount(fulfilled.length)} of ${formatCount(ordered)}`;
  return make(
    "div",
    "",
    make(
      "h4",
      "",
      `${name}: `,
      make("span", isShort ? "short" : "", counts),
      `, ${formatMoney(unitCost)} each`,
    ),
    make("p", "numbers", fulfilled.join(", ")),
  );
}

/** @param {WatchedOrder} order */
function makeFacts(order) {
  const { consecutiveErrors, lastError, order: reading } = order;
  /** @type {[string, string | number | Node | null | undefined][]} */
  const facts = [
    ["Status at CallFire", reading?.status],
    ["Total cost", reading && formatMoney(reading.totalCost)],
    ["Watched since", makeTime(order.watchedAt)],
    ["Settled", order.settledAt && makeTime(order.settledAt)],
    ["Last poll", order.lastPolledAt && makeTime(order.lastPolledAt)],
    ["Next poll", order.nextPollAt && makeTime(order.nextPollAt)],
    ["Polls", formatCount(order.polls)],
    ["Errors in a row", consecutiveErrors],
    ["Last error", lastError && `${lastError.code}: ${lastError.message}`],
  ];
  return facts.filter(([, value]) => value).flatMap(([name, value]) => [
    make("dt", "", name),
    make("dd", "", value instanceof Node ? value : String(value)),
  ]);
}

/**
 * @param {OrderEvent} event
 * @param {WatchedOrder | undefined} before
 */
function makeEvent({ type, at, watch }, before) {
  const { label, lastError, order } = watch;
  const words = [];
  if (!before) words.push("Watching began");
  if (order && order.status !== before?.order?.status) {
    words.push(`CallFire says ${order.status}`);
  }
  if (before && boughtItems(watch).length !== boughtItems(before).length) {
    words.push(`${progressOf(watch)} bought`);
  }
  if (order && before?.order && order.totalCost !== before.order.totalCost) {
    words.push(`${formatMoney(order.totalCost)} in all`);
  }
  if (type === "order.settled") words.push(`settled: ${statusOf(watch)}`);
  if (before && label !== before.label) {
    words.push(label ? `Label: ${label}` : "Label removed");
  }
  if (lastError && lastError.code !== before?.lastError?.code) {
    words.push(`${lastError.code}: ${lastError.message}`);
  }
  if (before?.lastError && !lastError) words.push("CallFire answers again");
  const text = words.join(", ") || "Changed";
  const item = make("li", "", makeTime(at), " ", text);
  item.dataset.outcome = watch.outcome ?? (lastError ? "error" : "watching");
  return item;
}
