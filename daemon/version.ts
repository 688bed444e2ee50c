/**
 * The version of this program.
 *
 * @module
 */

import project from "../deno.json" with { type: "json" };

/** The version, as deno.json gives it. */
export const VERSION: string = project.version;
