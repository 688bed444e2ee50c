/**
 * The simple types of XML Schema that an order's values are written in.
 *
 * Each reader answers `undefined` for a text that is no value of its type.
 *
 * @module
 */

const WHITE_SPACE = /[ \t\r\n]+/g;

const FLOAT = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

const DATE_TIME =
  /^(-?(?:[1-9][0-9]{4,5}|[0-9]{4}))-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))?$/;

const STATUS = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/**
 * Takes off the white space around a value, as XML Schema does. A pattern would
 * take quadratic time over a long run of white space in the middle.
 */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && " \t\r\n".includes(text.charAt(start))) start++;
  while (end > start && " \t\r\n".includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/**
 * Reads a `long`.
 *
 * @param text The text between the tags, or the value of an attribute.
 * @returns The number, if it is one from -(2^63) to 2^63 - 1.
 */
export function parseLong(text: string): bigint | undefined {
  const match = /^([+-]?)0*([0-9]{1,19})$/.exec(trim(text));
  if (!match) return undefined;
  const value = BigInt(match[2]!) * (match[1] === "-" ? -1n : 1n);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/**
 * Reads an `int` that counts something.
 *
 * @param text The text between the tags.
 * @returns The number, if it is a whole one from 0 to 2147483647.
 */
export function readCount(text: string): number | undefined {
  const value = parseLong(text);
  if (value === undefined || value < 0n || value > 2147483647n) {
    return undefined;
  }
  return Number(value);
}

/**
 * Reads a `float` that is an amount of money.
 *
 * @param text The text between the tags.
 * @returns The number, unless it is `INF`, `-INF`, `NaN` or too large.
 */
export function parseAmount(text: string): number | undefined {
  const trimmed = trim(text);
  if (!FLOAT.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * Reads a `dateTime`. One without a zone is taken as UTC.
 *
 * @param text The text between the tags.
 * @returns The moment, to the millisecond, if a `Date` can hold it.
 */
export function parseDateTime(text: string): Date | undefined {
  const match = DATE_TIME.exec(trim(text));
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7)
    .map(Number) as [number, number, number, number, number, number];
  const millisecond = Number((match[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const offsetHour = Number(match[9] ?? 0);
  const offsetMinute = Number(match[10] ?? 0);

  const isMidnightAtEnd = hour === 24 && minute === 0 && second === 0 &&
    !/[1-9]/.test(match[7] ?? "");
  if (hour > 23 && !isMidnightAtEnd) return undefined;
  if (minute > 59 || second > 59) return undefined;
  if (offsetMinute > 59 || offsetHour * 60 + offsetMinute > 14 * 60) {
    return undefined;
  }

  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    return undefined;
  }
  const offset = (offsetHour * 60 + offsetMinute) *
    (match[8] === "-" ? -60_000 : 60_000);
  date.setTime(
    date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 +
      millisecond - offset,
  );
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/**
 * Reads a list of words.
 *
 * @param text The text between the tags.
 * @returns The words, in their order; none for a text of white space alone.
 */
export function readList(text: string): string[] {
  return text.split(WHITE_SPACE).filter((word) => word !== "");
}

/**
 * Reads the status of an order, one that is not known yet too.
 *
 * @param text The text between the tags.
 * @returns The status, if it is one word of 1 to 64 letters, digits and `_.-`
 * that begins with a letter.
 */
export function parseStatus(text: string): string | undefined {
  const status = trim(text);
  return STATUS.test(status) ? status : undefined;
}
