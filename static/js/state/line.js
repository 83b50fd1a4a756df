/** What counts for the agent's line now. Pure. */

/** The number that the agent has chosen to show, as long as the line has it; else empty. */
export function outboundNumber(state) {
  const { outboundNumber: chosen } = state.preferences;
  return state.features.outbound_numbers.some(({ number }) => number === chosen) ? chosen : "";
}
