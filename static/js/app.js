// The page of a conversation: makes the parts and connects them.

import { Announcer } from "./announcer.js";
import { Composer } from "./composer.js";
import { showConnection } from "./connection-status.js";
import { Conversation } from "./conversation.js";
import { copyButtons } from "./copy.js";
import { Delivery } from "./delivery.js";
import { closingDrawer, closingMenu } from "./menu.js";
import { Outbox } from "./outbox.js";
import { Replies } from "./replies.js";
import { Room } from "./room.js";
import { Follower } from "./scroll.js";
import { Sidebar } from "./sidebar.js";
import { Connection } from "./socket.js";
import { Transcript, textOf } from "./transcript.js";

const byId = (id) => document.getElementById(id);

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const connection = new Connection(`${scheme}//${location.host}/ws/chat/`);
const room = new Room(byId("room"));
const outbox = new Outbox(sessionStorage, room.person);
const delivery = new Delivery(connection, outbox);
const transcript = new Transcript(byId("messages"), byId("message-template"));
const follower = new Follower(byId("thread"), byId("jump"));
const replies = new Replies(connection, () => follower.grown());
const composer = new Composer(byId("composer"));
const sidebar = new Sidebar(byId("conversations"), byId("conversation-template"));
const announcer = new Announcer(byId("announcer"));
const conversation = new Conversation({
  room, connection, outbox, delivery, transcript, replies, composer, follower, sidebar,
});

composer.addEventListener("send", ({ detail }) => conversation.send(detail));
composer.addEventListener("stop", () => conversation.stop());
delivery.addEventListener("sent", ({ detail }) => conversation.sent(detail.item));
delivery.addEventListener("waiting", ({ detail }) => conversation.waiting(detail.item));
delivery.addEventListener("refused", ({ detail }) => conversation.refused(detail.item));
replies.addEventListener("started", () => announcer.started());
replies.addEventListener("finished", ({ detail }) => announcer.finished(detail));

const doors = {
  stream: (frame) => conversation.chunk(frame),
  message: (frame) => conversation.message(frame.message),
  conversation: (frame) => conversation.renamed(frame.conversation),
  error: (frame) => conversation.error(frame),
};
connection.addEventListener("open", () => conversation.connected());
connection.addEventListener("frame", ({ detail }) => doors[detail.type]?.(detail));

copyButtons(transcript.element, (button) => textOf(button.closest(".message")));
transcript.element.addEventListener("submit", (event) => {
  event.preventDefault();
  conversation.again(event.target.closest(".message"));
});
document.addEventListener("click", ({ target }) => {
  const example = target.closest("[data-example]");
  if (example) composer.fill(example.textContent);
});
closingMenu(byId("menu"));
closingDrawer(byId("sidebar"));
showConnection(connection, byId("connection"));

for (const name of ["online", "pageshow"]) addEventListener(name, () => connection.wake());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) connection.wake();
});

conversation.takeOver();
follower.toEnd();
if (matchMedia("(pointer: fine)").matches) composer.focus();
connection.connect();
