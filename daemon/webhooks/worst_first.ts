/**
 * Endpoints in the order in which somebody wants to look at them.
 *
 * @module
 */

import {
  type Endpoint,
  ENDPOINT_STATES,
  type EndpointState,
  stateOf,
} from "./endpoint.ts";

/** Where a page of the list ended: at the last endpoint on it. */
export interface EndpointPosition {
  /** What that endpoint was doing. */
  readonly state: EndpointState;
  /** Its id. */
  readonly id: string;
}

/**
 * Endpoints that are parked first, then those that fail, the oldest first.
 *
 * @param endpoints The endpoints, the oldest first.
 * @param limit At most so many.
 * @param after Where the page before ended; if that endpoint is gone, those
 * that do as it did come again.
 */
export function worstFirst(
  endpoints: readonly Endpoint[],
  limit: number,
  after?: EndpointPosition,
): Endpoint[] {
  const at = endpoints.findIndex(({ id }) => id === after?.id);
  const rest = endpoints.filter((endpoint, index) =>
    badness(stateOf(endpoint)) < badness(after?.state) || index > at
  );
  const byState = Object.groupBy(rest, stateOf);
  return ENDPOINT_STATES.toReversed()
    .filter((state) => badness(state) <= badness(after?.state))
    .flatMap((state) => byState[state] ?? [])
    .slice(0, limit);
}

/**
 * How bad it is to be in a state, from 0.
 *
 * @param state The state; unless told, worse than any.
 */
export function badness(state: EndpointState | undefined): number {
  return state ? ENDPOINT_STATES.indexOf(state) : ENDPOINT_STATES.length;
}
