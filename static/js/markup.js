// Markdown tokens to DOM in which nothing runs: the second wall behind the dialect.

import DOMPurify from "../vendor/dompurify/dompurify.js";
import { SAFE_LINK, dialect } from "./dialect.js";

const ALLOWED = {
  ALLOWED_TAGS: [
    "h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote",
    "a", "em", "strong", "del", "code", "pre", "span",
    "ul", "ol", "li", "input", "figure", "figcaption", "div",
    "table", "thead", "tbody", "tr", "th", "td",
  ],
  ALLOWED_ATTR: [
    "href", "title", "target", "rel", "class", "start", "align", "type", "checked", "disabled",
  ],
  ALLOWED_URI_REGEXP: SAFE_LINK,
  // The others carry no address, so the rule for addresses is not theirs.
  ADD_URI_SAFE_ATTR: ["target", "rel", "start", "align", "type", "checked", "disabled"],
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

export function toFragment(tokens) {
  return DOMPurify.sanitize(dialect.parser(tokens), ALLOWED);
}
