/**
 * Which orders are shown: by how they stand, by label and by a search.
 *
 * @module
 */

import { element, make, part, setText } from "./dom.js";
import {
  boughtItems,
  isOverdue,
  needsAttention,
  OUTCOMES,
} from "./watched_order.js";
import { countOf, formatCount } from "./words.js";

/** @typedef {import("./watched_order.js").WatchedOrder} WatchedOrder */

/** How many labels are proposed. */
const MOST_LABELS = 200;

/** How long after the last key it is said how many match, in milliseconds. */
const SAID_AFTER = 700;

/** Which orders to show, by the name that the address has for it. */
const CHOICES = new Map([
  ["all", "All"],
  ["watching", "Watching"],
  ["overdue", "Overdue"],
  ["settled", "Settled"],
  ["attention", "Need attention"],
  ...[...OUTCOMES].map((
    [outcome, { name }],
  ) => /** @type {const} */ ([outcome, name])),
]);

const shows = element("shows");
const search = element("search", HTMLInputElement);
const label = element("label", HTMLInputElement);

/** @type {WeakMap<WatchedOrder, string>} What a search looks into. */
const texts = new WeakMap();

let choice = "all";
let matches = 0;
/** @type {() => void} */
let listener;
/** @type {ReturnType<typeof setTimeout>} */
let saying;

/**
 * Begins with the filters that the address names.
 *
 * @param {() => void} onChange Is called when others are chosen.
 */
export function wireFilters(onChange) {
  listener = onChange;
  for (const [name, title] of CHOICES) {
    const field = document.createElement("input");
    field.type = "radio";
    field.name = "show";
    field.value = name;
    shows.append(make("label", "", field, title, " ", make("span", "count")));
  }
  const query = new URLSearchParams(location.search);
  search.value = query.get("search") ?? "";
  label.value = query.get("label") ?? "";
  const show = query.get("show") ?? "all";
  choice = CHOICES.has(show) ? show : "all";
  apply();
  shows.onchange = ({ target }) => {
    if (target instanceof HTMLInputElement) choose(target.value);
  };
  element("filters").oninput = changed;
  element("filters").onsubmit = (event) => event.preventDefault();
}

/**
 * Shows those orders that go by a name.
 *
 * @param {string} name
 */
export function choose(name) {
  choice = CHOICES.has(name) ? name : "all";
  changed();
}

/** Shows all orders. */
export function clearFilters() {
  search.value = label.value = "";
  choose("all");
}

/** The id that is searched for; empty if it is none. */
export function soughtId() {
  const text = search.value.trim();
  return /^\d+$/.test(text) ? text : "";
}

/**
 * The orders that match.
 *
 * @param {WatchedOrder[]} orders
 */
export function select(orders) {
  const counts = new Map();
  const selected = orders.filter((order) => {
    const names = namesOf(order);
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    return names.includes(choice) && isFound(order);
  });
  matches = selected.length;
  element("filters").hidden = shows.hidden = orders.length === 0;
  showCounts(counts);
  return selected;
}

/**
 * Proposes the labels that there are.
 *
 * @param {WatchedOrder[]} orders
 */
export function proposeLabels(orders) {
  const labels = new Set(orders.flatMap(({ label }) => label ?? []));
  element("labels").replaceChildren(
    ...[...labels].slice(0, MOST_LABELS).sort().map((label) => {
      const option = document.createElement("option");
      option.value = label;
      return option;
    }),
  );
}

/** Notes the filters in the address, and shows what matches. */
function apply() {
  const query = new URLSearchParams();
  if (choice !== "all") query.set("show", choice);
  if (search.value) query.set("search", search.value);
  if (label.value) query.set("label", label.value);
  history.replaceState(null, "", query.size > 0 ? `?${query}` : "./");
  listener();
}

/** Applies filters that a person has changed, and says how many orders match. */
function changed() {
  apply();
  clearTimeout(saying);
  saying = setTimeout(() => {
    const text = countOf(matches, "order matches", "orders match");
    setText(element("matches"), text);
  }, SAID_AFTER);
}

/** @param {Map<string, number>} counts */
function showCounts(counts) {
  for (const [index, name] of [...CHOICES.keys()].entries()) {
    // The first child is the legend.
    const place = /** @type {HTMLElement} */ (shows.children[index + 1]);
    const count = counts.get(name) ?? 0;
    place.hidden = count === 0 && name !== "all" && name !== choice;
    part(place, "input", HTMLInputElement).checked = name === choice;
    setText(part(place, ".count"), formatCount(count));
  }
}

/**
 * The names that an order goes by.
 *
 * @param {WatchedOrder} order
 */
function namesOf(order) {
  /** @type {string[]} */
  const names = ["all", order.state];
  if (isOverdue(order)) names.push("overdue");
  if (needsAttention(order)) names.push("attention");
  if (order.outcome) names.push(order.outcome);
  return names;
}

/** @param {WatchedOrder} order */
function isFound(order) {
  let text = texts.get(order);
  if (text === undefined) {
    text = [order.id, order.label, ...boughtItems(order)].join("\n");
    texts.set(order, text = text.toLowerCase());
  }
  const words = search.value.trim().toLowerCase();
  // A number may be written as people do, such as +1 (213) 555-0142.
  const digits = words.replace(/[\s()+.-]/g, "");
  return text.includes(/^\d+$/.test(digits) ? digits : words) &&
    (order.label ?? "").toLowerCase().includes(label.value.toLowerCase());
}
