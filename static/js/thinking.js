// What a model thinks before it answers: folded, and growing where somebody looks at it.

export function thoughtsOf(article) {
  return article.querySelector(".message-thoughts")?.textContent ?? "";
}

export class ThinkingView {
  #details;
  #thoughts;
  #shown;

  constructor(article) {
    this.#details = article.querySelector(".message-thinking");
    this.#thoughts = article.querySelector(".message-thoughts");
    this.#shown = thoughtsOf(article);
  }

  show(thinking) {
    if (!this.#details || thinking === this.#shown) return;
    const isLonger = this.#shown !== "" && thinking.startsWith(this.#shown);
    // What is there stays as it is: somebody may have selected it.
    if (isLonger) this.#thoughts.append(thinking.slice(this.#shown.length));
    else this.#thoughts.textContent = thinking;
    this.#details.hidden = thinking === "";
    this.#shown = thinking;
  }
}
