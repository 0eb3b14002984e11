// The menu of a conversation in the list: one for all, beside the button that opened it.

import { editInPlace } from "./in-place.js";
import { setSwitch } from "./menu.js";

const GAP_PX = 4;
const EDGE_PX = 8;

export class ItemMenu {
  #list;
  #menu;
  #actions;
  #id = null;

  constructor(list, menu, actions) {
    this.#list = list;
    this.#menu = menu;
    this.#actions = actions;
    // Before the browser opens it.
    list.addEventListener("click", (event) => this.#chosen(event), { capture: true });
    menu.addEventListener("toggle", (event) => this.#toggled(event));
    menu.addEventListener("keydown", (event) => this.#pressed(event));
    menu.querySelector("[data-rename]").addEventListener("click", () => this.#rename());
    for (const name of ["submit", "click"]) {
      menu.addEventListener(name, ({ target }) => {
        if (name === "submit" || target.closest("a")) menu.hidePopover();
      });
    }
  }

  #chosen({ target }) {
    const button = target.closest("[data-item-menu]");
    if (!button) return;
    const item = button.closest("li");
    this.#id = item.querySelector("a").dataset.conversationId;
    for (const part of this.#menu.querySelectorAll("[data-path]")) {
      const address = `/chat/${this.#id}/${part.dataset.path}`;
      if (part instanceof HTMLFormElement) part.action = address;
      else part.href = address;
    }
    const isPinned = item.closest("section").dataset.group === "pinned";
    setSwitch(this.#menu.querySelector("[data-act=pin]"), isPinned);
  }

  // The list may have been read anew since; null: it is not in it any more.
  get #link() {
    return this.#list.querySelector(`[data-conversation-id="${CSS.escape(this.#id)}"]`);
  }

  #toggled({ newState }) {
    if (newState !== "open" || !this.#link) return;
    const opener = this.#link.closest("li").querySelector("[data-item-menu]");
    const button = opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#menu;
    const below = button.bottom + GAP_PX;
    const top = below + height > innerHeight - EDGE_PX ? button.top - GAP_PX - height : below;
    this.#menu.style.top = `${Math.max(EDGE_PX, top)}px`;
    const isRtl = getComputedStyle(this.#menu).direction === "rtl";
    const left = isRtl ? button.right - width : button.left;
    this.#menu.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
    this.#menu.querySelector(".menu-item").focus();
  }

  #pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...this.#menu.querySelectorAll(".menu-item")];
    const index = items.indexOf(document.activeElement) + step;
    items.at(index % items.length)?.focus();
  }

  // In place of the link: Enter and leaving keep the words, Escape does not.
  #rename() {
    this.#menu.hidePopover();
    const link = this.#link;
    if (!link) return;
    const label = this.#menu.querySelector("[data-rename]").textContent.trim();
    editInPlace(link, label, (title) => {
      const token = this.#menu.querySelector("[name=csrfmiddlewaretoken]").value;
      this.#actions.rename(link.dataset.conversationId, title, token);
    });
  }
}
