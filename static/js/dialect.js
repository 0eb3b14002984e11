// The markdown this chat speaks, as HTML text. The same rules as chat/markdown.py: HTML is
// shown as text (only a line break counts), images become links, addresses are http or mail,
// formulas stand as TeX in a <code> that `maths.js` replaces.

import { Lexer, Marked, Tokenizer } from "../vendor/marked/marked.js";
import { displayMath, firstMath, inlineMath } from "./math-syntax.js";

export const SAFE_LINK = /^(https?:|mailto:)/i;
const LANGUAGE = /^[\w+#.-]{1,30}/;
const LINE_BREAK = /^<br\s*\/?>/i;
const NAMES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const TABLE_BEFORE_LIST =
  /^([^\n]+\n(?:[-:| \t]+\n(?:[^\n]+\n)*?)??) {0,3}(?:[*+-]|\d{1,9}[.)])(?![^ \t\n])/;
// JavaScript takes these for line ends. To markdown's blocks they are characters like others:
// noncharacters stand in for them while blocks are told apart.
const STAND_INS = { "\u2028": "\ufdd0", "\u2029": "\ufdd1" };
const SEPARATORS = { "\ufdd0": "\u2028", "\ufdd1": "\u2029" };

const mathBlock = {
  name: "mathBlock",
  level: "block",
  start: (source) => source.search(/\n {0,3}(?:\$\$|\\\[)/) + 1 || undefined,
  tokenizer(source) {
    const found = displayMath(source);
    return found && { type: "mathBlock", ...found };
  },
  renderer: ({ tex, isOpen }) =>
    `<code class="${isOpen ? "" : "math "}math-block">${escapeHtml(tex)}</code>\n`,
};

const mathInline = {
  name: "mathInline",
  level: "inline",
  start: (source) => firstMath(source),
  tokenizer(source, tokens) {
    const found = inlineMath(source, tokens.at(-1)?.raw.at(-1));
    return found && { type: "mathInline", ...found };
  },
  renderer: ({ tex, display }) =>
    `<code class="math${display ? " math-block" : ""}">${escapeHtml(tex)}</code>`,
};

export const dialect = new Marked({
  gfm: true,
  extensions: [mathBlock, mathInline],
  tokenizer: {
    html: () => undefined,
    tag(source) {
      const match = LINE_BREAK.exec(source);
      return match ? { type: "br", raw: match[0] } : undefined;
    },
    // Every list ends a table; the parser by itself makes rows of "-" and of "2. two".
    table(source) {
      const table = TABLE_BEFORE_LIST.exec(source)?.[1];
      return table ? Tokenizer.prototype.table.call(this, table) : false;
    },
  },
  renderer: {
    // "#" alone is what a heading begins with, and what a stopped answer may end with.
    heading({ tokens, depth }) {
      const label = this.parser.parseInline(tokens);
      return label.trim() ? `<h${depth}>${label}</h${depth}>\n` : "";
    },
    code: ({ text, lang }) => codeHtml(text, languageOf(lang)),
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

class TextLexer extends Lexer {
  inlineTokens(source, tokens) {
    return super.inlineTokens(withSeparators(source), tokens);
  }
}

// `links`: definitions ("[name]: address") that stand elsewhere in the text; new ones are added.
export function lex(source, links = {}) {
  const lexer = new TextLexer(dialect.defaults);
  lexer.tokens.links = links;
  return lexer.lex(withStandIns(source));
}

export function languageOf(info) {
  return LANGUAGE.exec(info ?? "")?.[0] ?? "";
}

function withStandIns(text) {
  return text.replace(/[\u2028\u2029]/g, (separator) => STAND_INS[separator]);
}

function withSeparators(text) {
  return text.replace(/[\ufdd0\ufdd1]/g, (standIn) => SEPARATORS[standIn]);
}

function escapeHtml(text) {
  return withSeparators(text).replace(/[&<>"]/g, (character) => NAMES[character]);
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
