// Markdown to nodes: the part of CommonMark and GitHub's tables that models write. HTML stays text, links are http,
// https or mailto, images become links.
import { copy, make } from "./dom.js";

/** Renders into an element; blocks whose source did not change keep their nodes, so that a stream stays cheap. */
export function render(element, source) {
  const blocks = split(source);
  const old = element.blocks ?? [];
  let same = 0;
  while (same < old.length && same < blocks.length && old[same] === blocks[same]) same++;
  while (element.childNodes.length > same) element.lastChild.remove();
  for (const block of blocks.slice(same)) element.append(renderBlock(block));
  element.blocks = blocks;
}

const fence = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const item = /^(\s*)([-*+]|\d{1,9}[.)])(\s+|$)/;
const rule = /^ {0,3}([-*_])( *\1){2,}\s*$/;
const divider = /^ *\|?( *:?-+:? *\|)+( *:?-+:? *)?$/;

/** Sources of top-level blocks. */
function split(source) {
  const blocks = [];
  let lines = [];
  let end = null;
  const flush = () => {
    if (lines.some((line) => line.trim())) blocks.push(lines.join("\n"));
    lines = [];
  };
  for (const line of source.replace(/\r\n?/g, "\n").split("\n")) {
    const mark = line.match(fence);
    if (end) {
      lines.push(line);
      if (mark && mark[1][0] === end[0] && mark[1].length >= end.length && !mark[2].trim()) {
        end = null;
        flush();
      }
    } else if (mark && !(lines.length && item.test(lines[0]) && /^\s/.test(line))) {
      flush();
      lines.push(line);
      end = mark[1];
    } else if (!line.trim()) {
      // A list goes on behind an empty line.
      if (lines.length && item.test(lines[0])) lines.push(line);
      else flush();
    } else {
      const isNew = /^ {0,3}#{1,6}\s/.test(line) || rule.test(line) && !(lines.length && item.test(lines[0]) && item.test(line));
      const first = lines[0] ?? "";
      const startsList = item.test(line) && lines.length && !item.test(first) && !/^\s/.test(line);
      const leavesList = item.test(first) && !lines.at(-1).trim() && !item.test(line) && !/^\s/.test(line);
      const leavesHeading = /^ {0,3}#{1,6}\s/.test(first);
      const quotes = line.startsWith(">") !== first.startsWith(">") && lines.length > 0;
      if (isNew || startsList || leavesList || leavesHeading || quotes) flush();
      lines.push(line);
    }
  }
  flush();
  return blocks;
}

function renderBlock(source) {
  const lines = source.split("\n");
  const mark = lines[0].match(fence);
  if (mark) return code(lines, mark);
  const heading = source.match(/^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/);
  if (heading) return make(`h${Math.min(heading[1].length + 2, 6)}`, {}, ...inline(heading[2]));
  if (rule.test(source)) return make("hr");
  if (source.startsWith(">")) {
    const quote = make("blockquote");
    render(quote, lines.map((line) => line.replace(/^> ?/, "")).join("\n"));
    return quote;
  }
  if (item.test(lines[0])) return list(lines);
  if (lines.length > 1 && lines[0].includes("|") && divider.test(lines[1])) return table(lines);
  return make("p", {}, ...paragraph(source));
}

function code(lines, mark) {
  const last = lines.at(-1).match(fence);
  const isClosed = lines.length > 1 && last && last[1][0] === mark[1][0] && !last[2].trim();
  const text = lines.slice(1, isClosed ? -1 : undefined).join("\n");
  const language = mark[2].trim().split(/\s/)[0];
  return make("div", { class: "code" },
    make("div", { class: "bar" }, make("span", {}, language || "code"),
      make("button", { type: "button", class: "small", onclick: () => copy(text) }, "Copy code")),
    make("pre", { tabindex: "0", role: "region", "aria-label": `Code ${language}` }, make("code", {}, text)));
}

function list(lines) {
  const [, indent, marker] = lines[0].match(item);
  const isOrdered = /\d/.test(marker);
  const items = [];
  for (const line of lines) {
    const found = line.match(item);
    if (found && found[1].length <= indent.length + 1) items.push([line.slice(found[0].length)]);
    else items.at(-1).push(line);
  }
  const result = make(isOrdered ? "ol" : "ul", isOrdered && parseInt(marker) !== 1 ? { start: parseInt(marker) } : {});
  for (const [first, ...rest] of items) {
    const entry = make("li");
    const shift = Math.min(...rest.filter((line) => line.trim()).map((line) => line.match(/^\s*/)[0].length), 99);
    const inner = rest.map((line) => line.slice(shift)).join("\n");
    if (!inner.trim()) entry.append(...inline(first));
    else render(entry, `${first}\n${inner}`);
    result.append(entry);
  }
  return result;
}

function table(lines) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, "|"));
  const row = (line, tag, more) => make("tr", {}, ...cells(line).map((cell) => make(tag, more, ...inline(cell))));
  return make("div", { class: "scroll" }, make("table", {},
    make("thead", {}, row(lines[0], "th", { scope: "col" })),
    make("tbody", {}, ...lines.slice(2).map((line) => row(line, "td", {})))));
}

/** Lines of a paragraph: two spaces or a backslash at the end break the line. */
function paragraph(source) {
  return source.split(/(?: {2,}|\\)\n/).flatMap((line, index) =>
    index ? [make("br"), ...inline(line)] : inline(line));
}

const marks = [
  [/^(`+)(.+?)(?<!`)\1(?!`)/s, (found) => make("code", {}, found[2].trim())],
  [/^\*\*(?=\S)(.+?)(?<=\S)\*\*/s, (found) => make("strong", {}, ...inline(found[1]))],
  [/^__(?=\S)(.+?)(?<=\S)__(?!\w)/s, (found) => make("strong", {}, ...inline(found[1]))],
  [/^\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?!\*)/s, (found) => make("em", {}, ...inline(found[1]))],
  [/^_(?=\S)(.+?)(?<=\S)_(?!\w)/s, (found) => make("em", {}, ...inline(found[1]))],
  [/^~~(?=\S)(.+?)(?<=\S)~~/s, (found) => make("del", {}, ...inline(found[1]))],
  [/^!?\[([^\[\]]*)\]\(\s*<?([^\s()<>]*)>?(?:\s+"[^"]*")?\s*\)/, (found) => link(found[2], found[1] || found[2])],
  [/^<?(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])>?/, (found) => link(found[1], found[1])],
];

function link(address, text) {
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return document.createTextNode(text);
  return make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** Nodes of a text within a block. */
function inline(text) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(plain);
    plain = "";
  };
  for (let place = 0; place < text.length;) {
    const rest = text.slice(place, place + 5000);
    if (rest[0] === "\\" && /[!-/:-@[-`{-~]/.test(rest[1] ?? "")) {
      plain += rest[1];
      place += 2;
      continue;
    }
    const isInWord = /\w/.test(text[place - 1] ?? "");
    const found = "`*_~![<h".includes(rest[0]) && !(isInWord && (/^[_h]/.test(rest) || /^\*[^*]/.test(rest)))
      ? marks.map(([mark, node]) => [rest.match(mark), node]).find(([match]) => match) : null;
    if (found) {
      flush();
      nodes.push(found[1](found[0]));
      place += found[0][0].length;
    } else {
      plain += rest[0];
      place++;
    }
  }
  flush();
  return nodes;
}
