// What the shortcuts do on the page of a conversation.

import { copy } from "./copy.js";
import { phrase } from "./phrases.js";
import { Shortcuts } from "./shortcuts.js";
import { textOf } from "./transcript.js";

export function pageShortcuts(sheet, { composer, transcript, announcer, aloud, stop }) {
  const lastReply = () => transcript.replies().findLast((each) => each.dataset.status !== "processing");

  async function copied(text) {
    if (text && (await copy(text))) announcer.say(phrase("copied"));
  }

  return new Shortcuts(sheet, {
    box: () => composer.focus(),
    stop: () => (composer.isBusy ? stop() : false),
    new: () => document.querySelector(".sidebar-new, .topbar-new").click(),
    copyAnswer: () => copied(lastReply() && textOf(lastReply())),
    copyCode: () => copied([...transcript.element.querySelectorAll(".code code")].at(-1)?.textContent),
    readAloud: () => aloud.toggle(transcript.replies().at(-1)),
    sidebar: toggleSidebar,
    search: focusSearch,
  });
}

function toggleSidebar() {
  const sidebar = document.getElementById("sidebar");
  const isDrawer = getComputedStyle(document.querySelector(".topbar-menu")).display !== "none";
  if (isDrawer) sidebar.togglePopover();
  else sidebar.querySelector("a, button").focus();
}

function focusSearch() {
  const box = document.querySelector("#search input[type=search], #search input");
  if (!box) return false;
  const sidebar = document.getElementById("sidebar");
  if (!box.checkVisibility() && !sidebar.matches(":popover-open")) sidebar.showPopover();
  box.focus();
  return true;
}
