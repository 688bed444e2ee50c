/**
 * Rows written many at a time, since a statement costs more than a row.
 *
 * @module
 */

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

/** How many rows one statement writes, where there are as many. */
const ROWS_AT_ONCE = 64;

/** The statements that write rows of some columns. */
interface Insert {
  columns: number;
  one: StatementSync;
  many: StatementSync;
}

/** Adds rows to a table. */
export class RowWriter<T> {
  readonly #toRow: (item: T) => SQLInputValue[];
  readonly #whole: Insert;
  readonly #short: Insert;

  /**
   * Prepares to write.
   *
   * @param connection The database.
   * @param table The name of the table.
   * @param columns The columns of a row.
   * @param shortest How many of them a row needs at least; a row whose others
   * are all null is written with these alone, in two thirds of the time.
   * @param toRow Makes a row of an item.
   */
  constructor(
    connection: DatabaseSync,
    table: string,
    columns: readonly string[],
    shortest: number,
    toRow: (item: T) => SQLInputValue[],
  ) {
    this.#toRow = toRow;
    this.#whole = prepareInsert(connection, table, columns);
    this.#short = prepareInsert(connection, table, columns.slice(0, shortest));
  }

  /** Adds a row for each item. */
  write(items: readonly T[]): void {
    for (let at = 0; at < items.length; at += ROWS_AT_ONCE) {
      const rows = items.slice(at, at + ROWS_AT_ONCE).map(this.#toRow);
      const { columns } = this.#short;
      const isShort = rows.every((row) =>
        row.every((value, column) => column < columns || value === null)
      );
      insert(isShort ? this.#short : this.#whole, rows);
    }
  }
}

function prepareInsert(
  connection: DatabaseSync,
  table: string,
  columns: readonly string[],
): Insert {
  const into = `INSERT INTO ${table} (${columns.join(", ")}) VALUES `;
  const row = `(${columns.map(() => "?").join(", ")})`;
  return {
    columns: columns.length,
    one: connection.prepare(into + row),
    many: connection.prepare(into + Array(ROWS_AT_ONCE).fill(row).join(", ")),
  };
}

function insert({ columns, one, many }: Insert, rows: SQLInputValue[][]): void {
  if (rows.length === ROWS_AT_ONCE) {
    many.run(...rows.flatMap((row) => row.slice(0, columns)));
  } else {
    for (const row of rows) one.run(...row.slice(0, columns));
  }
}
