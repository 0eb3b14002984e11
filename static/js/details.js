// Fills in what a reply took (templates/chat/_details.html).

import { figures, headline } from "./figures.js";
import { language } from "./phrases.js";

export function showDetails(article, metadata) {
  const details = article.querySelector(".message-details");
  const values = figures(metadata, language());
  details.querySelector(".message-figures").textContent = headline(values);
  details.hidden = !headline(values);
  for (const value of details.querySelectorAll("[data-figure]")) {
    value.textContent = values[value.dataset.figure];
    value.parentElement.hidden = !value.textContent;
  }
}
