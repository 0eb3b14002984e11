// The list of conversations: the one that something happened in comes first.

export class Sidebar {
  #list;
  #template;

  constructor(list, template) {
    this.#list = list;
    this.#template = template;
  }

  update({ id, title }, { isCurrent }) {
    const link = this.#find(id) ?? this.#create(id);
    link.textContent = title;
    link.title = title;
    if (isCurrent) this.mark(id);
    const item = link.parentElement;
    if (item !== this.#list.firstElementChild) this.#list.prepend(item);
  }

  mark(id) {
    this.#list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    this.#find(id)?.setAttribute("aria-current", "page");
  }

  #find(id) {
    return this.#list.querySelector(`[data-conversation-id="${CSS.escape(id)}"]`);
  }

  #create(id) {
    const item = this.#template.content.querySelector("li").cloneNode(true);
    const link = item.querySelector("a");
    link.dataset.conversationId = id;
    link.href = `/chat/${id}/`;
    this.#list.prepend(item);
    return link;
  }
}
