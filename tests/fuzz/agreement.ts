/**
 * Whether the client reads a document as another parser does, and refuses what
 * that refuses.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { MalformedResponseError } from "../../client/errors.ts";
import type { NumberOrder } from "../../client/number_order.ts";
import { Secrets } from "../../client/http/redaction.ts";
import { normalForm } from "../../client/xml/well_formed.ts";
import { parseNumberOrder } from "../../client/xml/parse_number_order.ts";
import { NotWellFormedError } from "../../client/xml/xml_text.ts";
import {
  parseWithSaxes,
  readWithSaxes,
  type Tree,
} from "../helpers/client/saxes_reader.ts";

const SECRETS = new Secrets("someone", "a password that is nowhere else");

/** What became of a document. */
export interface Agreement {
  /** The order that both read from it, if they did. */
  order?: NumberOrder;
  /** What the client said against it, otherwise. */
  refusal?: string;
  /** What the other parser said against it, if it did. */
  objection?: string;
  /** How long the client took, in milliseconds. */
  time: number;
}

/**
 * Checks that the client reads the same order from a document as another
 * parser does, and that it refuses no document without a reason of which the
 * other one knows as well.
 *
 * @param body The document.
 * @param id The id of the order that it should hold.
 * @returns What became of it.
 * @throws {Error} If they do not agree, or the client fails in any other way
 * than it says.
 */
export function checkAgreement(body: Uint8Array, id: string): Agreement {
  const startedAt = performance.now();
  const { order, refusal } = readByClient(body, id);
  const time = performance.now() - startedAt;
  const other = readByOther(body, id);
  if (order) {
    if (other.objection) {
      throw new Error(`An order was read in spite of: ${other.objection}`);
    }
    assertEquals(order, other.order);
    return { order, time };
  }
  if (other.objection === undefined) {
    throw new Error(`An order that is right was refused: ${refusal}`);
  }
  if (!other.isWellFormed && passesGate(body)) {
    throw new Error(`The gate passed in spite of: ${other.objection}`);
  }
  return { refusal: refusal!, objection: other.objection, time };
}

function readByClient(
  body: Uint8Array,
  id: string,
): { order?: NumberOrder; refusal?: string } {
  try {
    return { order: parseNumberOrder(body, id, SECRETS) };
  } catch (error) {
    if (!(error instanceof MalformedResponseError)) throw error;
    if (error.message.includes("a document that can be read")) {
      throw new Error("The library failed past the gate", { cause: error });
    }
    return { refusal: error.message };
  }
}

interface OtherReading {
  order?: NumberOrder;
  objection?: string;
  isWellFormed: boolean;
}

function readByOther(body: Uint8Array, id: string): OtherReading {
  const objections: string[] = [];
  let tree: Tree;
  try {
    // The mark at the start, if there is one, is the parser's to see.
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    tree = parseWithSaxes(
      decoder.decode(body),
      (objection) => objections.push(objection),
    );
  } catch (error) {
    return { objection: messageOf(error), isWellFormed: false };
  }
  const [objection] = objections;
  if (objection !== undefined) return { objection, isWellFormed: true };
  try {
    return { order: readWithSaxes(tree, id), isWellFormed: true };
  } catch (error) {
    return { objection: messageOf(error), isWellFormed: true };
  }
}

function passesGate(body: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    normalForm(text, new Map());
    return true;
  } catch (error) {
    if (error instanceof NotWellFormedError) return false;
    // What is not in UTF-8 does not come as far as the gate.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
