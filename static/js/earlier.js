// Earlier messages come when the reader scrolls up to them; what is being read stays in place.

import { fragment } from "./fragment.js";

// So far before the reader reaches them.
const AHEAD = "1200px 0px 0px";

export class EarlierMessages {
  #list;
  #scroller;
  #dress;
  #watch;

  constructor(list, scroller, dress) {
    this.#list = list;
    this.#scroller = scroller;
    this.#dress = dress;
    this.#watch = new IntersectionObserver((entries) => this.#reached(entries), {
      root: scroller,
      rootMargin: AHEAD,
    });
    list.addEventListener("click", (event) => {
      const link = event.target.closest("[data-earlier]");
      if (!link) return;
      event.preventDefault();
      this.#load(link);
    });
    this.watch();
  }

  watch() {
    this.#watch.disconnect();
    const link = this.#list.querySelector("[data-earlier]");
    if (link) this.#watch.observe(link);
  }

  #reached(entries) {
    for (const { isIntersecting, target } of entries) if (isIntersecting) this.#load(target);
  }

  async #load(link) {
    if (link.hasAttribute("aria-busy")) return;
    link.setAttribute("aria-busy", "true");
    try {
      this.#insert(link.closest(".earlier"), await fragment(link.dataset.earlier));
    } catch {
      // The link is still there to be pressed.
      link.removeAttribute("aria-busy");
    }
  }

  #insert(place, part) {
    const articles = [...part.querySelectorAll("article")];
    const scroller = this.#scroller;
    const below = scroller.scrollHeight - scroller.scrollTop;
    place.replaceWith(part);
    for (const article of articles) this.#dress(article);
    scroller.scrollTop = scroller.scrollHeight - below;
    this.watch();
  }
}
