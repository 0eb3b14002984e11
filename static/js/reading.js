// A page of messages to read and nothing to send: formulas, code and its copy buttons.

import { copyButtons } from "./copy.js";
import { dress } from "./dress.js";

for (const article of document.querySelectorAll(".message[data-role=assistant]")) dress(article);
copyButtons(document, () => "");
