/**
 * SQL about the table of epochs, which both databases take.
 *
 * @module
 */

/**
 * The expression for the epoch of a sequence.
 *
 * @param sequence The expression for the sequence.
 */
export function selectEpoch(sequence: string): string {
  return `(SELECT epoch FROM epochs WHERE first_sequence <= ${sequence}
    ORDER BY first_sequence DESC LIMIT 1)`;
}

/**
 * The statement that deletes the epochs that ended long ago and of which no
 * event is kept.
 *
 * @param last The expression for the sequence up to which it is long ago.
 */
export function deleteEpochs(last: string): string {
  return `DELETE FROM epochs WHERE first_sequence IN (
    SELECT first_sequence FROM (
      SELECT first_sequence,
        lead(first_sequence) OVER (ORDER BY first_sequence) AS next
      FROM epochs
    ) AS ranges
    WHERE next - 1 <= ${last} AND NOT EXISTS (
      SELECT 1 FROM events WHERE sequence >= first_sequence AND sequence < next
    )
  )`;
}
