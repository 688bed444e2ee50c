/**
 * Who asks the daemon all sorts of things during a soak, and goes away in the
 * middle of some answers.
 *
 * @module
 */

import type { Dice } from "../simulation/dice.ts";
import { pause } from "../helpers/system/pause.ts";

/** How often somebody asks, in milliseconds on average. */
const INTERVAL = 200;

/** How long somebody waits who goes away too early, in milliseconds. */
const PATIENCE = 400;

/** What a visitor needs. */
export interface VisitorOptions {
  /** Where the daemon is. */
  url: string;
  /** Decides what is asked. */
  dice: Dice;
  /** An order that the daemon knows, or knew. */
  some: () => string | undefined;
  /** Is told what cannot be. */
  onBroken: (what: string) => void;
}

/**
 * Asks on and on.
 *
 * @param options What is asked.
 * @param signal Ends it.
 * @returns How often was asked.
 */
export async function visit(
  { dice, onBroken, some, url }: VisitorOptions,
  signal: AbortSignal,
): Promise<number> {
  const out = new Set<Promise<void>>();
  let asked = 0;
  while (!signal.aborted) {
    const id = some() ?? "1";
    const path = dice.pick([
      "/v1/summary",
      "/v1/orders?limit=100",
      "/v1/orders?state=settled&limit=20",
      "/v1/orders?outcome=partial&limit=20",
      "/v1/orders?label=known%20late&limit=20",
      `/v1/orders/${id}`,
      `/v1/orders/${id}/history`,
      `/v1/orders/${id}?wait=2`,
      "/v1/orders/0",
      "/-/ready",
      "/",
      "/openapi.json",
      "/nowhere",
    ]);
    const isImpatient = dice.chance(0.2);
    const asking = ask(url, path, isImpatient, onBroken)
      .finally(() => out.delete(asking));
    out.add(asking);
    asked++;
    await pause(dice.between(0, 2 * INTERVAL), signal);
  }
  await Promise.all(out);
  return asked;
}

async function ask(
  url: string,
  path: string,
  isImpatient: boolean,
  onBroken: (what: string) => void,
): Promise<void> {
  const controller = new AbortController();
  const timer = isImpatient
    ? setTimeout(() => controller.abort(), PATIENCE)
    : undefined;
  try {
    const { signal } = controller;
    const response = await fetch(`${url}${path}`, { signal });
    await response.text();
    // Readiness is off while the credentials are refused.
    if (response.status >= 500 && path !== "/-/ready") {
      onBroken(`GET ${path} was answered with ${response.status}`);
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}
