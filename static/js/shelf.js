// The conversations beside the one that is open: their list, search, menus, and what is done
// with them here or on another page of the same person.

import { Actions } from "./actions.js";
import { ItemMenu } from "./item-menu.js";
import { showState } from "./menu.js";
import { Notices } from "./notices.js";
import { phrase } from "./phrases.js";
import { Sidebar } from "./sidebar.js";
import { SidebarSearch } from "./sidebar-search.js";

const byId = (id) => document.getElementById(id);

export class Shelf {
  #room;
  #menu = byId("menu");
  #notices = new Notices(document.querySelector(".dock"), byId("undo-template"));
  #day = new Date().toDateString();
  #isConnected = false;

  constructor(room) {
    this.#room = room;
    const list = byId("conversations");
    this.sidebar = new Sidebar(list, byId("conversation-template"));
    const actions = new Actions(document);
    actions.addEventListener("done", ({ detail }) => this.#done(detail));
    actions.addEventListener("failed", ({ detail: { sentence } }) =>
      this.#notices.complain(sentence ?? phrase("actionFailed")),
    );
    new ItemMenu(list, byId("item-menu"), actions);
    new SidebarSearch({
      form: byId("search"), found: byId("found"), list, status: byId("search-status"),
    });
    document.addEventListener("visibilitychange", () => this.#looked());
  }

  // The connection stands: what happened while it was away is not told again.
  connected() {
    if (this.#isConnected) this.sidebar.refresh();
    this.#isConnected = true;
  }

  // A `conversation` frame, or the answer to what was done here.
  heard(conversation) {
    const isCurrent = conversation.id === this.#room.conversationId;
    this.sidebar.update(conversation, { isCurrent });
    if (!isCurrent) return;
    if (conversation.deleted) location.assign(`/chat/?deleted=${conversation.id}`);
    else {
      this.#room.rename(conversation.title);
      showState(this.#menu, conversation);
    }
  }

  complain(sentence) {
    this.#notices.complain(sentence);
  }

  #done({ act, conversation, form }) {
    const isCurrent = conversation.id === this.#room.conversationId;
    this.#notices.settled();
    this.heard(conversation);
    // Its box has the title as it is kept.
    if (act === "rename") form?.reset();
    if (act === "delete" && !isCurrent) this.#notices.undo(conversation);
    if (act === "archive" && isCurrent) location.reload();
    if (act !== "restore") return;
    form.remove();
    if (!this.#room.conversationId) location.assign(`/chat/${conversation.id}/`);
  }

  #looked() {
    if (document.hidden || this.#day === new Date().toDateString()) return;
    this.#day = new Date().toDateString();
    this.sidebar.refresh();
  }
}
