// The list of conversations: pinned ones, then by date. It grows when one scrolls to its end.

import { fragment } from "./fragment.js";
import { BOX } from "./in-place.js";
import { placeOf } from "./placing.js";

const LIST = "/chat/list/";

export class Sidebar {
  #root;
  #template;
  #current = null;
  #watch;
  #refreshing = null;
  // Since the list was asked for.
  #isTold = false;

  constructor(root, template) {
    this.#root = root;
    this.#template = template;
    this.#current = root.querySelector("[aria-current]")?.dataset.conversationId ?? null;
    this.#watch = new IntersectionObserver((entries) => this.#reached(entries), {
      root: root.parentElement,
      rootMargin: "0px 0px 400px",
    });
    root.addEventListener("click", (event) => this.#clicked(event));
    this.#watchEnd();
  }

  update(conversation, { isCurrent }) {
    const { id, title } = conversation;
    this.#isTold = true;
    if (isCurrent) this.#current = id;
    const item = this.#find(id)?.closest("li");
    const place = placeOf(conversation, item && known(item), this.#newest);
    if (place === "out") item?.remove();
    else if (place === "ask") this.refresh();
    else {
      const shown = item ?? this.#create(id);
      show(shown, title, conversation.updated_at);
      if (place !== "stay") this.#group(place).prepend(shown);
      this.#mark();
    }
  }

  mark(id) {
    this.#current = id;
    this.#mark();
  }

  // What was missed while there was no connection, and another day.
  async refresh() {
    this.#refreshing ??= this.#readAnew().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #readAnew() {
    const focused = this.#root.contains(document.activeElement)
      ? document.activeElement.closest("li")?.querySelector("a").dataset.conversationId
      : null;
    let list;
    this.#isTold = false;
    try {
      list = await fragment(`${LIST}?fragment=1`);
    } catch {
      return; // It stays as it is until the next time.
    }
    if (this.#root.querySelector(`.${BOX}`)) {
      // Taking the box away would keep half a title.
      await new Promise((edited) => this.#root.addEventListener("edited", edited, { once: true }));
      await this.#readAnew();
      return;
    }
    if (this.#isTold) {
      // The server may have made the list before.
      await this.#readAnew();
      return;
    }
    this.#root.replaceChildren(list);
    this.#mark();
    this.#watchEnd();
    if (focused) this.#find(focused)?.focus();
  }

  #mark() {
    this.#root.querySelector("[aria-current]")?.removeAttribute("aria-current");
    if (this.#current) this.#find(this.#current)?.setAttribute("aria-current", "page");
  }

  #clicked(event) {
    const older = event.target.closest(".conversation-older");
    if (!older) return;
    event.preventDefault();
    this.#older(older);
  }

  #reached(entries) {
    for (const { isIntersecting, target } of entries) if (isIntersecting) this.#older(target);
  }

  async #older(link) {
    if (link.hasAttribute("aria-busy")) return;
    link.setAttribute("aria-busy", "true");
    try {
      const part = await fragment(`${link.href}&fragment=1`);
      link.remove();
      this.#append(part);
    } catch {
      link.removeAttribute("aria-busy");
    }
  }

  // The month that the list ended in may go on.
  #append(part) {
    const [first] = part.children;
    const last = [...this.#root.querySelectorAll("section")].at(-1);
    if (first && last && first.dataset.group === last.dataset.group) {
      last.querySelector("ul").append(...first.querySelectorAll("li"));
      first.remove();
    }
    this.#root.append(part);
    this.#mark();
    this.#watchEnd();
  }

  #watchEnd() {
    this.#watch.disconnect();
    const older = this.#root.querySelector(".conversation-older");
    if (older) this.#watch.observe(older);
  }

  get #newest() {
    const times = [...this.#root.querySelectorAll("[data-updated]")];
    return Math.max(0, ...times.map(({ dataset }) => Date.parse(dataset.updated) || 0));
  }

  #group(name) {
    return this.#root.querySelector(`[data-group="${name}"] ul`);
  }

  #find(id) {
    return this.#root.querySelector(`[data-conversation-id="${CSS.escape(id)}"]`);
  }

  #create(id) {
    const item = this.#template.content.querySelector("li").cloneNode(true);
    const link = item.querySelector("a");
    link.dataset.conversationId = id;
    link.href = `/chat/${id}/`;
    return item;
  }
}

function known(item) {
  return {
    group: item.closest("section").dataset.group,
    updated: Date.parse(item.querySelector("a").dataset.updated) || 0,
  };
}

function show(item, title, updated = "") {
  const link = item.querySelector("a");
  link.textContent = title;
  link.title = title;
  if (updated) link.dataset.updated = updated;
}
