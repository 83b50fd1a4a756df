/** Signing in with a personal token (mode `token`): in page memory, though the browser may keep it as a password. */

import { AgentNeeded } from "./way.js";

/**
 * @param {{organization: string, tickets: ReturnType<import("./tickets.js").createTickets>}} parts
 * @returns {import("./way.js").Way}
 */
export function createTokenWay({ organization, tickets }) {
  let token = "";
  const drop = () => {
    token = "";
  };

  return {
    mode: "token",
    prepare: async () => {},
    async prove(signal) {
      if (token !== "") return { mode: "token", organization, token };
      const ticket = await tickets.ask(signal);
      if (ticket === null) throw new AgentNeeded();
      return { mode: "ticket", organization, ticket };
    },
    enter(value) {
      token = value;
    },
    accepted() {},
    refused: drop,
    forget: drop,
  };
}
