/**
 * The page's elements. Data gets onto the page as text alone, never as markup.
 *
 * @module
 */

import { formatTime } from "./words.js";

/**
 * The element of an id.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {{ new (): T }} [type]
 * @returns {T}
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (found instanceof (type ?? HTMLElement)) return /** @type {T} */ (found);
  throw new TypeError(`Cannot find the element '${id}' on the page`);
}

/**
 * The first element within another that a selector names.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {{ new (): T }} [type]
 * @returns {T}
 */
export function part(parent, selector, type) {
  const found = parent.querySelector(selector);
  if (found instanceof (type ?? HTMLElement)) return /** @type {T} */ (found);
  throw new TypeError(`Cannot find '${selector}' on the page`);
}

/**
 * @param {string} name
 * @param {string} className
 * @param {(string | Node)[]} content
 */
export function make(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

/**
 * Makes a row of a table.
 *
 * @param {string} template The id of its template.
 */
export function makeRow(template) {
  const { content } = element(template, HTMLTemplateElement);
  return part(/** @type {DocumentFragment} */ (content.cloneNode(true)), "tr");
}

/** @param {string} time */
export function makeTime(time) {
  const made = document.createElement("time");
  made.dateTime = time;
  made.textContent = formatTime(time);
  return made;
}

/**
 * Sets a text unless it is the same, so that no screen reader reads it again.
 *
 * @param {Element} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Puts content in the place of other content, unless it is the same.
 *
 * @param {Element} target
 * @param {Element[]} content
 */
export function setContent(target, content) {
  const { children } = target;
  const isSame = children.length === content.length &&
    content.every((child, index) => children[index]?.isEqualNode(child));
  if (!isSame) target.replaceChildren(...content);
}

/**
 * Brings the children of an element in line with a list. A child that stays is
 * not moved, so that it keeps the focus.
 *
 * @template {{ id: string }} T
 * @param {Element} parent
 * @param {T[]} list
 * @param {() => HTMLElement} create
 * @param {(child: HTMLElement, item: T) => void} fill
 */
export function reconcile(parent, list, create, fill) {
  const ids = new Set(list.map(({ id }) => id));
  const children = new Map();
  for (const child of [...parent.children]) {
    const id = child instanceof HTMLElement ? child.dataset.id ?? "" : "";
    if (ids.has(id)) children.set(id, child);
    else child.remove();
  }
  list.forEach((item, index) => {
    const child = children.get(item.id) ?? create();
    child.dataset.id = item.id;
    fill(child, item);
    const there = parent.children[index] ?? null;
    if (there !== child) parent.insertBefore(child, there);
  });
}

/**
 * The child of an item's id.
 *
 * @param {Element} parent
 * @param {string} id
 */
export function childOf(parent, id) {
  return parent.querySelector(`[data-id="${CSS.escape(id)}"]`);
}

/**
 * The child after that of an item, or before it if it is the last one.
 *
 * @param {Element} parent
 * @param {string} id
 */
export function neighbor(parent, id) {
  const child = childOf(parent, id);
  return child?.nextElementSibling ?? child?.previousElementSibling;
}

/** How long something that was said stays to be read, in milliseconds. */
const SAID_FOR = 8_000;

/**
 * Says something to everybody, also to those who do not see the page.
 *
 * @param {string} text
 * @param {ParentNode} [place] Where; in the dialog that is open, unless told.
 */
export function say(text, place = topmost()) {
  const target = part(place, ":scope > .said");
  target.textContent = text;
  setTimeout(() => {
    if (target.textContent === text) target.textContent = "";
  }, SAID_FOR);
}

/** What can be reached: all else is behind the dialog that was opened last. */
export function topmost() {
  const dialogs = document.querySelectorAll("dialog[open]");
  return [...dialogs].at(-1) ?? document.body;
}

/**
 * Shows at a field what is wrong with it, or that nothing is.
 *
 * @param {HTMLElement} field It is described by its error.
 * @param {(string | Node)[]} content
 */
export function setError(field, ...content) {
  element(`${field.id}-error`).replaceChildren(...content);
  field.ariaInvalid = content.length > 0 ? "true" : null;
  if (content.length > 0) field.focus();
}

/**
 * Lets a form do what it is for, once at a time.
 *
 * @param {HTMLFormElement} form
 * @param {() => Promise<unknown> | void} action
 * @param {(error: unknown) => void} onError
 */
export function onSubmit(form, action, onError) {
  const button = part(form, "[type=submit]");
  form.onsubmit = async (event) => {
    event.preventDefault();
    // A button that is disabled would lose the focus.
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    try {
      await action();
    } catch (error) {
      onError(error);
    } finally {
      button.ariaBusy = "false";
    }
  };
}
