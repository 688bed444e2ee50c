/**
 * Numbers and times as people read them.
 *
 * @module
 */

const COUNT = new Intl.NumberFormat("en-US");
const MONEY = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
});
const TIME = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "medium",
});

/** @param {number} number */
export function formatCount(number) {
  return COUNT.format(number);
}

/**
 * A number with what is counted, such as `2 orders`.
 *
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 */
export function countOf(number, one, many = `${one}s`) {
  return `${formatCount(number)} ${number === 1 ? one : many}`;
}

/** @param {number} dollars */
export function formatMoney(dollars) {
  return MONEY.format(dollars);
}

/** @param {string} time */
export function formatTime(time) {
  return TIME.format(new Date(time));
}

/**
 * A length of time, such as `850 ms`, `2.5 s`, `12 min` or `3 h 20 min`.
 *
 * @param {number} milliseconds
 */
export function formatDuration(milliseconds) {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return formatAge(milliseconds);
}

/**
 * A length of time in whole seconds, minutes, hours or days.
 *
 * @param {number} milliseconds
 */
export function formatAge(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
