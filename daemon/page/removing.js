/**
 * What the dialogs that remove something share.
 *
 * @module
 */

import { call, messageOf, ProblemError } from "./api.js";
import { element, onSubmit, part, say, setText } from "./dom.js";

/**
 * What may be removed.
 *
 * @typedef {object} Removable
 * @property {string} id
 * @property {string} title What the dialog calls it.
 * @property {string | null} label
 * @property {string} name What it is called once it is removed.
 */

/**
 * Asks whether to remove something.
 *
 * @param {HTMLDialogElement} dialog
 * @param {Removable} removable
 */
export function openRemoval(dialog, { id, label, name, title }) {
  dialog.dataset.id = id;
  dialog.dataset.name = name;
  setText(element(`${dialog.id}-title`), title);
  setText(element(`${dialog.id}-label`), label ?? "");
  element(`${dialog.id}-error`).replaceChildren();
  dialog.showModal();
}

/**
 * Lets things of a kind be removed.
 *
 * @param {HTMLDialogElement} dialog
 * @param {object} kind
 * @param {string} kind.path Where they are, under `v1/`.
 * @param {string} kind.notFound The code of an answer that there is none.
 * @param {(id: string) => () => void} prepare Is called before; what it
 * returns, after.
 */
export function wireRemoval(dialog, { notFound, path }, prepare) {
  const problem = element(`${dialog.id}-error`);
  onSubmit(part(dialog, "form", HTMLFormElement), async () => {
    const { id = "", name } = dialog.dataset;
    const finish = prepare(id);
    try {
      await call(`${path}/${id}`, { method: "DELETE" });
    } catch (error) {
      // That it is gone is what was wanted.
      const isGone = error instanceof ProblemError && error.code === notFound;
      if (!isGone) throw error;
    }
    dialog.close();
    finish();
    say(`${name} is removed.`);
  }, (error) => problem.replaceChildren(messageOf(error)));
}
