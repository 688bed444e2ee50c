/**
 * Elements, written with any prefixes, attributes, quotes and white space.
 *
 * @module
 */

import { type Choices, pick, shuffled, strays } from "./choices.ts";
import {
  writeAside,
  writeAttributeValue,
  writeSpace,
  writeTagSpace,
  writeText,
} from "./written_values.ts";

/** An element that is to be written. */
export interface Markup {
  /** Its namespace, `""` for none. */
  namespace: string;
  /** Its name without a prefix. */
  name: string;
  /** Its own attributes, each a name without a prefix and a value. */
  attributes?: [string, string][];
  /** Its text or its children, among which there may be text. */
  content: string | (Markup | string)[];
}

/** The namespace of an order. */
export const DATA = "http://api.callfire.com/data";

/** The namespace of the envelope around it. */
export const RESOURCE = "http://api.callfire.com/resource";

const PREFIXES = [
  "",
  "r",
  "d",
  "ns2",
  "x",
  "data",
  "resource",
  "constructor",
  "__proto__",
  "é",
  "_.-1",
  "X",
];
const FOREIGN_NAMESPACES = [DATA, RESOURCE, "urn:other"];
const ATTRIBUTE_NAMES = [
  "a",
  "id",
  "constructor",
  "toString",
  "__proto__",
  "hasOwnProperty",
  "Ärger",
];
const ATTRIBUTE_VALUES = ["", "1", "]]>\n\t'", 'é€😀 "<&>"', "&#0;"];

type Scope = ReadonlyMap<string, string>;

/** The start tag of one element, while it is being written. */
class StartTag {
  readonly scope: Map<string, string>;
  readonly #choices: Choices;
  readonly #outer: Scope;
  /** The prefixes whose meaning must not change any more. */
  readonly #used = new Set<string>();
  readonly #attributes = new Map<string, string>();
  readonly #written: string[] = [];

  constructor(outer: Scope, choices: Choices) {
    this.#outer = outer;
    this.scope = new Map(outer);
    this.#choices = choices;
  }

  /** A name in a namespace, with a prefix that is bound to it. */
  qualified(namespace: string, name: string, isAttribute = false): string {
    const prefix = this.#prefix(namespace, isAttribute);
    this.#used.add(prefix);
    return prefix === "" ? name : `${prefix}:${name}`;
  }

  declare(prefix: string, namespace: string): void {
    this.scope.set(prefix, namespace);
    this.#used.add(prefix);
    this.#write(prefix === "" ? "xmlns" : `xmlns:${prefix}`, namespace);
  }

  attribute(namespace: string, name: string, value: string): void {
    const expanded = `{${namespace}}${name}`;
    if (this.#attributes.has(expanded)) return;
    this.#attributes.set(expanded, value);
    const isPlain = namespace === "";
    this.#write(isPlain ? name : this.qualified(namespace, name, true), value);
  }

  /** An attribute that nobody knows. */
  addUnknown(): void {
    const choices = this.#choices;
    const value = pick(choices, ATTRIBUTE_VALUES);
    const name = pick(choices, ATTRIBUTE_NAMES);
    if (strays(choices, 8)) return this.#language(value);
    const namespace = pick(choices, ["", ...FOREIGN_NAMESPACES]);
    this.attribute(namespace, name, value);
  }

  toString(): string {
    return shuffled(this.#choices, this.#written).join("");
  }

  #language(value: string): void {
    if (this.#attributes.has("xml:lang")) return;
    this.#attributes.set("xml:lang", value);
    this.#write("xml:lang", value);
  }

  #prefix(namespace: string, isAttribute: boolean): string {
    const choices = this.#choices;
    const bound = [...this.scope]
      .filter(([prefix, other]) =>
        other === namespace && !(isAttribute && prefix === "")
      )
      .map(([prefix]) => prefix);
    if (bound.length > 0 && !strays(choices, 8)) return pick(choices, bound);
    const free = PREFIXES.filter((prefix) =>
      !this.#used.has(prefix) && !(isAttribute && prefix === "")
    );
    // Only a name without a prefix can be in no namespace.
    const prefix = namespace === "" ? "" : pick(choices, free);
    if (namespace !== "" || this.#outer.get("") !== "") {
      this.declare(prefix, namespace);
    }
    return prefix;
  }

  #write(name: string, value: string): void {
    const choices = this.#choices;
    this.#written.push(
      (writeTagSpace(choices) || " ") + name + writeTagSpace(choices) + "=" +
        writeTagSpace(choices) + writeAttributeValue(value, choices),
    );
  }
}

/**
 * Writes an element.
 *
 * @param markup The element.
 * @param choices How to write it.
 * @param outer What the prefixes around it are bound to, if it is not the root.
 * @returns The element, from its start tag to its end tag.
 */
export function writeElement(
  markup: Markup,
  choices: Choices,
  outer?: Scope,
): string {
  const tag = new StartTag(outer ?? new Map([["", ""]]), choices);
  if (!outer && !strays(choices, 3)) {
    // As CallFire itself does.
    tag.declare("", DATA);
    tag.declare("r", RESOURCE);
  }
  const name = tag.qualified(markup.namespace, markup.name);
  for (const [name, value] of markup.attributes ?? []) {
    tag.attribute("", name, value);
  }
  const isNumberOrder = markup.attributes !== undefined;
  while (strays(choices, isNumberOrder ? 2 : 6)) tag.addUnknown();
  const start = `<${name}${tag}${writeTagSpace(choices)}`;

  const content = typeof markup.content === "string"
    ? writeText(markup.content, choices)
    : writeChildren(markup.content, choices, tag.scope);
  if (content === "" && strays(choices, 2)) return `${start}/>`;
  return `${start}>${content}</${name}${writeTagSpace(choices)}>`;
}

function writeChildren(
  children: readonly (Markup | string)[],
  choices: Choices,
  scope: Scope,
): string {
  let written = "";
  for (const child of children) {
    written += writeGap(choices) +
      (typeof child === "string"
        ? writeText(child, choices)
        : writeElement(child, choices, scope));
  }
  return written + writeGap(choices);
}

/** What may stand between two elements, possibly nothing. */
function writeGap(choices: Choices): string {
  if (!strays(choices, 2)) return "";
  switch (choices.below(6)) {
    case 0:
      return writeAside(choices) + writeSpace(choices);
    case 1:
      return `<![CDATA[${writeSpace(choices)}]]>`;
    case 2:
      return pick(choices, ["&#32;", "&#x0A;", "&#013;"]);
    default:
      return writeSpace(choices);
  }
}
