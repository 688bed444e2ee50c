/**
 * The dialog with all about one endpoint of webhooks: what it is doing, its
 * last attempts, and a test to be sent.
 *
 * @module
 */

import { call, messageOf } from "./api.js";
import {
  element,
  make,
  makeTime,
  onSubmit,
  part,
  say,
  setContent,
  setText,
  topmost,
} from "./dom.js";
import { hintOf, hostOf, makeAttempt, showState } from "./endpoint.js";
import { formatCount, formatDuration } from "./words.js";

/** @typedef {import("./endpoint.js").Endpoint} Endpoint */

const dialog = element("endpoint", HTMLDialogElement);

/** The id of the endpoint whose details are open; empty for none. */
export function openEndpointId() {
  return dialog.open ? dialog.dataset.id ?? "" : "";
}

/**
 * Opens the details of an endpoint.
 *
 * @param {Endpoint} endpoint
 */
export function openEndpoint(endpoint) {
  dialog.dataset.id = endpoint.id;
  element("endpoint-test-error").replaceChildren();
  showEndpoint(endpoint);
  dialog.showModal();
}

/** Closes the details. */
export function closeEndpoint() {
  dialog.close();
}

/**
 * Takes in that the endpoint is there no more. The details stay for as long as
 * a dialog before them asks what to do about it.
 */
export function loseEndpoint() {
  if (topmost() !== dialog) return;
  dialog.close();
  say("The endpoint was removed.");
}

/** Puts the focus where it is not lost, whatever the endpoint is doing. */
export function focusDetails() {
  part(dialog, ".close").focus();
}

/**
 * Shows how an endpoint is.
 *
 * @param {Endpoint} endpoint
 */
export function showEndpoint(endpoint) {
  setText(element("endpoint-heading"), `Endpoint ${hostOf(endpoint)}`);
  showState(element("endpoint-badge"), endpoint);
  setText(element("endpoint-hint"), hintOf(endpoint));
  setContent(element("endpoint-facts"), makeFacts(endpoint));
  setContent(element("attempts"), endpoint.attempts.map(makeAttempt));
  element("no-attempts").hidden = endpoint.attempts.length > 0;
  part(dialog, ".resume").hidden = endpoint.state === "active";
}

/** Lets a test be sent. */
export function wireTest() {
  const error = element("endpoint-test-error");
  onSubmit(element("endpoint-test", HTMLFormElement), async () => {
    error.replaceChildren();
    const { id } = dialog.dataset;
    const response = await call(`webhooks/${id}/test`, { method: "POST" });
    const { detail, seconds, status } = await response.json();
    if (openEndpointId() !== id) return;
    if (detail !== null) {
      return error.replaceChildren(`The test was not delivered. ${detail}.`);
    }
    const took = formatDuration(seconds * 1000);
    say(`The test was delivered: answered with status ${status} in ${took}.`);
  }, (problem) => error.replaceChildren(messageOf(problem)));
}

/** @param {Endpoint} endpoint */
function makeFacts(endpoint) {
  const { backlog, failingSince, nextAttemptAt, order, parkedAt } = endpoint;
  /** @type {[string, string | Node | null][]} */
  const facts = [
    ["Label", endpoint.label],
    ["Id", endpoint.id],
    ["Told of", endpoint.events.join(", ")],
    ["Of orders", order ? `${order} alone` : "all"],
    ["Registered", makeTime(endpoint.createdAt)],
    ["Yet to be delivered", backlog === null ? null : formatCount(backlog)],
    ["Failing since", failingSince && makeTime(failingSince)],
    ["Next attempt", nextAttemptAt && makeTime(nextAttemptAt)],
    ["Parked since", parkedAt && makeTime(parkedAt)],
  ];
  return facts.filter(([, value]) => value).flatMap(([name, value]) => [
    make("dt", "", name),
    make("dd", "", value ?? ""),
  ]);
}
