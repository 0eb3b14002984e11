// What happens on the page of a conversation: frames come in. What goes out: sending.js.

import { dress } from "./dress.js";
import { frames } from "./protocol.js";
import { thoughtsOf } from "./thinking.js";
import { settle, textOf } from "./transcript.js";
import { showVersions } from "./versions.js";

const OUR_OWN_MISTAKES = ["bad_frame", "unknown_type"];

export class Conversation {
  #parts;
  #catchingUp = null;

  constructor(parts) {
    this.#parts = parts;
  }

  // 1. Take over what the server has put on the page.
  takeOver() {
    const { transcript, replies, sending, unsent } = this.#parts;
    for (const article of transcript.replies()) {
      const { seq } = article.dataset;
      if (seq === undefined) dress(article);
      else {
        const thinking = thoughtsOf(article);
        replies.follow(article, { text: textOf(article), thinking, seq: Number(seq) });
      }
    }
    unsent.restore();
    sending.updateBusy();
  }

  // What a tab that was closed has left behind.
  found(items) {
    if (!items.length) return;
    const { connection, delivery, room, sending, unsent } = this.#parts;
    unsent.restore(items.filter((each) => each.conversationId === room.conversationId));
    sending.updateBusy();
    if (connection.isOpen) delivery.deliverAll();
  }

  // 2. Whenever the connection (again) stands: what was missed, then what comes, then what waits.
  connected() {
    const { connection, room, transcript, replies, delivery, sending, path } = this.#parts;
    replies.resumeAll();
    if (room.conversationId) {
      connection.send(frames.open(room.conversationId, transcript.lastId));
    }
    delivery.deliverAll();
    // After what waits: that was written under the version that the page shows.
    path.ask();
    for (const reply of replies.unfinished) sending.stopIfWanted(reply.messageId);
  }

  // 3. Frames arrive.
  chunk(chunk) {
    const { room, replies, sending } = this.#parts;
    const isStart = chunk.chunk_type === "start";
    const item = isStart ? sending.acknowledged(chunk) : null;
    if (chunk.conversation_id !== room.conversationId) return;
    if (isStart && !replies.has(chunk.message_id)) this.#meet(chunk, item);
    replies.chunk(chunk);
    if (isStart) sending.stopIfWanted(chunk.message_id);
    sending.updateBusy();
  }

  message(message) {
    if (message.conversation_id !== this.#parts.room.conversationId) return;
    if (message.role === "user") this.#question(message);
    else this.#reply(message);
    this.#parts.sending.updateBusy();
    this.#parts.follower.grown();
  }

  // Another version is shown, here or on another page.
  selected({ conversation_id: conversationId, message_id: messageId, parent_id: parentId, ...more }) {
    const { room, transcript, path } = this.#parts;
    if (conversationId !== room.conversationId || transcript.lastId === more.tip_id) return;
    path.exchange(parentId, { tipId: more.tip_id, messageId });
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

  // A reply that this page has not seen: the answer to our own message, or to another page's.
  #meet({ message_id: messageId, metadata }, item) {
    const { transcript, replies, path } = this.#parts;
    // On the page and not growing: it is complete.
    if (transcript.byId(messageId)) return;
    const { client_id: clientId, user_message_id: questionId, versions } = metadata;
    const own = transcript.byClientId("user", clientId);
    if (own) {
      settle(own, questionId, metadata.user_message_parent_id);
      showVersions(own, metadata.user_message_versions, transcript);
    }
    const waiting = transcript.byClientId("assistant", clientId);
    const question = transcript.byId(questionId);
    // Another page has changed a version: the server knows what is shown now.
    if (!waiting && !(question && transcript.isLast(question))) return path.exchange();
    const article = waiting || transcript.addReply({});
    settle(article, messageId, questionId);
    showVersions(article, versions, transcript);
    // Going on: the first token is the text that the page has already.
    const text = item?.kind === "continue" ? textOf(article) : "";
    replies.follow(article, text ? { text, seq: 1 } : {});
    if (text) replies.began(messageId);
  }

  #question(message) {
    const { transcript, path, unsent } = this.#parts;
    const { id, client_id: clientId, parent_id: parentId, content, versions } = message;
    const known = transcript.byId(id) || transcript.byClientId("user", clientId);
    if (!known && unsent.putAside(message)) return;
    if (!known && !transcript.isNext(parentId)) return path.exchange();
    const article = known || transcript.addQuestion({ messageId: id, clientId, text: content });
    settle(article, id, parentId);
    showVersions(article, versions, transcript);
  }

  #reply(message) {
    const { transcript, replies, path, unsent } = this.#parts;
    const question = message.parent_id && transcript.byId(message.parent_id);
    const clientId = message.client_id ?? question?.dataset.clientId;
    const known = transcript.byId(message.id) || transcript.byClientId("assistant", clientId);
    if (!known && unsent.putAside(message)) return;
    if (!known && !(question && transcript.isLast(question))) return path.exchange();
    const article = known || transcript.addReply({});
    settle(article, message.id, message.parent_id);
    showVersions(article, message.versions, transcript);
    const isNew = !replies.has(message.id);
    if (isNew) replies.follow(article);
    replies.snapshot(message);
    if (isNew) replies.resume(message.id);
  }
}
