/**
 * Phone numbers on a page. Plain text until the softphone enables click-to-dial, then buttons; plain again after it
 * disables it, as phone fields in Lightning.
 */
import { el } from "./dom.js";

export class PhoneNumbers {
  #enabledBy = new Set();
  #dial;

  /** @param {(payload: object) => void} dial gets onClickToDial's payload */
  constructor(dial) {
    this.#dial = dial;
  }

  get enabled() {
    return this.#enabledBy.size > 0;
  }

  /** @param {object} record `{id, name, objectType}` on which the number stands */
  create(number, record) {
    const node = el("span.phone", { data: { phone: number } });
    node.standinRecord = record;
    this.#draw(node);
    return node;
  }

  setEnabled(on, frame) {
    if (on) this.#enabledBy.add(frame);
    else this.#enabledBy.delete(frame);
    this.update();
  }

  /** Idempotent: redraws every number on the page by the present state. */
  update() {
    for (const node of document.querySelectorAll("span.phone")) this.#draw(node);
  }

  #draw(node) {
    const number = node.dataset.phone;
    if (!this.enabled) return node.replaceChildren(number);
    const { id, name, objectType } = node.standinRecord;
    const dial = () => this.#dial({ number, recordId: id, recordName: name, objectType });
    const properties = { type: "button", title: `Click to dial ${number}`, onclick: dial };
    node.replaceChildren(el("button.link.click-to-dial", properties, number));
  }
}
