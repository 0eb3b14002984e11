// Says that the connection is gone: late, because most breaks heal by themselves, and quietly.

import { phrase } from "./phrases.js";

const LATE_MS = 2_500;

export function showConnection(connection, element) {
  let timer = null;

  const show = () => {
    if (connection.isOpen) return;
    element.textContent = phrase(navigator.onLine ? "reconnecting" : "offline");
  };
  const wait = () => {
    timer ??= setTimeout(show, LATE_MS);
  };
  const clear = () => {
    clearTimeout(timer);
    timer = null;
    element.textContent = "";
  };

  connection.addEventListener("open", clear);
  connection.addEventListener("closed", wait);
  addEventListener("offline", () => element.textContent && show());
  addEventListener("online", () => element.textContent && show());
  wait();
}
