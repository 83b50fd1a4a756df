/** Which page of the org is shown: loads its data, draws it, keeps the address, tells when the view changed. */
import { activityList } from "./activities.js";
import { openNewRecord } from "./new_record.js";
import { homePage, listPage, noticePage, recordPage, searchPage } from "./pages.js";
import { isAnnounced, parsePath, paths, viewInfo } from "./routing.js";

export class App {
  #parts;
  #path = "";
  #route = { page: "home" };
  #record = null;
  #latest = 0; // number of the newest page asked for; an older one that arrives late is dropped

  /**
   * @param {{api: object, boot: object, isConsole: boolean, main: HTMLElement, dialog: HTMLDialogElement,
   *   loadsEachPage: boolean, phones: import("./phone.js").PhoneNumbers, setup: () => Node, toast: Function,
   *   announce: (info: object) => void, drawn: (route: object) => void}} parts
   */
  constructor(parts) {
    this.#parts = parts;
    window.addEventListener("hashchange", () => this.#go(this.#address(), { force: true }));
    // Leaving the form of a new record shows the page behind it again.
    parts.dialog.addEventListener("close", () => this.#announce());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#announce());
  }

  async start() {
    await this.#go(this.#address(), { force: true });
  }

  /** Show a page for the softphone. @returns {Promise<boolean>} false, and nothing changes, where there is none */
  show(path) {
    return this.#go(path, { force: false });
  }

  /** Bring records up to date for the softphone; Setup shows none, and somebody may be typing there. */
  async refreshRecords() {
    if (this.#route.page !== "setup") await this.refresh();
  }

  /** Draw the present page anew with fresh data. */
  async refresh() {
    const route = this.#route;
    const { node, record } = await this.#load(route).catch((fault) => this.#problem(fault));
    if (route === this.#route) this.#draw(node, record); // a record may have popped meanwhile
  }

  viewInfo() {
    return viewInfo(this.#route, this.#url(this.#path), this.#record);
  }

  /** @returns {boolean} false for an object that the org has not */
  openNewRecord(object, defaults) {
    const type = this.#type(object);
    if (!type) return false;
    const save = (fields) => this.#create(type, fields);
    openNewRecord(this.#parts.dialog, type, defaults, save);
    const path = `/lightning/o/${type.name}/new`;
    this.#parts.announce(viewInfo(parsePath(path), this.#url(path), null));
    return true;
  }

  /** Somebody logged something: bring lists of activities up to date without disturbing the rest. */
  tasksChanged(tasks) {
    const isAbout = ({ fields }) => [fields.WhoId, fields.WhatId].includes(this.#record.id);
    const shown = this.#record ? tasks.filter(isAbout) : tasks;
    const places = this.#parts.main.querySelectorAll("[data-activities]");
    for (const place of places) place.lastElementChild.replaceWith(activityList(shown));
    if (this.#route.page === "list" && this.#route.object === "Task") this.refresh();
  }

  async #create(type, fields) {
    const answer = await this.#parts.api.create(type.name, fields).catch((fault) => ({ errors: [fault.message] }));
    if (answer.errors) return answer.errors;
    this.#parts.toast(`${type.label} “${answer.name}” was created.`, "success");
    await this.show(paths.record(type.name, answer.id));
    return [];
  }

  async #go(path, { force }) {
    const number = ++this.#latest;
    const route = parsePath(path);
    const loaded = await this.#load(route).catch((fault) => this.#problem(fault));
    if (number !== this.#latest) return true; // somebody has gone on to another page meanwhile
    if (loaded.missing && !force) return false;
    const moved = this.#path !== "" && this.#path !== path;
    this.#path = path;
    this.#route = route;
    if (this.#address() !== path) history.pushState(null, "", `#${path}`);
    if (moved && this.#parts.loadsEachPage) {
      window.location.reload();
      return true;
    }
    this.#draw(loaded.node, loaded.record);
    this.#announce();
    if (route.page === "new") this.openNewRecord(route.object, route.defaults);
    return true;
  }

  #draw(node, record = null) {
    this.#record = record;
    this.#parts.main.replaceChildren(node);
    this.#parts.phones.update();
    this.#parts.drawn(this.#route);
    document.title = `${record?.name ?? "Acme"} | Salesforce stand-in`;
  }

  #announce() {
    if (isAnnounced(this.#route, this.#parts.isConsole)) this.#parts.announce(this.viewInfo());
  }

  async #load(route) {
    const loaders = {
      home: this.#home,
      setup: this.#setup,
      list: this.#list,
      new: this.#list,
      record: this.#one,
      search: this.#search,
    };
    const loader = loaders[route.page];
    if (!loader) return { node: noticePage("Address opened", `Salesforce would show ${route.path} here.`) };
    return loader.call(this, route);
  }

  async #home() {
    const { api, boot } = this.#parts;
    const asked = [api.records("Contact"), api.records("Account"), api.tasks()];
    const [contacts, accounts, { tasks }] = await Promise.all(asked);
    return { node: homePage(this.#context(), { contacts, accounts, tasks, ...boot }) };
  }

  #setup() {
    return { node: this.#parts.setup() };
  }

  async #list({ object }) {
    if (!this.#type(object)) return this.#problem(new Error(`This org has no object ${object}.`));
    return { node: listPage(this.#context(), await this.#parts.api.records(object)) };
  }

  async #one({ id }) {
    const record = await this.#parts.api.record(id);
    return { node: recordPage(this.#context(), record), record };
  }

  async #search({ term }) {
    const found = this.#parts.api.searchAll(term).then((matches) => ({ matches }));
    const shown = await found.catch((fault) => ({ matches: [], problem: fault.message }));
    return { node: searchPage(this.#context(), { term, ...shown }) };
  }

  #problem(fault) {
    return { node: noticePage("Nothing here", fault.message), missing: true };
  }

  #type(name) {
    return this.#parts.boot.objects.find((type) => type.name.toLowerCase() === String(name).toLowerCase());
  }

  #context() {
    const openNew = (name) => this.openNewRecord(name, {});
    return { phones: this.#parts.phones, object: (name) => this.#type(name), openNew };
  }

  #address() {
    return window.location.hash.slice(1) || paths.home();
  }

  #url(path) {
    return window.location.origin + path;
  }
}
