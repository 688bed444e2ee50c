/**
 * What the command needs of the world around it.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";

/** Where a command reads, writes and is told to end. */
export interface Terminal {
  /** Writes to the standard output. */
  readonly write: (text: string) => void;
  /** Writes to the standard error output. */
  readonly writeError: (text: string) => void;
  /** Whether the standard output has not taken all that was written. */
  readonly isBusy: () => boolean;
  /** All of the standard input. */
  readonly readInput: () => Promise<string>;
  /** Whether a person looks at a terminal that can draw. */
  readonly isTerminal: boolean;
  /** Whether colors are wanted. */
  readonly hasColor: boolean;
  /** The size of the terminal now, in characters. */
  readonly size: () => { columns: number; rows: number };
  /** Time and chance. */
  readonly clock: Clock;
  /** Is aborted when the command is told to end. */
  readonly signal: AbortSignal;
}
