/**
 * Events as server-sent events, to one reader.
 *
 * @module
 */

import type { StoredEvent } from "../watch/store.ts";
import { eventViewOf } from "./event_view.ts";
import type { ApiParts } from "./parts.ts";

/** How long it is quiet before a comment shows that the stream is open. */
const HEARTBEAT_INTERVAL = 15_000;

/** How long a reader has to take what is sent, in milliseconds. */
const TAKEN_WITHIN = 10_000;

/** How long a reader is to wait before it connects again, in milliseconds. */
const RETRY_AFTER = 3_000;

const encoder = new TextEncoder();

/** What is sent of an event: made once, for all readers. */
const messages = new WeakMap<StoredEvent, Uint8Array>();

/**
 * Sends events from a place on. Each is fetched when the reader has taken the
 * one before, so that a slow reader takes no memory; one who takes nothing for
 * a while is dropped, and can go on later from where it was.
 *
 * @param parts What the API is made of.
 * @param sequence The place: the sequence of the last event that is known.
 * @returns The stream; it ends when the daemon stops, or cannot read events.
 */
export function eventStream(
  parts: Pick<ApiParts, "clock" | "feed" | "stopping">,
  sequence: number,
): ReadableStream<Uint8Array> {
  const { clock, stopping } = parts;
  const over = new AbortController();
  const end = () => over.abort();
  stopping.addEventListener("abort", end);
  const sending = messagesAfter(parts, sequence, over.signal);
  let cancelDrop = () => {};
  const leave = () => {
    stopping.removeEventListener("abort", end);
    cancelDrop();
    end();
  };
  let isGone = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      cancelDrop();
      const close = () => {
        leave();
        controller.close();
      };
      const { value } = await sending.next().catch(() => ({
        value: undefined,
      }));
      if (isGone) return;
      if (!value) return close();
      // Set before, since a reader who is found to be gone cancels within it.
      cancelDrop = clock.setTimer(close, TAKEN_WITHIN);
      controller.enqueue(value);
    },
    cancel() {
      isGone = true;
      leave();
    },
  }, { highWaterMark: 0 });
}

async function* messagesAfter(
  { clock, feed }: Pick<ApiParts, "clock" | "feed">,
  sequence: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, undefined> {
  // It is no event, since it has no data; but a reader who is cut off before
  // the first event goes on from here.
  yield encoder.encode(`: open\nid: ${sequence}\nretry: ${RETRY_AFTER}\n\n`);
  while (!signal.aborted) {
    const events = await feed.after(sequence);
    for (const event of events) {
      yield messageOf(event);
      sequence = event.sequence;
    }
    if (events.length > 0) continue;
    const pause = new AbortController();
    const stop = () => pause.abort();
    const cancel = clock.setTimer(stop, HEARTBEAT_INTERVAL);
    signal.addEventListener("abort", stop);
    await feed.next(sequence, pause.signal);
    signal.removeEventListener("abort", stop);
    cancel();
    if (pause.signal.aborted && !signal.aborted) {
      yield encoder.encode(": open\n\n");
    }
  }
}

function messageOf(event: StoredEvent): Uint8Array {
  const made = messages.get(event);
  if (made) return made;
  const message = encoder.encode(
    `id: ${event.sequence}\nevent: ${event.type}\n` +
      `data: ${JSON.stringify(eventViewOf(event))}\n\n`,
  );
  messages.set(event, message);
  return message;
}
