// What can be done with what was said: edit, regenerate, continue, go between versions, judge.

import { Editor } from "./editor.js";
import { Feedback } from "./feedback.js";
import { arrowUpEdits, messageActions } from "./message-actions.js";
import { phrase } from "./phrases.js";

export function answers(parts, { template, box }) {
  const { transcript, composer, sending, unsent, path, announcer } = parts;
  const editor = new Editor(template, composer);
  const feedback = new Feedback(parts);

  const edit = (question) => {
    if (question.dataset.messageId && !composer.isBusy) editor.open(question);
  };
  // What gives way to another version may hold the editor.
  const anew = (wish) => (reply) => {
    wish(reply);
    editor.look();
  };
  messageActions(transcript.element, {
    edit,
    regenerate: anew((reply) => sending.regenerate(reply)),
    continue: anew((reply) => sending.goOn(reply)),
    rate: (reply, button) => feedback.rate(reply, button),
    comment: (reply) => feedback.comment(reply),
    select: (_, button) => {
      // A page that has just come is connecting, and that takes no time worth a word.
      if (!path.select(button) && !navigator.onLine) composer.complain(phrase("offline"));
    },
  });
  arrowUpEdits(box, () => {
    const last = transcript.lastQuestion;
    if (last) edit(last);
  });
  editor.addEventListener("edited", ({ detail: { question, text } }) =>
    sending.edit(question, text),
  );
  unsent.addEventListener("returned", ({ detail: { question, text } }) =>
    editor.open(question, { text }),
  );
  editor.addEventListener("lost", ({ detail: { text } }) => composer.putBack(text));
  path.addEventListener("exchanged", ({ detail: { label } }) => {
    editor.look();
    if (label) announcer.say(label);
  });
}
