/**
 * Which namespace a prefix stands for, at one place of an XML document.
 *
 * @module
 */

const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NAMESPACE = "http://www.w3.org/2000/xmlns/";

/** The prefixes that are bound within one element, and those around it. */
export class NamespaceScope {
  readonly #outer: NamespaceScope | undefined;
  readonly #bound: ReadonlyMap<string, string>;

  /**
   * Opens the scope of one element.
   *
   * @param bound The namespaces by their prefixes; the default one by `""`.
   * @param outer The scope of the element around this one.
   */
  constructor(bound: ReadonlyMap<string, string>, outer?: NamespaceScope) {
    this.#bound = bound;
    this.#outer = outer;
  }

  /**
   * Finds the namespace of a prefix.
   *
   * @param prefix The prefix, `""` for a name without one.
   * @returns The namespace, `""` for none, `undefined` for a prefix that is
   * not bound.
   */
  find(prefix: string): string | undefined {
    // A loop, since scopes may lie as deep as elements do.
    // deno-lint-ignore no-this-alias
    let scope: NamespaceScope | undefined = this;
    for (; scope; scope = scope.#outer) {
      const namespace = scope.#bound.get(prefix);
      if (namespace !== undefined) return namespace;
    }
    return undefined;
  }
}

/** The scope around the root element. */
export const ROOT_SCOPE: NamespaceScope = new NamespaceScope(
  new Map([["", ""], ["xml", XML_NAMESPACE]]),
);

/**
 * Tells whether a prefix may be bound to a namespace (Namespaces in XML 1.0).
 * A namespace with white space around it may not.
 *
 * @param prefix The prefix, `""` for the default namespace.
 * @param namespace The namespace.
 * @returns Whether it may.
 */
export function mayBind(prefix: string, namespace: string): boolean {
  // No URI begins or ends with white space, and readers disagree on whether to
  // take it off: what such a name stands for could be told in two ways.
  if (namespace !== namespace.trim()) return false;
  if (prefix === "xmlns" || namespace === XMLNS_NAMESPACE) return false;
  if ((prefix === "xml") !== (namespace === XML_NAMESPACE)) return false;
  return prefix === "" || namespace !== "";
}
