// The search box in the sidebar: what is found takes the place of the list while one types.

import { fragment } from "./fragment.js";

const PAUSE_MS = 180;

export class SidebarSearch {
  #form;
  #found;
  #list;
  #status;
  #timer = null;
  #request = null;

  constructor({ form, found, list, status }) {
    this.#form = form;
    this.#found = found;
    this.#list = list;
    this.#status = status;
    const box = form.elements.q;
    box.addEventListener("input", () => this.#typed(box.value.trim()));
    form.addEventListener("keydown", (event) => this.#pressed(event));
    found.addEventListener("keydown", (event) => this.#pressed(event));
    // A browser may bring the words back with the page.
    if (box.value.trim()) this.#typed(box.value.trim());
  }

  #typed(query) {
    clearTimeout(this.#timer);
    this.#request?.abort();
    if (query) this.#timer = setTimeout(() => this.#ask(query), PAUSE_MS);
    else this.#show(null);
  }

  async #ask(query) {
    const { signal } = (this.#request = new AbortController());
    const address = new URL(this.#form.action);
    address.search = new URLSearchParams({ q: query, fragment: "1" });
    try {
      const part = await fragment(address, { signal });
      if (!signal.aborted) this.#show(part);
    } catch {
      // Typed on, or no network: Enter leads to the page of results.
    }
  }

  #show(part) {
    this.#found.hidden = !part;
    this.#list.hidden = Boolean(part);
    this.#found.replaceChildren(...(part ? [part] : []));
    this.#status.textContent = this.#found.querySelector("[data-status]")?.textContent ?? "";
  }

  #pressed(event) {
    if (event.key === "Escape" && this.#form.elements.q.value) {
      // Not also the drawer.
      event.preventDefault();
      event.stopPropagation();
      this.#form.elements.q.value = "";
      this.#typed("");
      this.#form.elements.q.focus();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || this.#found.hidden) return;
    const places = [this.#form.elements.q, ...this.#found.querySelectorAll("a")];
    const next = places[places.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}
