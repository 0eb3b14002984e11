// Which versions are shown: asks the server for another one, and exchanges what comes after the
// message where they part. Event "exchanged".

import { backoff } from "./backoff.js";
import { dress } from "./dress.js";
import { fragment } from "./fragment.js";
import { frames } from "./protocol.js";
import { textOf } from "./transcript.js";
import { stepButton, takeVersions } from "./versions.js";

// A minute in all.
const TIMES = 8;

export class Path extends EventTarget {
  #parts;
  #running = Promise.resolve();
  // The button that was pressed, until there is another one in its place.
  #pressed = null;
  // The version that was asked for while there was no connection.
  #waiting = null;

  constructor(parts) {
    super();
    this.#parts = parts;
  }

  // Returns whether the wish left; else it leaves with the next connection.
  select(button) {
    const { step, message } = button.dataset;
    this.#pressed = { step, messageId: message, top: button.getBoundingClientRect().top };
    this.#waiting = message;
    return this.ask();
  }

  ask() {
    const { connection } = this.#parts;
    if (this.#waiting && !connection.send(frames.select(this.#waiting))) return false;
    this.#waiting = null;
    return true;
  }

  // What comes after this message (null: everything) is another now. Without one it is not
  // known where the versions part: all that is on the page is looked at.
  exchange(afterId, { tipId, messageId } = {}) {
    this.#running = this.#running.then(async () => {
      const { room, transcript } = this.#parts;
      if (tipId && transcript.lastId === tipId) return;
      const after = this.#known(afterId);
      const here = room.conversationId;
      const part = await this.#read(`/chat/${here}/path/${after ? `?after=${after}` : ""}`);
      if (part && room.conversationId === here) this.#put(after, part, messageId);
    });
    return this.#running;
  }

  // null: no connection. When it is back the page hears what is shown.
  async #read(address) {
    const { connection } = this.#parts;
    for (let times = 0; times < TIMES && connection.isOpen; times += 1) {
      if (times) await new Promise((resolve) => setTimeout(resolve, backoff(times, 1)));
      try {
        return await fragment(address);
      } catch {
        // Once more, for what is told of this conversation now would be told to nobody.
      }
    }
    return null;
  }

  #known(afterId) {
    const { transcript } = this.#parts;
    if (afterId === null || (afterId && transcript.byId(afterId))) return afterId;
    // A long conversation's page begins in the middle.
    return transcript.byId(transcript.firstId ?? "")?.dataset.parentId || null;
  }

  #put(after, part, messageId) {
    const { transcript, replies } = this.#parts;
    const fresh = [...part.querySelectorAll(".message")];
    // More than is sent in parts.
    if (!fresh.length) return location.reload();
    if (!after) transcript.element.querySelector(".earlier")?.remove();
    const old = new Map();
    for (const article of transcript.after(after)) {
      if (!article.hasAttribute("data-pending")) old.set(article.dataset.messageId, article);
    }
    const kept = fresh.map((each) => this.#same(old.get(each.dataset.messageId), each) ?? each);
    for (const [id, article] of old) {
      if (kept.includes(article)) continue;
      replies.forget(id);
      article.remove();
    }
    let previous = after ? transcript.byId(after) : null;
    for (const article of kept) {
      const next = previous ? previous.nextElementSibling : transcript.element.firstElementChild;
      if (next !== article) transcript.element.insertBefore(article, next);
      previous = article;
    }
    for (const article of kept) if (fresh.includes(article)) this.#begin(article);
    this.#settle(messageId);
  }

  // What is on the page and says the same stays as it is.
  #same(article, fresh) {
    if (!article) return null;
    const isGrowing = fresh.dataset.seq !== undefined && article.dataset.status === "processing";
    const isEqual = article.dataset.status === fresh.dataset.status;
    if (!isGrowing && !(isEqual && textOf(article) === textOf(fresh))) return null;
    takeVersions(article, fresh);
    return article;
  }

  #begin(article) {
    const { replies } = this.#parts;
    if (article.dataset.role !== "assistant") return;
    const { seq, messageId } = article.dataset;
    if (seq === undefined) return dress(article);
    replies.follow(article, { text: textOf(article), seq: Number(seq) });
    replies.resume(messageId);
  }

  // The pointer stays over the button, and the focus on it: it may be pressed again.
  #settle(messageId) {
    const { transcript, follower, sending } = this.#parts;
    const article = messageId && transcript.byId(messageId);
    const pressed = this.#pressed;
    if (article && pressed?.messageId === messageId) {
      const button = stepButton(article, pressed.step);
      follower.stay(button.getBoundingClientRect().top - pressed.top);
      button.focus({ preventScroll: true });
      this.#pressed = null;
    } else {
      follower.grown();
    }
    sending.updateBusy();
    const label = article?.querySelector(".versions")?.getAttribute("aria-label");
    this.dispatchEvent(new CustomEvent("exchanged", { detail: { label } }));
  }
}
