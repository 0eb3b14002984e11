// The messages on the page: finding, adding, and giving them their names from the server.

// What only some messages have.
const PARTS = ".versions, .message-comment";

export class Transcript {
  #list;
  #blanks;

  constructor(list, template) {
    this.#list = list;
    this.#blanks = template.content;
    // Not ":has(.message)": browsers then look through a whole answer whenever it grows.
    const note = () => list.parentElement.toggleAttribute("data-begun", this.#isBegun);
    new MutationObserver(note).observe(list, { childList: true });
  }

  get element() {
    return this.#list;
  }

  get #isBegun() {
    return this.#list.querySelector(":scope > .message") !== null;
  }

  get lastId() {
    const known = [...this.#list.children].filter((article) => article.dataset.messageId);
    return known.at(-1)?.dataset.messageId ?? null;
  }

  get lastQuestion() {
    return [...this.#list.querySelectorAll("[data-role=user]")].at(-1) ?? null;
  }

  get firstId() {
    return this.#list.querySelector("[data-message-id]")?.dataset.messageId ?? null;
  }

  byId(messageId) {
    return this.#list.querySelector(`[data-message-id="${CSS.escape(messageId)}"]`);
  }

  byClientId(role, clientId) {
    const name = CSS.escape(clientId ?? "");
    return name && this.#list.querySelector(`[data-role=${role}][data-client-id="${name}"]`);
  }

  isOnPage(clientId) {
    return ["user", "assistant"].some((role) => this.byClientId(role, clientId));
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
    // Where the focus goes when what was pressed is gone.
    article.tabIndex = -1;
    article.toggleAttribute("data-pending", pending);
    return this.#insert(article);
  }

  // Whether nothing but what is not sent yet comes after it.
  isLast(article) {
    return article.dataset.messageId === this.lastId;
  }

  // Whether a message with this parent comes after what is here.
  isNext(parentId) {
    return (parentId ?? null) === this.lastId;
  }

  // Take away what comes after this message, all of it where there is no such message.
  cutAfter(messageId) {
    const cut = this.after(messageId);
    for (const article of cut) article.remove();
    return cut;
  }

  after(messageId) {
    const articles = [...this.#list.querySelectorAll(".message")];
    const index = articles.findIndex((each) => messageId && each.dataset.messageId === messageId);
    return articles.slice(index + 1);
  }

  // One of the parts that only some messages have.
  part(role, selector) {
    return this.#blanks.querySelector(`[data-role=${role}] ${selector}`).cloneNode(true);
  }

  #blank(role) {
    const article = this.#blanks.querySelector(`[data-role=${role}]`).cloneNode(true);
    for (const part of article.querySelectorAll(PARTS)) part.remove();
    return article;
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

export function settle(article, messageId, parentId) {
  article.id = `m-${messageId}`;
  Object.assign(article.dataset, { messageId, parentId: parentId ?? "" });
  const edit = article.querySelector("a[data-act=edit]");
  if (edit) edit.href = `edit/${messageId}/`;
  article.removeAttribute("data-pending");
  delete article.dataset.delivery;
}
