/**
 * The gate in front of the XML library: proves that a text is a well-formed
 * document of the small kind that CallFire sends, and writes it anew in a form
 * that leaves the library nothing to misread.
 *
 * In the new form there are no comments, processing instructions, CDATA
 * sections, numeric references or namespace declarations; text is unbroken;
 * every element bears a prefix that the reader of the document has chosen. Text
 * beside elements stands in an element of its own, {@link MIXED_TEXT}.
 *
 * @module
 */

import { mayBind, NamespaceScope, ROOT_SCOPE } from "./namespaces.ts";
import {
  checkCharacters,
  cut,
  decodeReferences,
  escapeText,
  NotWellFormedError,
} from "./xml_text.ts";

/** The deepest that elements may lie in each other. */
const MAX_DEPTH = 64;

/** The most elements and attributes, counted together. */
const MAX_NODES = 10_000;

/** The longest name of an element or attribute, in characters. */
const MAX_NAME_LENGTH = 256;

/** The prefix, in the new form, of elements of any other namespace or none. */
const OTHER_PREFIX = "x";

/**
 * The name, in the new form, of the element that holds the text that stood
 * beside the elements of its parent, as the parent's last child.
 */
export const MIXED_TEXT = "mixed:text";

/** Encodings in which the bytes of ASCII mean ASCII. */
const ASCII_ENCODING = /^(?:(?:us-)?ascii|iso-8859-[0-9]+|windows-125[0-9])$/i;

const NAME_START =
  "A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D" +
  "\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF" +
  "\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}";
const NAME = `[${NAME_START}][-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040` +
  `${NAME_START}]{0,${MAX_NAME_LENGTH - 1}}`;
const QUALIFIED_NAME = `(?:(${NAME}):)?(${NAME})`;

const SPACE = /[ \t\n]*/y;
const DECLARATION =
  /<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(["'])1\.0\1(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(["'])([A-Za-z][A-Za-z0-9._-]*)\2)?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(["'])(?:yes|no)\4)?[ \t\n]*\?>/y;
const INSTRUCTION_START = new RegExp(
  `<\\?(?![Xx][Mm][Ll](?:[ \\t\\n]|\\?>))${NAME}(?=[ \\t\\n]|\\?>)`,
  "yu",
);
const START_TAG = new RegExp(`<${QUALIFIED_NAME}`, "yu");
const ATTRIBUTE_START = new RegExp(
  `[ \\t\\n]+${QUALIFIED_NAME}[ \\t\\n]*=[ \\t\\n]*(?=["'])`,
  "yu",
);
const START_TAG_END = /[ \t\n]*(\/?)>/y;
const END_TAG = new RegExp(`</${QUALIFIED_NAME}[ \\t\\n]*>`, "yu");

interface Attribute {
  prefix: string;
  name: string;
  value: string;
}

interface OpenElement {
  /** Its name as it stands in the document, for its end tag to agree with. */
  name: string;
  /** Its name in the new form. */
  newName: string;
  scope: NamespaceScope;
  /** The text within it until now, without that of its children. */
  text: string;
  hasChildren: boolean;
}

/**
 * Checks a document and writes it in its normal form.
 *
 * @param text The document.
 * @param prefixes The prefix to write for each namespace that matters; any
 * other namespace, or none, is written as `x`. Attributes that bear a prefix
 * are left out.
 * @returns The normal form: one root element, no XML declaration.
 * @throws {NotWellFormedError} If the text is not well formed (XML 1.0 and its
 * namespaces), but for white space before its XML declaration; if it declares a
 * document type, another version than 1.0 or an encoding that may read its
 * bytes otherwise than UTF-8 does; or if it is larger than any order: 64
 * levels, 10,000 elements and attributes, names of 256 characters.
 */
export function normalForm(
  text: string,
  prefixes: ReadonlyMap<string, string>,
): string {
  checkCharacters(text);
  return new Gate(text.replace(/\r\n?/g, "\n"), prefixes).pass();
}

class Gate {
  readonly #text: string;
  readonly #prefixes: ReadonlyMap<string, string>;
  readonly #open: OpenElement[] = [];
  #at = 0;
  #nodes = 0;
  #result = "";

  constructor(text: string, prefixes: ReadonlyMap<string, string>) {
    this.#text = text;
    this.#prefixes = prefixes;
  }

  pass(): string {
    this.#passDeclaration();
    this.#passMisc();
    if (!this.#startTag()) this.#fail("a root element");
    while (this.#open.length > 0) this.#passContent();
    this.#passMisc();
    if (this.#at < this.#text.length) {
      this.#fail("nothing after the root element");
    }
    return this.#result;
  }

  /**
   * Passes the XML declaration, if there is one. White space before it is
   * ill-formed, but leaves no doubt about what is meant.
   */
  #passDeclaration(): void {
    this.#take(SPACE);
    const start = this.#at;
    const encoding = this.#take(DECLARATION)?.[3] ?? "UTF-8";
    if (/^utf-?8$/i.test(encoding)) return;
    if (!ASCII_ENCODING.test(encoding)) {
      this.#at = start;
      return;
    }
    const at = this.#text.search(/[^\0-\x7f]/);
    if (at >= 0) {
      this.#fail(
        `ASCII alone in a document that declares ${encoding}`,
        this.#text.slice(at),
      );
    }
  }

  /** What may stand around the root element. */
  #passMisc(): void {
    do this.#take(SPACE); while (this.#comment() || this.#instruction());
  }

  #passContent(): void {
    const element = this.#open.at(-1)!;
    const next = this.#text.indexOf("<", this.#at);
    if (next < 0) {
      this.#at = this.#text.length;
      this.#fail(`the end tag </${element.name}>`);
    }
    if (next > this.#at) {
      const raw = this.#text.slice(this.#at, next);
      if (raw.includes("]]>")) this.#fail("text without ']]>'");
      element.text += decodeReferences(raw);
      this.#at = next;
    }
    if (this.#text.startsWith("</", next)) return this.#endTag(element);
    if (this.#text.startsWith("<!", next)) {
      const section = this.#enclosed("<![CDATA[", "]]>");
      if (section !== undefined) element.text += section;
      else if (!this.#comment()) this.#fail("a comment or a CDATA section");
      return;
    }
    if (this.#instruction()) return;
    if (!this.#startTag()) this.#fail("a tag");
  }

  #startTag(): boolean {
    const match = this.#take(START_TAG);
    if (!match) return false;
    const prefix = match[1] ?? "";
    const name = match[2]!;
    const parent = this.#open.at(-1);
    if (parent) parent.hasChildren = true;
    this.#count();
    if (this.#open.length >= MAX_DEPTH) {
      this.#fail(`at most ${MAX_DEPTH} elements within each other`);
    }

    const attributes = this.#attributes();
    const end = this.#take(START_TAG_END);
    if (!end) this.#fail(`an attribute or the end of the tag <${name}`);
    const scope = this.#scope(attributes, parent?.scope ?? ROOT_SCOPE);
    this.#checkUnique(attributes, scope);

    const namespace = this.#namespace(prefix, scope);
    const newName = `${this.#prefixes.get(namespace) ?? OTHER_PREFIX}:${name}`;
    this.#result += `<${newName}`;
    for (const { prefix, name, value } of attributes) {
      if (prefix === "" && name !== "xmlns") {
        this.#result += ` ${name}="${escapeText(value)}"`;
      }
    }
    this.#result += ">";
    const element = {
      name: qualified(prefix, name),
      newName,
      scope,
      text: "",
      hasChildren: false,
    };
    this.#open.push(element);
    if (end[1] === "/") this.#close(element);
    return true;
  }

  #endTag(element: OpenElement): void {
    const match = this.#take(END_TAG);
    if (!match || qualified(match[1] ?? "", match[2]!) !== element.name) {
      if (match) this.#at -= match[0].length;
      this.#fail(`the end tag </${element.name}>`);
    }
    if (!element.hasChildren) this.#result += writeText(element.text);
    else if (/[^ \t\n\r]/.test(element.text)) {
      const text = writeText(element.text);
      this.#result += `<${MIXED_TEXT}>${text}</${MIXED_TEXT}>`;
    }
    this.#close(element);
  }

  #close(element: OpenElement): void {
    this.#result += `</${element.newName}>`;
    this.#open.pop();
  }

  #attributes(): Attribute[] {
    const attributes: Attribute[] = [];
    let match: RegExpExecArray | null;
    while ((match = this.#take(ATTRIBUTE_START))) {
      this.#count();
      const quote = this.#text.charAt(this.#at);
      const raw = this.#enclosed(quote, quote)!;
      if (raw.includes("<")) this.#fail("an attribute without '<'", raw);
      const value = decodeReferences(raw.replace(/[\t\n]/g, " "));
      attributes.push({ prefix: match[1] ?? "", name: match[2]!, value });
    }
    return attributes;
  }

  /** The scope of an element, with what its own attributes declare. */
  #scope(attributes: Attribute[], outer: NamespaceScope): NamespaceScope {
    const bound = new Map<string, string>();
    for (const { prefix, name, value } of attributes) {
      if (prefix !== "xmlns" && qualified(prefix, name) !== "xmlns") continue;
      const declared = prefix === "xmlns" ? name : "";
      if (!mayBind(declared, value)) {
        this.#fail("a legal namespace declaration", `${declared}='${value}'`);
      }
      bound.set(declared, value);
    }
    return bound.size === 0 ? outer : new NamespaceScope(bound, outer);
  }

  /** No attribute twice, neither as it is written nor as it is meant. */
  #checkUnique(attributes: Attribute[], scope: NamespaceScope): void {
    const seen = new Set<string>();
    for (const { prefix, name } of attributes) {
      // A name without a prefix is in no namespace; a declaration's is its own.
      const namespace = prefix === "" || prefix === "xmlns"
        ? prefix
        : this.#namespace(prefix, scope);
      const expanded = `${name} ${namespace}`;
      if (seen.has(expanded)) {
        this.#fail("no attribute twice", qualified(prefix, name));
      }
      seen.add(expanded);
    }
  }

  #namespace(prefix: string, scope: NamespaceScope): string {
    return scope.find(prefix) ??
      this.#fail("a prefix that is declared", `${prefix}:`);
  }

  #count(): void {
    this.#nodes++;
    if (this.#nodes > MAX_NODES) {
      this.#fail(`at most ${MAX_NODES} elements and attributes`);
    }
  }

  /** Passes a comment, if there is one here. */
  #comment(): boolean {
    const comment = this.#enclosed("<!--", "-->");
    if (comment?.includes("--") || comment?.endsWith("-")) {
      this.#fail("a comment without '--'", comment);
    }
    return comment !== undefined;
  }

  /** Passes a processing instruction, if there is one here. */
  #instruction(): boolean {
    const start = this.#at;
    if (!this.#take(INSTRUCTION_START)) return false;
    this.#at = start;
    return this.#enclosed("<?", "?>") !== undefined;
  }

  /** Passes a section between two marks, if there is one here. */
  #enclosed(start: string, end: string): string | undefined {
    if (!this.#text.startsWith(start, this.#at)) return undefined;
    const from = this.#at + start.length;
    const to = this.#text.indexOf(end, from);
    if (to < 0) this.#fail(`'${end}' after '${start}'`);
    this.#at = to + end.length;
    return this.#text.slice(from, to);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }

  #fail(expected: string, seen = this.#text.slice(this.#at)): never {
    throw new NotWellFormedError(expected, cut(seen, 0));
  }
}

/**
 * Writes the text of an element. The library drops a text of nothing but white
 * space, for which it takes more characters than XML does: those are written as
 * references, which it keeps.
 */
function writeText(text: string): string {
  if (!/^[\s\u0085]+$/.test(text)) return escapeText(text);
  return text.replace(/[^ \t\n\r]/g, (space) => `&#${space.charCodeAt(0)};`);
}

function qualified(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}:${name}`;
}
