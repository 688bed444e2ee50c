/**
 * What can go wrong when a daemon is asked.
 *
 * @module
 */

/** What is known of a {@link DaemonError} beyond its message. */
export interface DaemonErrorDetails {
  /** The HTTP status of the answer, where it is what was wrong. */
  status?: number;
  /** How long the daemon asks us to stay away, in milliseconds. */
  retryAfter?: number;
}

/** The daemon could not be asked, or did not answer as it should. */
export class DaemonError extends Error {
  /** Always `DaemonError`. */
  override readonly name = "DaemonError";
  /** Which kind of fault: the code of the daemon's problem, if it told one. */
  readonly code: string;
  /** The HTTP status of the answer, where it is what was wrong. */
  readonly status: number | undefined;
  /** How long the daemon asks us to stay away, in milliseconds. */
  readonly retryAfter: number;

  /**
   * Makes an error.
   *
   * @param code Which kind of fault.
   * @param message What was wrong, the value that was seen and what to do.
   * @param details What else is known.
   */
  constructor(code: string, message: string, details: DaemonErrorDetails = {}) {
    super(message);
    this.code = code;
    this.status = details.status;
    this.retryAfter = details.retryAfter ?? 0;
  }

  /** Whether it may pass by itself. */
  get retryable(): boolean {
    const { status } = this;
    return status === undefined || status === 429 || status >= 500;
  }
}
