/**
 * Finds a piece of code by its shape. Names, comments, line breaks and trailing
 * commas do not count, so a pattern survives renames and formatting; keywords,
 * operators, numbers and strings do count.
 *
 * @module
 */

import type { Mutation } from "./mutations.ts";

/** Where a pattern matches, and which names stand there for its own. */
export interface Match {
  /** Where it starts in the text. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** The name in the text for each name of the pattern. */
  readonly names: ReadonlyMap<string, string>;
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Whether it is a name, which a rename may change. */
  readonly isName: boolean;
}

/** Whitespace and comments, strings, names, numbers, any other character. */
const TOKEN =
  /(\s+|\/\/[^\n]*|\/\*[^]*?\*\/)|"(?:[^"\\\n]|\\.)*"|(#?[A-Za-z_]\w*)|\d[\w.]*|[^]/g;

/** Words of JavaScript, its library and SQL, which no rename changes. */
const FIXED = new Set(
  ("as async await break catch class const continue else export extends for " +
    "function if in instanceof let new of return static this throw try while " +
    "true false null undefined Infinity BigInt Math Promise " +
    "at find length min max resolve splice " +
    "AND FROM IS NULL OR SELECT WHERE").split(" "),
);

/** In a pattern, stands for any string. */
const ANY_STRING = '"…"';

/**
 * Finds every place where a pattern matches.
 *
 * @param text The code to search.
 * @param pattern The code to look for. A name in it stands for any name, the
 * same one each time; `"…"` stands for any string.
 */
export function findPattern(text: string, pattern: string): Match[] {
  const [tokens, wanted] = [tokenize(text), tokenize(pattern)];
  return tokens.flatMap((first, index) => {
    const candidate = tokens.slice(index, index + wanted.length);
    const names = matchTokens(candidate, wanted);
    return names
      ? [{ start: first.start, end: candidate.at(-1)!.end, names }]
      : [];
  });
}

/**
 * Plants a bug in a file.
 *
 * @param text The file.
 * @param mutation The bug.
 * @returns The file with the bug in it.
 * @throws {Error} If it cannot be planted: the message says why.
 */
export function plant(
  text: string,
  { bug, code, names: others }: Pick<Mutation, "bug" | "code" | "names">,
): string {
  const [match, ...rest] = findPattern(text, code);
  if (!match || rest.length > 0) {
    throw new Error(`found ${match ? rest.length + 1 : 0} times: ${code}`);
  }
  const named = others === undefined ? undefined : findPattern(text, others)[0];
  if (others !== undefined && !named) throw new Error(`not found: ${others}`);
  const names = new Map([...named?.names ?? [], ...match.names]);
  return text.slice(0, match.start) + renameAll(bug, names) +
    text.slice(match.end);
}

/**
 * Puts the names of the text in place of those of the pattern. A name that the
 * pattern does not have is an error: the bug would be noticed for that alone.
 */
function renameAll(
  code: string,
  names: ReadonlyMap<string, string>,
): string {
  let renamed = "";
  let end = 0;
  for (const token of tokenize(code)) {
    renamed += code.slice(end, token.start);
    end = token.end;
    if (token.isName && !names.has(token.text)) {
      throw new Error(`the bug alone has the name '${token.text}'`);
    }
    renamed += names.get(token.text) ?? token.text;
  }
  return renamed + code.slice(end);
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const [token, space, name = ""] = match;
    if (space !== undefined) continue;
    const last = tokens.at(-1);
    if (last?.text === "," && /[)\]}]/.test(token)) tokens.pop();
    tokens.push({
      text: token,
      start: match.index,
      end: match.index + token.length,
      isName: name !== "" && !FIXED.has(name),
    });
  }
  return tokens;
}

/** Which names stand for those of a pattern; `undefined` if it does not match. */
function matchTokens(
  tokens: readonly Token[],
  wanted: readonly Token[],
): Map<string, string> | undefined {
  const names = new Map<string, string>();
  for (const [index, { isName, text }] of wanted.entries()) {
    const token = tokens[index];
    if (!token) return undefined;
    if (isName) {
      const isSameKind = token.isName &&
        token.text.startsWith("#") === text.startsWith("#");
      if (!isSameKind) return undefined;
      if ((names.get(text) ?? token.text) !== token.text) return undefined;
      names.set(text, token.text);
    } else if (text === ANY_STRING) {
      if (!token.text.startsWith('"')) return undefined;
    } else if (token.text !== text) return undefined;
  }
  return names;
}
