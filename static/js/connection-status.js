// Says that the connection is gone: late, because most breaks heal by themselves, and quietly.
// Where there is no network, and on a page that was opened from the device, it says so at once.
// The attribute data-open says to whoever watches the page that it stands.

import { phrase } from "./phrases.js";

const LATE_MS = 3_000;

export function showConnection(connection, room, element) {
  const root = document.documentElement;
  let timer = null;

  const say = (state, words) => {
    if (state) root.dataset.connection = state;
    else delete root.dataset.connection;
    // Said again it would be heard again.
    if (element.textContent !== words) element.textContent = words;
  };
  const show = () => {
    if (connection.isOpen) return;
    // Of a new conversation nothing was seen.
    if (root.dataset.kept && room.conversationId) say("offline", phrase("offlineKept"));
    else if (root.dataset.kept) say("offline", phrase("offline"));
    else if (navigator.onLine) say("reconnecting", phrase("reconnecting"));
    else say("offline", phrase("offline"));
  };
  const wait = () => {
    timer ??= setTimeout(show, LATE_MS);
  };
  const clear = () => {
    clearTimeout(timer);
    timer = null;
    say("", "");
  };

  connection.addEventListener("open", () => {
    element.toggleAttribute("data-open", true);
    clear();
  });
  // Without a socket, and answers are held back on the way.
  connection.addEventListener("slow", ({ detail: isSlow }) => {
    if (connection.isOpen) say("", isSlow ? phrase("slow") : "");
  });
  connection.addEventListener("closed", () => {
    element.toggleAttribute("data-open", false);
    if (navigator.onLine) wait();
    else show();
  });
  // An open connection is asked whether it lives (app.js).
  addEventListener("offline", show);
  addEventListener("online", () => element.textContent && show());
  if (root.dataset.kept) show();
  else wait();
}
