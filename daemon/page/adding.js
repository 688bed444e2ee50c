/**
 * The dialog that adds orders.
 *
 * @module
 */

import { messageOf, ProblemError, send } from "./api.js";
import { element, make, onSubmit, part, say, setError } from "./dom.js";
import { countOf, formatCount } from "./words.js";

/** How many things that are wrong are shown one by one. */
const MOST_ERRORS = 5;

const dialog = element("add", HTMLDialogElement);
const ids = element("add-ids", HTMLTextAreaElement);
const label = element("add-label", HTMLInputElement);

/** Asks which orders to watch. */
export function askToAdd() {
  setError(label);
  setError(ids);
  dialog.showModal();
}

/** Lets orders be added. */
export function wireAdding() {
  onSubmit(part(dialog, "form", HTMLFormElement), async () => {
    setError(label);
    setError(ids);
    const given = ids.value.split(/[\s,;]+/).filter(Boolean);
    if (given.length === 0) return setError(ids, "Give the id of an order");
    const { created, existing } = await send("POST", "orders", {
      orders: given.map((id) => ({ id, label: label.value || null })),
    });
    ids.value = label.value = "";
    dialog.close();
    const others = existing > 0
      ? ` ${countOf(existing, "was", "were")} there before.`
      : "";
    say(`${countOf(created, "order is", "orders are")} watched now.${others}`);
  }, showProblem);
}

/** @param {unknown} error */
function showProblem(error) {
  const errors = error instanceof ProblemError ? error.errors : [];
  const onLabel = errors.find(({ path }) => path.endsWith(".label"));
  if (onLabel) setError(label, onLabel.message);
  const onIds = errors.filter(({ path }) => !path.endsWith(".label"))
    .map(({ message }) => message);
  if (onIds.length > 1) setError(ids, makeList(onIds));
  else if (onIds[0]) setError(ids, onIds[0]);
  else if (!onLabel) setError(ids, messageOf(error));
}

/** @param {string[]} messages */
function makeList(messages) {
  const items = messages.slice(0, MOST_ERRORS);
  const others = messages.length - items.length;
  if (others > 0) items.push(`and ${formatCount(others)} more`);
  return make("ul", "", ...items.map((text) => make("li", "", text)));
}
