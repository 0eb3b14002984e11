// What the person wants: a message, another version of one or of an answer, the rest of an
// answer. It is on the page at once (unsent.js), and off again when the server refuses it.

import { newId } from "./ids.js";
import { frames } from "./protocol.js";

export class Sending {
  #parts;
  #unsent;
  #unstopped = new Set();

  constructor(parts, unsent) {
    this.#parts = parts;
    this.#unsent = unsent;
  }

  // 1. The person acts.
  send(message) {
    this.#submit({ kind: "chat", message, model: this.#parts.composer.model });
    this.#parts.follower.toEnd();
  }

  edit(question, message) {
    if (!this.#isFree(question)) return;
    const { model } = this.#parts.composer;
    this.#submit({ kind: "chat", message, model, parentId: question.dataset.parentId || null });
  }

  regenerate(reply) {
    this.#again(reply, "regenerate", { model: this.#parts.composer.model });
  }

  goOn(reply) {
    this.#again(reply, "continue");
  }

  #again(reply, kind, wish = {}) {
    const { messageId, parentId } = reply.dataset;
    if (this.#isFree(reply)) this.#submit({ kind, messageId, questionId: parentId, ...wish });
  }

  #isFree(article) {
    return Boolean(article.dataset.messageId) && !this.#parts.composer.isBusy;
  }

  #submit(wish) {
    const { conversationId, assistantId } = this.#parts.room;
    const item = { clientId: newId(), conversationId, assistantId, ...wish };
    const reply = this.#unsent.show(item);
    this.#parts.delivery.submit(item);
    this.updateBusy();
    // What was pressed is gone with its message.
    if (reply && document.activeElement === document.body) reply.focus({ preventScroll: true });
  }

  stop() {
    const { replies, delivery } = this.#parts;
    for (const { messageId } of replies.unfinished) {
      this.#unstopped.add(messageId);
      this.stopIfWanted(messageId);
    }
    for (const item of this.#waiting) {
      if (delivery.withdraw(item.clientId)) this.#unsent.takeBack(item);
      else this.#unstopped.add(item.clientId);
    }
    this.updateBusy();
  }

  // 2. The outbox reports.
  sent({ clientId }) {
    const { transcript, follower } = this.#parts;
    const question = transcript.byClientId("user", clientId);
    const reply = transcript.byClientId("assistant", clientId);
    const sent = question || reply;
    if (sent) sent.dataset.delivery = "sending";
    if (!question || reply) return;
    transcript.addReply({ clientId, pending: true });
    follower.grown();
  }

  waiting({ clientId }) {
    const { transcript } = this.#parts;
    const question = transcript.byClientId("user", clientId);
    const reply = transcript.byClientId("assistant", clientId);
    if (question) reply?.remove();
    const sent = question || reply;
    if (!sent) return;
    sent.dataset.delivery = "waiting";
    const isStill = () => sent.isConnected && sent.dataset.delivery === "waiting";
    this.#parts.announcer.waiting(clientId, isStill);
  }

  refused(item) {
    const { transcript, outbox, composer } = this.#parts;
    const isHere = transcript.isOnPage(item.clientId);
    // Kept until its page shows it, unless there is no such page any more.
    if (!isHere && !item.isNowhere) return;
    outbox.remove(item.clientId);
    if (isHere) this.#unsent.takeBack(item, item.refused);
    else if (item.message !== undefined) composer.putBack(item.message, item.refused);
    this.updateBusy();
  }

  // The `start` of something that was sent from this tab; gives what it was.
  acknowledged({ message_id: messageId, conversation_id: conversationId, metadata }) {
    const { outbox, delivery, room, sidebar, transcript } = this.#parts;
    const item = outbox.find(metadata.client_id);
    if (!item) return null;
    delivery.acknowledged(item.clientId);
    this.#unsent.settled(item.clientId);
    if (this.#unstopped.delete(item.clientId)) this.#unstopped.add(messageId);
    const isNew = item.conversationId === null && room.conversationId === null;
    if (isNew && transcript.isOnPage(item.clientId)) {
      room.enter(conversationId);
      sidebar.mark(conversationId);
    }
    return item;
  }

  // Of several new conversations only one is on the page.
  get #waiting() {
    const { outbox, room, transcript } = this.#parts;
    return outbox.of(room.conversationId).filter(({ clientId }) => transcript.isOnPage(clientId));
  }

  // Kept until the reply has ended: the connection may be away at the moment of the click.
  stopIfWanted(messageId) {
    if (this.#unstopped.has(messageId)) this.#parts.connection.send(frames.stop(messageId));
  }

  updateBusy() {
    const { composer, replies, transcript } = this.#parts;
    const isBusy = replies.unfinished.length > 0 || this.#waiting.length > 0;
    composer.busy = isBusy;
    transcript.element.toggleAttribute("data-busy", isBusy);
  }
}
