// One reply on the page, drawn at most once per frame.

import { figures } from "./figures.js";
import { oncePerFrame } from "./frame.js";
import { MarkdownView } from "./markdown.js";
import { phrase } from "./phrases.js";
import { isFinished, isRetryable } from "./reply.js";
import { setText } from "./transcript.js";

export class ReplyView {
  #article;
  #markdown;
  #drawn;
  #draw = oncePerFrame(() => this.#drawNow());

  constructor(article, reply, drawn) {
    this.#article = article;
    this.#drawn = drawn;
    this.#markdown = new MarkdownView(article.querySelector(".message-body"));
    this.set(reply);
  }

  get article() {
    return this.#article;
  }

  // Without the marks of the markup.
  get spokenText() {
    return this.#article.querySelector(".message-body").innerText;
  }

  set(reply) {
    this.reply = reply;
    this.#draw();
  }

  #drawNow() {
    const { reply } = this;
    const article = this.#article;
    if (isFinished(reply)) this.#finish();
    else this.#markdown.render(reply.text);
    article.dataset.status = reply.status;
    article.toggleAttribute("data-empty", reply.text === "");
    article.toggleAttribute("data-retryable", isRetryable(reply));
    article.setAttribute("aria-busy", String(!isFinished(reply)));
    this.#showUse();
    this.#drawn(this);
  }

  #finish() {
    const { text, error, metadata } = this.reply;
    this.#markdown.finish(text);
    setText(this.#article, text);
    this.#article.querySelector(".message-error").textContent = error?.sentence ?? "";
    this.#article.querySelector(".message-figures").textContent = figures(
      metadata,
      phrase("tokens"),
    );
  }

  #showUse() {
    const { using } = this.reply;
    this.#article.querySelector(".message-using").textContent = using
      ? `${phrase("using")} ${using}`
      : "";
  }
}
