/**
 * Log lines: text for people, JSON for machines, one line for each change.
 *
 * @module
 */

import type { LogFormat } from "../config/config.ts";
import { escapeControls } from "./safe_text.ts";

/** How much a line matters. */
export type LogLevel = "info" | "warn" | "error";

/** What a line says besides its message; what is `undefined` is left out. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null | undefined>
>;

/** What a log needs. */
export interface LogOptions {
  /** How lines are written. */
  format: LogFormat;
  /** Where lines go, one or more at once, without the end of the last one. */
  write: (lines: string) => void;
  /** The date that a line bears. */
  date: () => Date;
  /** How many lines could not be written; by default none. */
  dropped?: () => number;
}

/** Writes lines. */
export class Log {
  readonly #options: LogOptions;
  #held: string[] | undefined;

  /**
   * Begins with no line.
   *
   * @param options What it needs.
   */
  constructor(options: LogOptions) {
    this.#options = options;
  }

  /** How many lines could not be written. */
  get dropped(): number {
    return this.#options.dropped?.() ?? 0;
  }

  /** Tells of something that is as it should be. */
  info(message: string, fields: LogFields = {}): void {
    this.#line("info", message, fields);
  }

  /** Tells of something that a person may want to look at. */
  warn(message: string, fields: LogFields = {}): void {
    this.#line("warn", message, fields);
  }

  /** Tells of something that keeps the daemon from its work. */
  error(message: string, fields: LogFields = {}): void {
    this.#line("error", message, fields);
  }

  /**
   * Writes all lines of a task at once, when it has ended: a write costs more
   * than many lines do.
   *
   * @param tell Tells of things.
   */
  together(tell: () => void): void {
    if (this.#held) return tell();
    const held: string[] = this.#held = [];
    try {
      tell();
    } finally {
      this.#held = undefined;
      if (held.length > 0) this.#options.write(held.join("\n"));
    }
  }

  #line(level: LogLevel, message: string, fields: LogFields): void {
    const { date, format } = this.#options;
    const line = formatLine(format, { date: date(), level, message, fields });
    if (this.#held) this.#held.push(line);
    else this.#options.write(line);
  }
}

/** What a line says. */
export interface LogEntry {
  /** When it happened. */
  date: Date;
  /** How much it matters. */
  level: LogLevel;
  /** What happened. */
  message: string;
  /** What the line says besides. */
  fields: LogFields;
}

/**
 * Formats a line.
 *
 * @param format For whom.
 * @param entry What it says.
 * @returns The line, without its end.
 */
export function formatLine(
  format: LogFormat,
  { date, fields, level, message }: LogEntry,
): string {
  const time = date.toISOString();
  if (format === "json") {
    // It stays the same JSON: such characters stand only within its strings.
    return escapeControls(JSON.stringify({ time, level, message, ...fields }));
  }
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${showValue(value)}`);
  return escapeControls(
    `${time} ${level.toUpperCase().padEnd(5)} ${message}${rest.join("")}`,
  );
}

/** A value without anything that would end its line or its field. */
function showValue(value: LogFields[string]): string {
  if (typeof value !== "string") return String(value);
  return /^[\w.:/-]+$/.test(value) ? value : JSON.stringify(value);
}
