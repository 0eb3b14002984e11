// A thumb for an answer, and a comment if one likes.

import { phrase } from "./phrases.js";

const PATIENCE_MS = 15_000;

export class Feedback {
  #parts;
  // One is sent after the other: the last press is what is kept.
  #sent = Promise.resolve();

  constructor(parts) {
    this.#parts = parts;
    // It does not bubble.
    parts.transcript.element.addEventListener("toggle", (event) => opened(event.target), true);
  }

  async rate(article, button) {
    const before = article.dataset.rating ?? "0";
    const rating = before === button.dataset.rate ? "0" : button.dataset.rate;
    this.#show(article, rating);
    if (await this.#send(article, { rating })) {
      this.#parts.announcer.say(phrase(rating === "0" ? "feedbackRemoved" : "feedbackSaved"));
    } else {
      this.#show(article, before);
    }
  }

  async comment(article) {
    const details = article.querySelector(".message-comment");
    const comment = details.querySelector("textarea").value;
    if (!(await this.#send(article, { rating: article.dataset.rating, comment }))) return;
    details.open = false;
    details.querySelector("summary").focus({ preventScroll: true });
    this.#parts.announcer.say(phrase("feedbackSaved"));
  }

  #show(article, rating) {
    const { transcript, follower } = this.#parts;
    if (rating === "0") delete article.dataset.rating;
    else article.dataset.rating = rating;
    for (const button of article.querySelectorAll("[data-rate]")) {
      button.setAttribute("aria-pressed", String(button.dataset.rate === rating));
    }
    if (rating === "0" || article.querySelector(".message-comment")) return;
    const details = transcript.part("assistant", ".message-comment");
    article.querySelector(".message-actions").append(details);
    follower.grown();
  }

  #send(article, fields) {
    const post = () => this.#post(article, fields);
    this.#sent = this.#sent.then(post, post);
    return this.#sent;
  }

  async #post(article, fields) {
    const { room, composer } = this.#parts;
    const { csrfmiddlewaretoken: token } = article.querySelector(".message-actions").elements;
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    body.set("csrfmiddlewaretoken", token.value);
    const address = `/chat/${room.conversationId}/feedback/${article.dataset.messageId}/`;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await fetch(address, { method: "POST", body, signal });
      if (response.ok && !response.redirected) return true;
    } catch {
      // Said below.
    }
    composer.complain(phrase("actionFailed"));
    return false;
  }
}

function opened(details) {
  if (!details.matches(".message-comment[open]")) return;
  details.querySelector("textarea").focus({ preventScroll: true });
  details.scrollIntoView({ block: "nearest" });
}
