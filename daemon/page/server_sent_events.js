/**
 * Reads server-sent events from a response.
 *
 * @module
 */

/**
 * The fields of an event that the page uses.
 *
 * @typedef {object} ServerSentEvent
 * @property {string} [id]
 * @property {string} [data]
 */

/**
 * Reads a stream of events to its end.
 *
 * @param {Response} response
 * @param {(event: ServerSentEvent) => void} onEvent
 * @param {() => void} [onBytes] Called with whatever arrives, comments too.
 */
export async function readEvents({ body }, onEvent, onBytes = () => {}) {
  if (!body) throw new TypeError("Cannot read events: there is no body");
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = "";;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    const blocks = (text + value).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) onEvent(parseEvent(block));
  }
}

/**
 * @param {string} block The lines of one event.
 * @returns {ServerSentEvent}
 */
function parseEvent(block) {
  return Object.fromEntries(
    block.split("\n").map((line) => {
      const [name = "", ...value] = line.split(": ");
      return [name, value.join(": ")];
    }),
  );
}
