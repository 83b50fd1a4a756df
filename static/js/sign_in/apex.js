/** Signing in silently (mode `apex`): a class in the Salesforce org signs who the agent is, and a nonce. */

import { AgentNeeded } from "./way.js";

/** What is wrong, by the code of the `HostError`; anything else: Salesforce has refused. */
const REASONS = { UNAVAILABLE: "apex_outside", TIMEOUT: "apex_silent" };

/**
 * @param {{organization: string, host: import("../host.js").Host, api: object}} parts
 * @returns {import("./way.js").Way}
 */
export function createApexWay({ organization, host, api }) {
  const nothing = () => {};

  async function vouchedFor(nonce) {
    try {
      return await host.signInToken(nonce);
    } catch (error) {
      // Once an administrator has put it right, the panel comes up by itself.
      const again = error.code !== "UNAVAILABLE";
      throw new AgentNeeded(REASONS[error.code] ?? "apex_failed", { detail: saidBySalesforce(error), again });
    }
  }

  return {
    mode: "apex",
    prepare: async () => {},
    async prove(signal) {
      const { nonce } = await api.post("/v1/sign-in/nonce", { organization }, { signal });
      return { mode: "apex", organization, token: await vouchedFor(nonce) };
    },
    enter: nothing,
    accepted: nothing,
    refused: nothing,
    forget: nothing,
  };
}

/** Its own words help the administrator; where it has said nothing there are only ours. */
function saidBySalesforce(error) {
  return error.code in REASONS ? "" : String(error.message ?? "").slice(0, 300);
}
