// One reply on the page, drawn at most once per frame.

import { showDetails } from "./details.js";
import { oncePerFrame } from "./frame.js";
import { MarkdownView } from "./markdown.js";
import { Pace } from "./pace.js";
import { phrase } from "./phrases.js";
import { isCut, isFinished, isRetryable } from "./reply.js";
import { speakable } from "./speakable.js";
import { ThinkingView } from "./thinking.js";
import { setText } from "./transcript.js";

const SPOKEN_MAX_CHARS = 4_000;

export class ReplyView {
  #article;
  #markdown;
  #thinking;
  #drawn;
  #pace = new Pace();
  #draw = oncePerFrame(() => this.#drawNow());

  constructor(article, reply, drawn) {
    this.#article = article;
    this.#drawn = drawn;
    this.#markdown = new MarkdownView(article.querySelector(".message-body"));
    this.#thinking = new ThinkingView(article);
    this.set(reply);
  }

  get article() {
    return this.#article;
  }

  // Whether what is known of the reply is also what the page shows.
  get isShown() {
    return this.#article.dataset.status === this.reply.status;
  }

  // Without the marks of the markup.
  get spokenText() {
    return speakable(this.#article.querySelector(".message-body"), SPOKEN_MAX_CHARS);
  }

  set(reply) {
    this.reply = reply;
    this.#draw();
  }

  #drawNow() {
    const { reply } = this;
    const isOver = isFinished(reply);
    const isDone = isOver ? this.#markdown.finish(reply.text) : this.#markdown.render(reply.text);
    this.#thinking.show(reply.thinking);
    if (isDone) this.#showState();
    else this.#draw();
    this.#attribute("data-empty", reply.text === "" && "");
    this.#showProgress(isOver);
    this.#drawn(this);
  }

  #showState() {
    const { reply } = this;
    const isOver = isFinished(reply);
    if (isOver && !this.isShown) this.#finish();
    this.#attribute("data-status", reply.status);
    this.#attribute("data-retryable", isRetryable(reply) && "");
    this.#attribute("data-cut", isCut(reply) && "");
    this.#attribute("aria-busy", String(!isOver));
  }

  #finish() {
    const { text, error, metadata } = this.reply;
    setText(this.#article, text);
    this.#article.querySelector(".message-error").textContent = error?.sentence ?? "";
    showDetails(this.#article, metadata);
  }

  // Which model answers, how fast, and what with.
  #showProgress(isOver) {
    const { using, text, model, attempt } = this.reply;
    const speed = isOver ? null : this.#pace.note(text.length, performance.now());
    const words = [
      using && phrase("using", { tool: using }),
      attempt > 1 && phrase("attempt", { number: attempt }),
      model,
      speed && phrase("tokensPerSecond", { speed }),
    ];
    this.#say(".message-pace", isOver ? "" : words.filter(Boolean).join(" · "));
  }

  #say(place, words) {
    const element = this.#article.querySelector(place);
    if (element && element.textContent !== words) element.textContent = words;
  }

  // Most frames change nothing here, and a write would make the browser look again.
  #attribute(name, value) {
    if (value === false) this.#article.removeAttribute(name);
    else if (this.#article.getAttribute(name) !== value) this.#article.setAttribute(name, value);
  }
}
