// The markdown this chat speaks, as HTML text. The same rules as chat/markdown.py: HTML is
// shown as text (only a line break counts), images become links, addresses are http or mail.

import { Marked } from "../vendor/marked/marked.js";

export const SAFE_LINK = /^(https?:|mailto:)/i;
const LANGUAGE = /^[\w+#.-]{1,30}/;
const LINE_BREAK = /^<br\s*\/?>/i;
const NAMES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export const dialect = new Marked({
  gfm: true,
  tokenizer: {
    html: () => undefined,
    tag(source) {
      const match = LINE_BREAK.exec(source);
      return match ? { type: "br", raw: match[0] } : undefined;
    },
  },
  renderer: {
    code: ({ text, lang }) => codeHtml(text, LANGUAGE.exec(lang ?? "")?.[0] ?? ""),
    image: ({ raw, href, title, text }) =>
      SAFE_LINK.test(href) ? linkHtml(href, title, escapeHtml(text || href)) : escapeHtml(raw),
    link({ raw, href, title, tokens }) {
      if (!SAFE_LINK.test(href)) return escapeHtml(raw);
      return linkHtml(href, title, this.parser.parseInline(tokens));
    },
    table(token) {
      return tableHtml(token, (tokens) => this.parser.parseInline(tokens));
    },
  },
});

function escapeHtml(text) {
  return text.replace(/[&<>"]/g, (character) => NAMES[character]);
}

function codeHtml(text, language) {
  return (
    `<figure class="code"><figcaption><span class="code-language">${language}</span>` +
    `</figcaption><pre><code>${escapeHtml(text)}</code></pre></figure>\n`
  );
}

function linkHtml(href, title, label) {
  const hint = title ? ` title="${escapeHtml(title)}"` : "";
  return (
    `<a href="${escapeHtml(href)}"${hint} target="_blank"` +
    ` rel="noopener noreferrer nofollow">${label}</a>`
  );
}

function tableHtml({ header, rows }, inline) {
  const cell = ({ tokens, align }, tag) =>
    `<${tag}${align ? ` align="${align}"` : ""}>${inline(tokens)}</${tag}>`;
  const row = (cells, tag) => `<tr>${cells.map((each) => cell(each, tag)).join("")}</tr>`;
  const body = rows.length ? `<tbody>${rows.map((each) => row(each, "td")).join("")}</tbody>` : "";
  return `<div class="table"><table><thead>${row(header, "th")}</thead>${body}</table></div>\n`;
}
