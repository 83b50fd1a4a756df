/** The global header: search, user menu, and the tabs below it. */
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { paths } from "./routing.js";

/**
 * @param {{place: HTMLElement, tabs: HTMLElement, boot: object, ui: string, isConsole: boolean, search: (term: string) => void,
 *   switchUser: (alias: string) => void}} parts
 * @returns {(route: object) => void} marks the tab of a page
 */
export function createHeader({ place, tabs, boot, ui, isConsole, search, switchUser }) {
  const logo = el("span.logo", { "aria-hidden": "true" }, "A");
  place.append(logo, searchForm(search), interfaceLink(ui), userMenu(boot, switchUser));
  const lists = boot.objects.map((type) => [type.plural, paths.list(type.name)]);
  const links = [["Home", paths.home()], ...lists, ["Setup", paths.setup()]];
  const anchors = links.map(([text, path]) => el("a.tab", { href: `#${path}` }, text));
  tabs.append(el("span.app-name", {}, isConsole ? "Service Console" : "Sales"), ...anchors);
  return (route) => {
    const path = pathOfTab(route);
    for (const [n, anchor] of anchors.entries()) {
      if (links[n][1] === path) anchor.setAttribute("aria-current", "page");
      else anchor.removeAttribute("aria-current");
    }
  };
}

function pathOfTab(route) {
  if (route.page === "list" || route.page === "new") return paths.list(route.object);
  return { home: paths.home(), setup: paths.setup() }[route.page];
}

function searchForm(search) {
  const input = el("input", { type: "search", placeholder: "Search names and phone numbers…", "aria-label": "Search" });
  const submit = (event) => {
    event.preventDefault();
    if (input.value.trim()) search(input.value.trim());
  };
  return el("form.global-search", { role: "search", onsubmit: submit }, el("span.icon", {}, icon("search")), input);
}

/** As in the real menus: back and forth between the two user interfaces. */
function interfaceLink(ui) {
  const address = new URL(window.location.href);
  if (ui === "classic") address.searchParams.delete("ui");
  else address.searchParams.set("ui", "classic");
  const text = ui === "classic" ? "Switch to Lightning Experience" : "Switch to Salesforce Classic";
  return el("a.switch-ui", { href: address.pathname + address.search }, text);
}

function userMenu({ user, users }, switchUser) {
  const options = users.map(({ alias, name, extension }) => el("option", { value: alias }, `${name} (${extension})`));
  const change = (event) => switchUser(event.target.value);
  const select = el("select", { "aria-label": "Signed in as", onchange: change }, ...options);
  select.value = user.alias;
  return el("label.user-menu", {}, el("span.icon", {}, icon("user")), select);
}
