// Finds the colours of code in a thread of its own. In: { id, code, language }. Out: { id, runs },
// runs being [text, class names] in order, or null where the language is not known.

import hljs from "../vendor/highlight/highlight.js";

const NAMES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'" };
const PIECE = /<span class="([^"]*)">|(<\/span>)|([^<]+)/g;

addEventListener("message", ({ data: { id, code, language } }) => {
  const runs = hljs.getLanguage(language) ? runsOf(code, language) : null;
  postMessage({ id, runs });
});

function runsOf(code, language) {
  const { value } = hljs.highlight(code, { language, ignoreIllegals: true });
  const open = [];
  const runs = [];
  for (const [, opened, closed, text] of value.matchAll(PIECE)) {
    if (opened !== undefined) open.push(opened);
    else if (closed) open.pop();
    else runs.push([text.replace(/&[#\w]+;/g, (name) => NAMES[name] ?? name), open.join(" ")]);
  }
  return runs;
}
