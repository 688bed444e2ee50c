/**
 * Whether the client reads a document as another, stricter parser does.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { MalformedResponseError } from "../../client/errors.ts";
import type { NumberOrder } from "../../client/number_order.ts";
import { Secrets } from "../../client/secrets.ts";
import { normalForm } from "../../client/well_formed.ts";
import { readNumberOrder } from "../../client/wire.ts";
import { NotWellFormedError } from "../../client/xml_text.ts";
import { fromSeed, pick } from "./choices.ts";
import { mutate } from "./mutations.ts";
import { orders, writeOrder, writeTail } from "./order_documents.ts";
import { parseWithSaxes, readWithSaxes } from "./saxes_reader.ts";

const SECRETS = new Secrets("someone", "a password that is nowhere else");

/** How far a document came. */
export interface Agreement {
  /** Whether the gate called it well formed. */
  passed: boolean;
  /** Whether an order was read from it. */
  read: boolean;
}

/**
 * Checks that a document is called well formed by the other parser if the gate
 * does so, and that the two then read the same order or both none.
 *
 * @param body The document.
 * @param id The id of the order that it should hold.
 * @returns How far it came.
 * @throws {Error} If they do not agree, or the client fails in any other way
 * than it says.
 */
export function checkAgreement(body: Uint8Array, id: string): Agreement {
  const text = passingText(body);
  const order = readByClient(body, id);
  if (text === undefined) {
    if (order) throw new Error("An order was read past the gate");
    return { passed: false, read: false };
  }
  const tree = parseWithSaxes(text);
  let expected: NumberOrder | undefined;
  try {
    expected = readWithSaxes(tree, id);
  } catch {
    // Then the client must have refused it too.
  }
  assertEquals(order, expected);
  return { passed: true, read: order !== undefined };
}

/** The document's text, if the gate passes it. */
function passingText(body: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
  try {
    normalForm(text, new Map());
    return text;
  } catch (error) {
    if (error instanceof NotWellFormedError) return undefined;
    throw error;
  }
}

function readByClient(body: Uint8Array, id: string): NumberOrder | undefined {
  try {
    return readNumberOrder(body, id, SECRETS);
  } catch (error) {
    if (!(error instanceof MalformedResponseError)) throw error;
    if (error.message.includes("a document that can be read")) {
      throw new Error("The library failed past the gate", { cause: error });
    }
    return undefined;
  }
}

/** What became of many damaged documents. */
export interface Tally {
  /** How many there were. */
  documents: number;
  /** How many of them the gate called well formed. */
  passed: number;
  /** From how many of them an order was read. */
  read: number;
}

/** How many documents are made of the same orders. */
const BATCH = 500;

/**
 * Checks the agreement on many damaged documents.
 *
 * @param seed Decides which; a whole number from 0 to 2^31 - 1.
 * @param documents How many.
 * @returns What became of them.
 * @throws {Error} At the first disagreement, with the seed and the document.
 */
export function checkMutations(seed: number, documents: number): Tally {
  const tally: Tally = { documents, passed: 0, read: 0 };
  let pool: NumberOrder[] = [];
  for (let at = 0; at < documents; at++) {
    if (at % BATCH === 0) {
      pool = fc.sample(orders, { seed: seed + at, numRuns: 50 });
    }
    const choices = fromSeed(seed, at);
    const order = pick(choices, pool);
    const document = writeOrder(order, choices) + writeTail(choices);
    const other = writeOrder(pick(choices, pool), choices);
    const body = mutate(document, other, choices);
    try {
      const { passed, read } = checkAgreement(body, order.id);
      if (passed) tally.passed++;
      if (read) tally.read++;
    } catch (error) {
      const shown = JSON.stringify(new TextDecoder().decode(body));
      throw new Error(
        `Document ${at} of MUTATION_SEED=${seed} about order ${order.id}: ` +
          `${error}\n${shown}\n[${body}]`,
        { cause: error },
      );
    }
  }
  return tally;
}
