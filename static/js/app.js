// The page of a conversation: makes the parts and connects them.

import { Announcer } from "./announcer.js";
import { answers } from "./answers.js";
import { showBudget } from "./budget.js";
import { Composer } from "./composer.js";
import { showConnection } from "./connection-status.js";
import { Conversation } from "./conversation.js";
import { copyButtons } from "./copy.js";
import { Delivery } from "./delivery.js";
import { DraftKeeper } from "./draft-keeper.js";
import { Drafts } from "./drafts.js";
import { dress } from "./dress.js";
import { EarlierMessages } from "./earlier.js";
import { showFound } from "./found.js";
import { closingDetails, closingDrawer, closingMenu } from "./menu.js";
import { Outbox, tabName } from "./outbox.js";
import { pageShortcuts } from "./page-shortcuts.js";
import { Path } from "./path.js";
import { ReadAloud } from "./read-aloud.js";
import { Replies } from "./replies.js";
import { Room } from "./room.js";
import { Follower } from "./scroll.js";
import { Sending } from "./sending.js";
import { Shelf } from "./shelf.js";
import { Connection } from "./socket.js";
import { Transcript, textOf } from "./transcript.js";
import { Unsent } from "./unsent.js";

const byId = (id) => document.getElementById(id);

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const room = new Room(byId("room"));
// Somebody else may sign in while this page is left open.
const address = `${scheme}//${location.host}/ws/chat/?person=${room.person}`;
const connection = new Connection(address, {
  storage: sessionStorage, here: () => room.conversationId,
});
const outbox = new Outbox(localStorage, room.person, tabName(sessionStorage));
const delivery = new Delivery(connection, outbox);
const transcript = new Transcript(byId("messages"), byId("message-template"));
const follower = new Follower(byId("thread"), byId("jump"));
const replies = new Replies(connection, () => follower.grown());
const composer = new Composer(byId("composer"));
const shelf = new Shelf(room);
const announcer = new Announcer(byId("announcer"), byId("alarm"));
const parts = {
  room, connection, outbox, delivery, transcript, replies, composer, follower, announcer,
  sidebar: shelf.sidebar,
};
parts.unsent = new Unsent(parts);
parts.sending = new Sending(parts, parts.unsent);
parts.path = new Path(parts);
const { sending } = parts;
const conversation = new Conversation(parts);

const keeper = new DraftKeeper(byId("message"), new Drafts(localStorage, room.person), room);
composer.addEventListener("typed", () => keeper.save());
composer.addEventListener("send", ({ detail }) => sending.send(detail));
composer.addEventListener("stop", () => sending.stop());
delivery.addEventListener("sent", ({ detail }) => sending.sent(detail.item));
delivery.addEventListener("waiting", ({ detail }) => sending.waiting(detail.item));
delivery.addEventListener("refused", ({ detail }) => sending.refused(detail.item));
answers(parts, { template: byId("editor-template"), box: byId("message") });
replies.addEventListener("started", () => announcer.started());
replies.addEventListener("finished", ({ detail }) => announcer.finished(detail));
replies.addEventListener("finished", ({ detail }) => {
  showBudget(document.getElementById("budget"), detail.metadata.budget);
});

const doors = {
  stream: (frame) => conversation.chunk(frame),
  message: (frame) => conversation.message(frame.message),
  conversation: (frame) => shelf.heard(frame.conversation),
  select: (frame) => conversation.selected(frame),
  error: (frame) => conversation.error(frame),
};
connection.addEventListener("open", () => {
  // Opened from the device: the server is asked for the page before anything goes out.
  if (!document.documentElement.dataset.kept) connected();
  else freshen();
});
connection.addEventListener("frame", ({ detail }) => doors[detail.type]?.(detail));

async function freshen() {
  const { current } = await import("./freshen.js");
  if (await current(parts)) connected();
}

function connected() {
  conversation.connected();
  shelf.connected();
}

copyButtons(transcript.element, (button) => textOf(button.closest(".message")));
document.addEventListener("click", (event) => {
  const example = event.target.closest("[data-example]");
  if (!example) return;
  event.preventDefault();
  composer.fill(example.textContent);
});
closingDetails();
closingMenu(byId("menu"));
closingDrawer(byId("sidebar"));
showConnection(connection, room, byId("connection"));
const aloud = new ReadAloud(transcript.element, byId("speech"));
const stop = () => sending.stop();
pageShortcuts(byId("shortcuts"), { composer, transcript, announcer, aloud, stop });

for (const name of ["online", "offline", "pageshow"]) addEventListener(name, () => connection.wake());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) connection.wake();
});

composer.restore(keeper.draft);
conversation.takeOver();
if (showFound(transcript)) follower.stay(0);
else follower.toEnd();
new EarlierMessages(transcript.element, byId("thread"), dress);
if (matchMedia("(pointer: fine)").matches) composer.focus();
connection.connect();

async function later() {
  try {
    const { begin } = await import("./device.js");
    begin({ ...parts, keeper, shelf, conversation });
  } catch {
    // The connection went in this moment.
    addEventListener("online", later, { once: true });
  }
}
if (document.readyState === "complete") later();
else addEventListener("load", later, { once: true });
