// What is on the page before the server has acknowledged it, and what gave way to it.
// Event "returned" (detail: question, text): an edited message that was not accepted.

import { setText, textOf } from "./transcript.js";

export class Unsent extends EventTarget {
  #parts;
  #removed = new Map();

  constructor(parts) {
    super();
    this.#parts = parts;
  }

  // After a reload.
  restore(items = this.#parts.outbox.of(this.#parts.room.conversationId)) {
    const { outbox, room, sending, transcript, composer } = this.#parts;
    for (const item of items) {
      const { clientId, message, refused } = item;
      if (!refused && !transcript.isOnPage(clientId)) {
        // Each of them begins a conversation of its own: this page becomes that of one.
        if (room.conversationId === null && transcript.lastQuestion) continue;
        this.show(item);
        sending.waiting(item);
        continue;
      }
      outbox.remove(clientId);
      if (refused && message !== undefined) composer.putBack(message, refused);
      else if (refused) composer.complain(refused);
    }
  }

  // Gives the box of a reply that is made anew.
  show(item) {
    const { transcript } = this.#parts;
    const { clientId, message, parentId, messageId, questionId } = item;
    if (message !== undefined) {
      if (parentId !== undefined) this.#cut(clientId, parentId);
      transcript.addQuestion({ clientId, text: message, pending: true });
      return null;
    }
    const earlier = transcript.byId(messageId);
    this.#cut(clientId, questionId);
    const reply = transcript.addReply({ clientId, pending: true });
    if (item.kind === "continue" && earlier) goOnWith(reply, earlier);
    return reply;
  }

  #cut(clientId, afterId) {
    const articles = this.#parts.transcript.cutAfter(afterId);
    const branch = new Set(articles.map(({ dataset }) => dataset.messageId));
    this.#removed.set(clientId, { articles, branch: branch.add(afterId ?? null) });
  }

  // Whether this message gave way, or comes after one that did: the server, which has not heard of
  // it yet, may tell of it once more.
  putAside({ id, parent_id: parentId }) {
    for (const { branch } of this.#removed.values()) {
      if (branch.has(parentId ?? null)) return Boolean(branch.add(id));
    }
    return false;
  }

  settled(clientId) {
    this.#removed.delete(clientId);
  }

  takeBack({ clientId, message, parentId }, sentence = "") {
    const { transcript, composer } = this.#parts;
    transcript.byClientId("user", clientId)?.remove();
    transcript.byClientId("assistant", clientId)?.remove();
    const removed = this.#removed.get(clientId)?.articles ?? [];
    this.#removed.delete(clientId);
    transcript.element.append(...removed);
    if (message !== undefined && (parentId === undefined || !removed.length)) {
      composer.putBack(message, sentence);
      return;
    }
    composer.complain(sentence);
    if (message === undefined) return;
    const detail = { question: removed[0], text: message };
    this.dispatchEvent(new CustomEvent("returned", { detail }));
  }
}

function goOnWith(reply, earlier) {
  setText(reply, textOf(earlier));
  const body = earlier.querySelector(".message-body").cloneNode(true);
  reply.querySelector(".message-body").replaceWith(body);
  reply.removeAttribute("data-empty");
}
