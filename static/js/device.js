// What is on the device beside the page: loaded when the page itself stands.

import { Keeping } from "./keeping.js";
import { askBeforeLeaving, whenLeft } from "./leaving.js";
import { LeftBehind } from "./left-behind.js";
import { rememberZone } from "./zone.js";

export function begin({ room, connection, outbox, replies, path, keeper, shelf, conversation }) {
  const keeping = new Keeping(room, connection);
  for (const name of ["started", "finished"]) {
    replies.addEventListener(name, () => keeping.changed());
  }
  path.addEventListener("exchanged", () => keeping.changed());
  connection.addEventListener("open", () => keeping.connected());
  connection.addEventListener("frame", ({ detail: { type, conversation: told } }) => {
    if (type === "conversation") keeping.heard(told);
  });
  if (connection.isOpen) keeping.connected();
  if (replies.unfinished.length) keeping.changed();

  // Dates were told in another zone. The first question for it takes the browser long.
  if (rememberZone()) shelf.sidebar.refresh();

  const leftBehind = new LeftBehind(outbox);
  outbox.addEventListener("changed", () => leftBehind.update());
  leftBehind.update();
  leftBehind.collect().then((found) => conversation.found(found));
  // Gone back to, maybe before this was loaded: another page of this tab may have left something.
  const adopt = () => conversation.found(outbox.adopt(outbox.key));
  addEventListener("pageshow", ({ persisted }) => persisted && adopt());
  adopt();

  whenLeft(() => {
    keeper.forget();
    outbox.forget();
  });
  const form = document.getElementById("leave");
  askBeforeLeaving(form, outbox, (words) => shelf.complain(words));
}
