/** What the phone system has attached to a call: names and values, as they came. */

import { el, keyedList, setText, show } from "../lib/dom.js";

/** A list of facts; `update` gets `{name, value}` each. */
export function mountCallData() {
  const element = el("dl", { class: "call-data", "data-testid": "call-data" });
  return {
    element,
    update(facts) {
      keyedList(element, facts, {
        key: (fact) => fact.name,
        create: () => el("div", { class: "call-fact" }, el("dt"), el("dd")),
        update(row, { name, value }) {
          setText(row.firstElementChild, name);
          setText(row.lastElementChild, value);
        },
      });
      show(element, facts.length > 0);
    },
  };
}
