// Every reply on the page that is still growing, by its id. Events: "started" and, once it has
// been drawn, "finished".

import { frames } from "./protocol.js";
import { ReplyView } from "./reply-view.js";
import { fromSnapshot, isContinuable, isFinished, newReply, place, take } from "./reply.js";

const ASK_AGAIN_MS = 2_000;

export class Replies extends EventTarget {
  #connection;
  #drawn;
  #views = new Map();
  #asked = new Map();
  #told = new Set();

  constructor(connection, drawn) {
    super();
    this.#connection = connection;
    this.#drawn = drawn;
  }

  get unfinished() {
    return [...this.#views.values()].map((view) => view.reply).filter((each) => !isFinished(each));
  }

  has(messageId) {
    return this.#views.has(messageId);
  }

  follow(article, { text, thinking, seq } = {}) {
    const { messageId } = article.dataset;
    const reply = newReply(messageId, { text, thinking, seq });
    this.#views.set(messageId, new ReplyView(article, reply, (view) => this.#wasDrawn(view)));
  }

  // It has begun before its first chunk was taken: its beginning was known.
  began(messageId) {
    this.#tell("started", this.#views.get(messageId).reply);
  }

  // It is not on the page any more.
  forget(messageId) {
    this.#views.delete(messageId);
  }

  chunk(chunk) {
    const view = this.#views.get(chunk.message_id);
    if (!view || isFinished(view.reply)) return;
    const where = place(view.reply, chunk.seq);
    if (where === "hole") this.#ask(view.reply);
    if (where !== "next") return;
    this.#asked.delete(chunk.message_id);
    view.set(take(view.reply, chunk));
    if (chunk.chunk_type === "start") this.#tell("started", view.reply);
  }

  snapshot(message) {
    const view = this.#views.get(message.id);
    view.set(fromSnapshot(message, view.reply));
  }

  resume(messageId) {
    const { reply } = this.#views.get(messageId);
    if (!isFinished(reply)) this.#ask(reply);
  }

  resumeAll() {
    this.#asked.clear();
    for (const { messageId } of this.unfinished) this.resume(messageId);
  }

  #wasDrawn(view) {
    this.#drawn();
    // A long answer that comes at once is drawn in several frames.
    view.article.toggleAttribute("data-continuable", isContinuable(view.reply));
    if (!isFinished(view.reply) || !view.isShown || this.#told.has(view.reply.messageId)) return;
    this.#told.add(view.reply.messageId);
    this.#tell("finished", { ...view.reply, text: view.spokenText });
  }

  // Chunks keep coming while a hole is being filled: one question is enough.
  #ask({ messageId, seq }) {
    const now = performance.now();
    if (now - (this.#asked.get(messageId) ?? -Infinity) < ASK_AGAIN_MS) return;
    this.#asked.set(messageId, now);
    this.#connection.send(frames.resume(messageId, seq));
  }

  #tell(name, reply) {
    this.dispatchEvent(new CustomEvent(name, { detail: reply }));
  }
}
