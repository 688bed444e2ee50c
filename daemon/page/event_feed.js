/**
 * The events of the daemon, as they happen.
 *
 * @module
 */

import { call } from "./api.js";
import { Pause } from "./pause.js";
import { readEvents } from "./server_sent_events.js";
import { withStreamSlot } from "./stream_slot.js";

/** @typedef {import("./watched_order.js").OrderEvent} OrderEvent */

/** How long a poll may take. */
const POLL_LIMIT_MS = 10_000;

/** The mean pause between two polls of a tab that is shown. */
const POLL_INTERVAL_MS = 2_000;

/** The mean pause between two polls of a hidden tab. */
const HIDDEN_POLL_INTERVAL_MS = 5_000;

/** A stream that brings nothing for this long is held back by a proxy. */
const FIRST_BYTES_LIMIT_MS = 5_000;

/** The same for a stream that has brought something: three heartbeats. */
const SILENCE_LIMIT_MS = 45_000;

/** When a stream is tried again after one was held back; grows fourfold. */
const HELD_BACK_PAUSE_MS = 5_000;
const MAX_HELD_BACK_PAUSE_MS = 300_000;

/**
 * Reads events: from a stream while this tab is shown and may have one, else
 * by polls.
 */
export class EventFeed {
  /** @type {(event: OrderEvent) => void} */
  #onEvent;
  /** @type {string | undefined} The id of the last event. */
  #lastEventId;
  /** How many streams in a row were held back. */
  #heldBack = 0;
  /** Until when none is tried, on the clock of `performance`. */
  #heldBackUntil = 0;
  #pause = new Pause();

  /** @param {(event: OrderEvent) => void} onEvent */
  constructor(onEvent) {
    this.#onEvent = onEvent;
    // A tab that is shown again catches up at once.
    document.addEventListener("visibilitychange", () => this.retry());
  }

  /** Whether something holds streams back, so that the page has to poll. */
  get isHeldBack() {
    return performance.now() < this.#heldBackUntil;
  }

  /** Forgets the last event: the next poll begins with what happens now. */
  reset() {
    this.#lastEventId = undefined;
  }

  /** Polls at once, if it pauses. */
  retry() {
    this.#pause.end();
  }

  /**
   * Reads the events that there are.
   *
   * @param {AbortSignal} signal
   */
  async poll(signal) {
    await this.#read("events?follow=false", signal, POLL_LIMIT_MS);
  }

  /**
   * Reads events until the daemon can't be reached.
   *
   * @param {AbortSignal} signal
   * @param {() => void} onCurrent Called when all events so far were read.
   */
  async follow(signal, onCurrent) {
    for (;;) {
      let wasSilent = false;
      if (!document.hidden && !this.isHeldBack) {
        await withStreamSlot(async () => {
          wasSilent = await this.#stream(signal, onCurrent);
        });
      }
      // It finds out at once whether the daemon is gone.
      await this.poll(signal);
      // The daemon responds, so it is something in between that was silent.
      if (wasSilent) this.#holdBack();
      onCurrent();
      await this.#pause.about(
        document.hidden ? HIDDEN_POLL_INTERVAL_MS : POLL_INTERVAL_MS,
      );
    }
  }

  #holdBack() {
    const pause = HELD_BACK_PAUSE_MS * 4 ** this.#heldBack++;
    this.#heldBackUntil = performance.now() +
      Math.min(MAX_HELD_BACK_PAUSE_MS, pause);
  }

  /**
   * Reads events as they happen, while the tab is shown.
   *
   * @param {AbortSignal} signal
   * @param {() => void} onOpen
   * @returns Whether it ended for its silence.
   */
  async #stream(signal, onOpen) {
    const over = new AbortController();
    const end = () => over.abort();
    let isSilent = false;
    const onSilence = () => {
      isSilent = true;
      end();
    };
    let isOpen = false;
    let timer = setTimeout(onSilence, FIRST_BYTES_LIMIT_MS);
    document.addEventListener("visibilitychange", end, { signal: over.signal });
    const either = AbortSignal.any([signal, over.signal]);
    try {
      await this.#read("events", either, Infinity, () => {
        clearTimeout(timer);
        timer = setTimeout(onSilence, SILENCE_LIMIT_MS);
        if (isOpen) return;
        isOpen = true;
        this.#heldBack = 0;
        onOpen();
      });
    } catch {
      // The poll that follows finds out what is wrong.
    } finally {
      clearTimeout(timer);
      end();
    }
    return isSilent;
  }

  /**
   * Reads the events of a response.
   *
   * @param {string} path
   * @param {AbortSignal} signal
   * @param {number} limit How long it may take, in milliseconds.
   * @param {() => void} [onBytes] Called with whatever arrives.
   */
  async #read(path, signal, limit, onBytes) {
    const id = this.#lastEventId;
    const headers = id === undefined ? {} : { "last-event-id": id };
    const response = await call(path, { headers, signal }, limit);
    await readEvents(response, ({ data, id }) => {
      if (data) this.#onEvent(JSON.parse(data));
      this.#lastEventId = id ?? this.#lastEventId;
    }, onBytes);
  }
}
