/**
 * The names of `@std/http/status` that the tests use, with their types.
 *
 * @module
 */
// @ts-types="./http_status.d.ts"
export { STATUS_CODE, STATUS_TEXT } from "npm:deno-std@1.4.0/http/status.js";
