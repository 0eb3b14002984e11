// The messages on the page: finding, adding, and giving them their names from the server.

export class Transcript {
  #list;
  #blanks;

  constructor(list, template) {
    this.#list = list;
    this.#blanks = template.content;
  }

  get element() {
    return this.#list;
  }

  get lastId() {
    const known = [...this.#list.children].filter((article) => article.dataset.messageId);
    return known.at(-1)?.dataset.messageId ?? null;
  }

  byId(messageId) {
    return this.#list.querySelector(`[data-message-id="${CSS.escape(messageId)}"]`);
  }

  byClientId(role, clientId) {
    const name = CSS.escape(clientId ?? "");
    return name && this.#list.querySelector(`[data-role=${role}][data-client-id="${name}"]`);
  }

  replies() {
    return [...this.#list.querySelectorAll("[data-role=assistant]")];
  }

  addQuestion({ messageId = "", clientId = "", text, pending = false }) {
    const article = this.#blank("user");
    Object.assign(article.dataset, { messageId, clientId: clientId ?? "" });
    article.toggleAttribute("data-pending", pending);
    article.querySelector(".message-body").textContent = text;
    setText(article, text);
    return this.#insert(article);
  }

  addReply({ messageId = "", clientId = "", pending = false }) {
    const article = this.#blank("assistant");
    Object.assign(article.dataset, { messageId, clientId, status: "processing" });
    article.toggleAttribute("data-pending", pending);
    return this.#insert(article);
  }

  // The question a reply answers: what stands before it.
  questionOf(reply) {
    const before = reply.previousElementSibling;
    return before?.dataset.role === "user" ? before : null;
  }

  #blank(role) {
    return this.#blanks.querySelector(`[data-role=${role}]`).cloneNode(true);
  }

  // What is not sent yet stays last.
  #insert(article) {
    const waiting = article.hasAttribute("data-pending")
      ? null
      : this.#list.querySelector("[data-pending]");
    this.#list.insertBefore(article, waiting);
    return article;
  }
}

export function textOf(article) {
  return JSON.parse(article.dataset.text || '""');
}

export function setText(article, text) {
  article.dataset.text = JSON.stringify(text);
}

export function settle(article, messageId) {
  article.dataset.messageId = messageId;
  article.removeAttribute("data-pending");
  delete article.dataset.delivery;
}
