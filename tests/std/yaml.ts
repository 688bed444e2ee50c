/**
 * The one name of `@std/yaml` that the tests use, with its type: the npm
 * package that carries the code carries none.
 *
 * @module
 */
// @ts-types="./yaml.d.ts"
export { parse } from "npm:deno-std@1.4.0/yaml/parse.js";
