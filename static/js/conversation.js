// What happens on the page of a conversation: frames come in, messages go out.

import { dressCode } from "./code.js";
import { newId } from "./ids.js";
import { frames } from "./protocol.js";
import { settle, textOf } from "./transcript.js";

const OUR_OWN_MISTAKES = ["bad_frame", "unknown_type"];

export class Conversation {
  #parts;
  #unstopped = new Set();
  #catchingUp = null;

  constructor(parts) {
    this.#parts = parts;
  }

  // 1. Take over what the server has put on the page.
  takeOver() {
    const { transcript, replies } = this.#parts;
    for (const article of transcript.replies()) {
      const { seq } = article.dataset;
      if (seq === undefined) dressCode(article, { highlight: true });
      else replies.follow(article, { text: textOf(article), seq: Number(seq) });
    }
    this.#restoreUnsent();
    this.#updateBusy();
  }

  // 2. Whenever the connection (again) stands: what was missed, then what comes, then what waits.
  connected() {
    const { connection, room, transcript, replies, delivery } = this.#parts;
    replies.resumeAll();
    if (room.conversationId) {
      connection.send(frames.open(room.conversationId, transcript.lastId));
    }
    delivery.deliverAll();
    for (const reply of replies.unfinished) this.#stopIfWanted(reply.messageId);
  }

  // 3. The person writes.
  send(message) {
    const { room, transcript, delivery, follower } = this.#parts;
    const item = { clientId: newId(), message, conversationId: room.conversationId };
    transcript.addQuestion({ clientId: item.clientId, text: message, pending: true });
    delivery.submit(item);
    this.#updateBusy();
    follower.toEnd();
  }

  again(reply) {
    const question = this.#parts.transcript.questionOf(reply);
    if (question && !this.#parts.composer.isBusy) this.send(textOf(question));
  }

  stop() {
    const { replies, outbox, delivery, room, composer } = this.#parts;
    for (const { messageId } of replies.unfinished) {
      this.#unstopped.add(messageId);
      this.#stopIfWanted(messageId);
    }
    for (const { clientId, message } of outbox.of(room.conversationId)) {
      if (delivery.withdraw(clientId)) {
        this.#remove(clientId);
        composer.putBack(message);
      } else {
        this.#unstopped.add(clientId);
      }
    }
    this.#updateBusy();
  }

  // 4. The outbox reports.
  sent({ clientId }) {
    const { transcript, follower } = this.#parts;
    const question = transcript.byClientId("user", clientId);
    if (!question) return;
    delete question.dataset.delivery;
    if (transcript.byClientId("assistant", clientId)) return;
    transcript.addReply({ clientId, pending: true });
    follower.grown();
  }

  waiting({ clientId }) {
    const { transcript } = this.#parts;
    const question = transcript.byClientId("user", clientId);
    if (question) question.dataset.delivery = "waiting";
    transcript.byClientId("assistant", clientId)?.remove();
  }

  refused({ clientId, message, refused }) {
    const { transcript, outbox, composer } = this.#parts;
    if (!transcript.byClientId("user", clientId)) return;
    this.#remove(clientId);
    outbox.remove(clientId);
    composer.putBack(message, refused);
    this.#updateBusy();
  }

  // 5. Frames arrive.
  chunk(chunk) {
    const { room, replies } = this.#parts;
    if (chunk.chunk_type === "start") this.#acknowledged(chunk);
    if (chunk.conversation_id !== room.conversationId) return;
    if (!replies.has(chunk.message_id)) this.#meet(chunk);
    replies.chunk(chunk);
    if (chunk.chunk_type === "start") this.#stopIfWanted(chunk.message_id);
    this.#updateBusy();
  }

  message(message) {
    if (message.conversation_id !== this.#parts.room.conversationId) return;
    if (message.role === "user") this.#question(message);
    else this.#reply(message);
    this.#updateBusy();
    this.#parts.follower.grown();
  }

  renamed(conversation) {
    const { room, sidebar } = this.#parts;
    const isCurrent = conversation.id === room.conversationId;
    sidebar.update(conversation, { isCurrent });
    if (isCurrent) room.rename(conversation.title);
  }

  error(frame) {
    const { delivery, composer } = this.#parts;
    if (delivery.refused(frame) || OUR_OWN_MISTAKES.includes(frame.code)) return;
    if (frame.code === "busy") this.#askAgainAfter(frame.retry_after);
    else composer.complain(frame.detail);
  }

  // The server could not follow, open or stop something just now, and does not say what.
  #askAgainAfter(seconds = 1) {
    this.#catchingUp ??= setTimeout(() => {
      this.#catchingUp = null;
      if (this.#parts.connection.isOpen) this.connected();
    }, seconds * 1000);
  }

  #restoreUnsent() {
    const { outbox, room, transcript, composer } = this.#parts;
    for (const { clientId, message, refused } of outbox.of(room.conversationId)) {
      if (transcript.byClientId("user", clientId) || refused) {
        outbox.remove(clientId);
        if (refused) composer.putBack(message, refused);
      } else {
        transcript.addQuestion({ clientId, text: message, pending: true });
      }
    }
  }

  #acknowledged({ message_id: messageId, conversation_id: conversationId, metadata }) {
    const { outbox, delivery, room, sidebar } = this.#parts;
    const item = outbox.find(metadata.client_id);
    if (!item) return;
    delivery.acknowledged(item.clientId);
    if (this.#unstopped.delete(item.clientId)) this.#unstopped.add(messageId);
    if (item.conversationId === null && room.conversationId === null) {
      room.enter(conversationId);
      sidebar.mark(conversationId);
    }
  }

  // A reply that this page has not seen: the answer to our own message, or to another tab's.
  #meet({ message_id: messageId, chunk_type: type, metadata }) {
    const { transcript, replies } = this.#parts;
    // On the page and not growing: it is complete.
    if (transcript.byId(messageId)) return;
    const { client_id: clientId, user_message_id: questionId } = type === "start" ? metadata : {};
    const question = transcript.byClientId("user", clientId);
    if (question && questionId) settle(question, questionId);
    const article = transcript.byClientId("assistant", clientId) || transcript.addReply({});
    settle(article, messageId);
    if (questionId) article.dataset.parentId = questionId;
    replies.follow(article);
  }

  #question({ id, client_id: clientId, content }) {
    const { transcript } = this.#parts;
    const known = transcript.byId(id) || transcript.byClientId("user", clientId);
    if (known) settle(known, id);
    else transcript.addQuestion({ messageId: id, clientId, text: content });
  }

  #reply(message) {
    const { transcript, replies } = this.#parts;
    const question = message.parent_id && transcript.byId(message.parent_id);
    const article =
      transcript.byId(message.id) ||
      (question && transcript.byClientId("assistant", question.dataset.clientId)) ||
      transcript.addReply({});
    settle(article, message.id);
    const isNew = !replies.has(message.id);
    if (isNew) replies.follow(article);
    replies.snapshot(message);
    if (isNew) replies.resume(message.id);
  }

  #remove(clientId) {
    const { transcript } = this.#parts;
    transcript.byClientId("user", clientId)?.remove();
    transcript.byClientId("assistant", clientId)?.remove();
  }

  // Kept until the reply has ended: the connection may be away at the moment of the click.
  #stopIfWanted(messageId) {
    if (this.#unstopped.has(messageId)) this.#parts.connection.send(frames.stop(messageId));
  }

  #updateBusy() {
    const { composer, replies, outbox, room } = this.#parts;
    composer.busy = replies.unfinished.length > 0 || outbox.of(room.conversationId).length > 0;
  }
}
