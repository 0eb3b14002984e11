// Short-lived notices above the message box: undo after a deletion, or that something failed.

const SHOWN_MS = 10_000;
const AGAIN_MS = 2_000;

export class Notices {
  #place;
  #template;

  constructor(place, template) {
    this.#place = place;
    this.#template = template;
    for (const notice of place.querySelectorAll(".notice-undo[data-act=restore]")) fade(notice);
  }

  undo({ id, title }) {
    this.#clear();
    const notice = this.#template.content.querySelector("form").cloneNode(true);
    notice.action = `/chat/${id}/restore/`;
    notice.querySelector("[data-title]").textContent = title;
    this.#add(notice);
  }

  complain(sentence) {
    this.#clear();
    const notice = document.createElement("p");
    notice.className = "notice";
    notice.dataset.level = "error";
    notice.setAttribute("role", "alert");
    notice.textContent = sentence;
    this.#add(notice);
  }

  // Something was done: what failed before is no news any more.
  settled() {
    this.#place.querySelector("[data-passing][data-level=error]")?.remove();
  }

  #clear() {
    this.#place.querySelector("[data-passing]")?.remove();
  }

  #add(notice) {
    notice.dataset.passing = "";
    this.#place.insertBefore(notice, this.#place.querySelector(".composer"));
    fade(notice);
  }
}

// Not while somebody is about to press its button.
function fade(notice, after = SHOWN_MS) {
  setTimeout(() => {
    if (notice.matches(":hover, :focus-within")) fade(notice, AGAIN_MS);
    else notice.remove();
  }, after);
}
