/**
 * The many ways in which one value may be written: in the simple types of XML
 * Schema, and as the text of an XML document.
 *
 * @module
 */

import { type Choices, pick, strays } from "./choices.ts";

const COMMENTS = [
  "",
  " a comment ",
  " é€😀 ",
  "<Status>VOID</Status>",
  "- -&amp;-x",
  "&bad; ]]> <![CDATA[",
];

const INSTRUCTIONS = [
  "<?a?>",
  '<?xml-stylesheet type="text/xsl" href="order.xsl"?>',
  "<?Ünï-ö.1 é€😀 ?>",
  "<?a <Status>VOID</Status> & ]]> --> ? > ??>",
];

/** Writes a whole number. */
export function writeWhole(value: bigint, choices: Choices): string {
  const size = String(value < 0n ? -value : value);
  const signs = value === 0n ? ["", "+", "-"] : value < 0n ? ["-"] : ["", "+"];
  const zeros = pick(choices, ["", "0", "00", "0".repeat(30)]);
  return pick(choices, signs) + zeros + size;
}

/** Writes a finite number that is not -0. */
export function writeAmount(value: number, choices: Choices): string {
  const size = Math.abs(value);
  const written = pick(choices, [
    String(size),
    size.toExponential(),
    size.toExponential().replace("e+", "E"),
  ]);
  const [, digits = "", exponent = ""] = /^([^eE]*)(.*)$/.exec(written)!;
  const mantissa = pick(choices, [
    digits,
    `00${digits}`,
    digits.includes(".") ? `${digits}00` : `${digits}.`,
    digits.includes(".") ? digits : `${digits}.0`,
    digits.startsWith("0.") ? digits.slice(1) : digits,
  ]);
  const sign = value < 0 ? "-" : pick(choices, ["", "+"]);
  return sign + mantissa + exponent;
}

/** Writes a moment, whose year must have at most six digits in every zone. */
export function writeDateTime(moment: Date, choices: Choices): string {
  const offset = strays(choices, 2) ? choices.below(1681) - 840 : 0;
  const local = new Date(moment.getTime() + offset * 60_000);
  let zone = pick(choices, ["Z", "", "+00:00", "-00:00"]);
  if (offset !== 0) {
    const minutes = Math.abs(offset);
    zone = (offset < 0 ? "-" : "+") + twoDigits(Math.floor(minutes / 60)) +
      ":" + twoDigits(minutes % 60);
  }
  const [, time = "", thousandths = ""] = /T(.*)\.(\d{3})Z$/
    .exec(local.toISOString())!;
  if (time === "00:00:00" && thousandths === "000" && strays(choices, 2)) {
    const before = new Date(local.getTime() - 86_400_000);
    const fraction = pick(choices, ["", ".0", ".0000"]);
    return `${dateOf(before)}T24:00:00${fraction}${zone}`;
  }
  const shortest = thousandths.replace(/0+$/, "");
  const fraction = pick(choices, [
    shortest && `.${shortest}`,
    `.${thousandths}`,
    // Finer than the millisecond that an order is read to.
    `.${thousandths}${choices.below(1_000_000)}`,
  ]);
  return `${dateOf(local)}T${time}${fraction}${zone}`;
}

function dateOf(date: Date): string {
  const year = date.getUTCFullYear();
  return (year < 0 ? "-" : "") + String(Math.abs(year)).padStart(4, "0") +
    `-${twoDigits(date.getUTCMonth() + 1)}-${twoDigits(date.getUTCDate())}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** White space of any kind that stands in text, possibly none. */
export function writeSpace(choices: Choices): string {
  return pick(choices, ["", " ", "\n    ", "\t", "\r\n", "\r", "  "]);
}

/** White space within a tag, possibly none. */
export function writeTagSpace(choices: Choices): string {
  return strays(choices, 6) ? writeSpace(choices) : "";
}

/** A comment or a processing instruction. */
export function writeAside(choices: Choices): string {
  if (strays(choices, 4)) return pick(choices, INSTRUCTIONS);
  return `<!--${pick(choices, COMMENTS)}-->`;
}

/** Writes text between two tags, in pieces. */
export function writeText(text: string, choices: Choices): string {
  const isPlain = !strays(choices, 2);
  const characters = [...text];
  let written = "";
  for (let at = 0; at < characters.length;) {
    if (isPlain || !strays(choices, 4)) {
      written += writeCharacter(characters[at]!, written);
      at++;
      continue;
    }
    const section = characters.slice(at, at + 1 + choices.below(6)).join("");
    switch (choices.below(3)) {
      case 0:
        written += writeReference(characters[at]!, choices);
        at++;
        break;
      case 1:
        written += writeAside(choices);
        break;
      default:
        if (section.includes("]]>")) break;
        written += `<![CDATA[${section}]]>`;
        at += [...section].length;
    }
  }
  return written;
}

/** Writes the value of an attribute, quotes included. */
export function writeAttributeValue(text: string, choices: Choices): string {
  const quote = pick(choices, ['"', "'"]);
  let written = "";
  for (const character of text) {
    written += character === quote || strays(choices, 8)
      ? writeReference(character, choices)
      : writeCharacter(character, written);
  }
  return quote + written + quote;
}

function writeCharacter(character: string, before: string): string {
  if (character === "&") return "&amp;";
  if (character === "<") return "&lt;";
  return character === ">" && before.endsWith("]]") ? "&gt;" : character;
}

function writeReference(character: string, choices: Choices): string {
  const names: Readonly<Record<string, string>> = {
    "&": "amp",
    "<": "lt",
    ">": "gt",
    '"': "quot",
    "'": "apos",
  };
  const code = character.codePointAt(0)!;
  const number = pick(choices, [
    `#${code}`,
    `#x${code.toString(16)}`,
    `#x${code.toString(16).toUpperCase()}`,
    `#000000000000${code}`,
    `#x0000${code.toString(16)}`,
  ]);
  return `&${strays(choices, 2) ? names[character] ?? number : number};`;
}
