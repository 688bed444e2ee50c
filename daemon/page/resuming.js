/**
 * The dialog that has an endpoint of webhooks go on.
 *
 * @module
 */

import { messageOf, send } from "./api.js";
import { element, onSubmit, part, say, setText } from "./dom.js";
import { hostOf, nameOf } from "./endpoint.js";

/** @typedef {import("./endpoint.js").Endpoint} Endpoint */

const dialog = element("resume", HTMLDialogElement);
const replay = element("resume-replay", HTMLInputElement);

/**
 * Asks with what an endpoint is to go on.
 *
 * @param {Endpoint} endpoint
 */
export function askToResume(endpoint) {
  dialog.dataset.id = endpoint.id;
  setText(element("resume-host"), hostOf(endpoint));
  setText(element("resume-label"), endpoint.label ?? "");
  element("resume-error").replaceChildren();
  replay.checked = true;
  dialog.showModal();
}

/**
 * Lets an endpoint be resumed.
 *
 * @param {(endpoint: Endpoint) => void} onResumed Is called with how it is now.
 */
export function wireResuming(onResumed) {
  onSubmit(part(dialog, "form", HTMLFormElement), async () => {
    /** @type {Endpoint} */
    const endpoint = await send(
      "POST",
      `webhooks/${dialog.dataset.id}/resume`,
      {
        replay: replay.checked,
      },
    );
    dialog.close();
    onResumed(endpoint);
    say(`Endpoint ${nameOf(endpoint)} goes on.`);
  }, (error) => element("resume-error").replaceChildren(messageOf(error)));
}
