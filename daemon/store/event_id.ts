/**
 * The id of an event, by which readers and receivers know it for ever.
 *
 * A sequence does not identify an event: a database that was put back to an
 * earlier state uses its sequences again. So each event also bears an epoch, a
 * random name for a run of sequences, as a timeline does in PostgreSQL. A store
 * begins an epoch whenever it is opened, and when the database may have changed
 * underneath it: events that are lost and those that take their sequences then
 * differ by their epochs, however the database was restored.
 *
 * @module
 */

/** The place of an event in the order of all events. */
export interface EventPosition {
  /** The epoch of its sequence; empty at the very beginning. */
  readonly epoch: string;
  /** Its sequence; 0 at the very beginning. */
  readonly sequence: number;
}

/** Where the first event follows. */
export const BEGINNING: EventPosition = { epoch: "", sequence: 0 };

/** The form of an id; what readers send back may be 0 or of an older daemon. */
export const EVENT_ID_PATTERN = "^([0-9a-z]{1,32}-)?[0-9]{1,15}$";

/** The name of a new epoch: 64 random bits. */
export function newEpoch(): string {
  return crypto.getRandomValues(new BigUint64Array(1))[0]!
    .toString(16).padStart(16, "0");
}

/**
 * Formats the id of an event.
 *
 * @param position The event, or its place.
 * @returns Digits, letters and a hyphen; `0` at the very beginning.
 */
export function formatEventId({ epoch, sequence }: EventPosition): string {
  return epoch === "" ? `${sequence}` : `${epoch}-${sequence}`;
}

/**
 * Parses the id of an event.
 *
 * @param id The text.
 * @returns The place; a bare number other than 0 is in the epoch "", which no
 * event has. `undefined` if the text is not an id.
 */
export function parseEventId(id: string): EventPosition | undefined {
  if (!new RegExp(EVENT_ID_PATTERN).test(id)) return undefined;
  const [sequence, epoch = ""] = id.split("-").reverse();
  return { epoch, sequence: Number(sequence) };
}
