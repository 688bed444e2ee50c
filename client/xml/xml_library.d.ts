/**
 * What is used of the XML library, since its own types lead to files that its
 * package lacks.
 *
 * @module
 */

/**
 * Parses a document.
 *
 * @param text The document.
 * @param options Whether to trim text, and whether to decode its references.
 * @returns The tree: an element is `null`, its text, or an object with its
 * attributes (`@name`), its text (`#text`) and its children; children of one
 * name are in an array.
 */
export function parse(
  text: string,
  options: { revive: { trim: boolean; entities: boolean } },
): unknown;
