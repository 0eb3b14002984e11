// Which conversation this page is about. A new one gets its address from its first message.

export class Room {
  #element;

  constructor(element) {
    this.#element = element;
  }

  get person() {
    return this.#element.dataset.person;
  }

  get conversationId() {
    return this.#element.dataset.conversationId || null;
  }

  // Who is to answer in a new conversation; undefined: whoever answers where nobody is chosen.
  get assistantId() {
    return (!this.conversationId && this.#element.dataset.assistantId) || undefined;
  }

  enter(conversationId) {
    const address = `/chat/${conversationId}/`;
    this.#element.dataset.conversationId = conversationId;
    history.replaceState(null, "", address);
    document.getElementById("composer").action = `${address}send/`;
    const menu = document.getElementById("menu");
    for (const part of menu.querySelectorAll("[data-path]")) {
      const target = address + part.dataset.path;
      if (part instanceof HTMLFormElement) part.action = target;
      else part.href = target;
    }
    menu.hidden = false;
  }

  rename(title) {
    document.getElementById("title").textContent = title;
    const box = document.getElementById("rename");
    // What is being typed there stays.
    if (box.value === box.defaultValue) box.value = title;
    box.defaultValue = title;
    document.title = `${title} · Rivulet`;
  }
}
