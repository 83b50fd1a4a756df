/** Signing in by the name alone (mode `id`): Salesforce knows it, else the browser, else the agent is asked. */

import { AgentNeeded } from "./way.js";

/**
 * @param {{organization: string, host: import("../host.js").Host, preferences: object, suggested?: string}} parts
 *   `suggested`: name given in the address of the demonstration
 * @returns {import("./way.js").Way}
 */
export function createNameWay({ organization, host, preferences, suggested = "" }) {
  let name = "";

  return {
    mode: "id",
    async prepare() {
      const identity = await host.identity();
      name = (identity?.username ?? (suggested || preferences.get("agent"))) || "";
    },
    async prove() {
      if (name === "") throw new AgentNeeded();
      return { mode: "id", organization, agent: name };
    },
    enter(value) {
      name = value;
    },
    accepted(agent) {
      // The relay writes names its own way (small letters).
      name = agent;
      preferences.set("agent", agent);
    },
    refused() {
      name = "";
    },
    forget() {
      name = "";
      preferences.set("agent", null);
    },
  };
}
