// The conversation: streaming, stop, regenerate, edit.
import { events, post } from "./api.js";
import { $, copy, make, say, warn } from "./dom.js";
import { render } from "./markdown.js";
import * as store from "./store.js";

let chat = store.create();
let running = null; // an AbortController while an answer comes

const numbers = ["temperature", "top_p", "top_k", "min_p", "repeat_penalty", "max_tokens", "seed"];

function request() {
  const system = store.settings.get("system").trim();
  const messages = chat.messages.filter((message) => !message.failure || message.content)
    .map(({ role, content }) => ({ role, content }));
  const body = { model: $("chat-model").value, stream: true, messages: system ? [{ role: "system", content: system }, ...messages] : messages };
  for (const name of numbers) {
    const value = store.settings.get(name);
    if (value !== "") body[name] = Number(value);
  }
  return body;
}

/** Asks for the answer to the last message. */
async function answer() {
  const message = { role: "assistant", content: "" };
  const body = request();
  chat.messages.push(message);
  running = new AbortController();
  const view = draw(message);
  showRunning();
  say("Answering");
  let isDue = false;
  const show = () => {
    isDue = false;
    const follows = atEnd();
    view.update();
    if (follows) scrollToEnd();
  };
  try {
    const response = await post("v1/chat/completions", body, running.signal);
    for await (const event of events(response)) {
      const delta = event.choices?.[0]?.delta ?? {};
      if (delta.reasoning_content) message.reasoning = (message.reasoning ?? "") + delta.reasoning_content;
      if (delta.content) message.content += delta.content;
      if (event.choices?.[0]?.finish_reason === "length") message.failure = "The answer was cut: its tokens, or the context, are used up.";
      if (!isDue) {
        isDue = true;
        requestAnimationFrame(show);
      }
    }
    say("The answer is complete");
  } catch (error) {
    message.failure = error.name === "AbortError" ? "Stopped." : error.message;
    say(message.failure);
  }
  running = null;
  show();
  keep();
  showRunning();
  drawAll();
}

function keep() {
  try {
    store.save(chat);
  } catch (error) {
    warn(error.message);
  }
  drawList();
}

function send(text) {
  if (running || !text.trim()) return;
  if (!$("chat-model").value) return warn("The server has no model that chats.");
  warn();
  chat.messages.push({ role: "user", content: text });
  keep();
  drawAll();
  scrollToEnd();
  answer();
}

/** Answers the message at this place again; what followed is dropped. */
function regenerate(index) {
  if (running) return;
  chat.messages.length = index;
  drawAll();
  answer();
}

// MARK: Messages

const log = () => $("log");
const atEnd = () => log().scrollHeight - log().scrollTop - log().clientHeight < 80;
function scrollToEnd() { log().scrollTo({ top: log().scrollHeight, behavior: "instant" }); }

function drawAll() {
  $("messages").replaceChildren();
  chat.messages.forEach((message) => draw(message));
  $("welcome").hidden = chat.messages.length > 0;
}

/** Appends a message; the result draws it again when it has grown. */
function draw(message) {
  const index = chat.messages.indexOf(message);
  const isUser = message.role === "user";
  const body = make("div", { class: "body" });
  const thought = make("div");
  const thoughts = make("details", { class: "thought" }, make("summary", {}, "Reasoning"), thought);
  const failure = make("p", { class: "failure" });
  const actions = make("div", { class: "actions" });
  const entry = make("li", { class: message.role }, make("p", { class: "who" }, isUser ? "You" : "Model"), thoughts, body, failure, actions);
  const update = () => {
    if (isUser) body.textContent = message.content;
    else render(body, message.content);
    thoughts.hidden = !message.reasoning;
    thought.textContent = message.reasoning ?? "";
    failure.textContent = message.failure ?? "";
    failure.hidden = !message.failure;
    entry.setAttribute("aria-busy", String(running !== null && message === chat.messages.at(-1)));
  };
  const action = (name, label, run) => actions.append(make("button", { type: "button", class: "small", "aria-label": label, onclick: run }, name));
  if (!running) {
    action("Copy", `Copy message ${index + 1}`, () => copy(message.content));
    if (isUser) action("Edit", `Edit message ${index + 1}`, () => edit(entry, body, message, index));
    else if (index === chat.messages.length - 1) action("Regenerate", "Regenerate the answer", () => regenerate(index));
  }
  update();
  $("messages").append(entry);
  return { update };
}

function edit(entry, body, message, index) {
  if (running) return;
  const field = make("textarea", { rows: "4", "aria-label": `Message ${index + 1}` });
  field.value = message.content;
  const close = () => {
    drawAll();
    $("messages").children[index]?.querySelector("[aria-label^=Edit]")?.focus();
  };
  const form = make("form", {}, field, make("div", { class: "row" },
    make("button", { class: "main" }, "Send again"), make("button", { type: "button", onclick: close }, "Cancel")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!field.value.trim()) return;
    chat.messages.length = index;
    send(field.value);
    $("prompt").focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (entersNow(event)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  body.replaceWith(form);
  entry.querySelector(".actions").hidden = true;
  field.focus();
}

/** Enter without Shift, and not within an input method's word. */
function entersNow(event) { return event.key === "Enter" && !event.shiftKey && !event.isComposing; }

function showRunning() {
  $("send").hidden = running !== null;
  $("stop").hidden = running === null;
  $("new-chat").disabled = running !== null;
  drawList();
}

// MARK: Conversations

function open(next) {
  if (running) return;
  chat = next;
  warn();
  drawAll();
  drawList();
  closeSide();
  scrollToEnd();
  $("prompt").focus();
}

function drawList() {
  $("conversations").replaceChildren(...store.list().map((each) => make("li", { class: each.id === chat.id ? "current" : null },
    make("button", { type: "button", class: "small", disabled: running ? "" : null, "aria-current": each.id === chat.id ? "true" : null, onclick: () => open(each) }, store.title(each)),
    make("button", { type: "button", class: "small", disabled: running ? "" : null, "aria-label": `Delete ${store.title(each)}`, onclick: () => discard(each) }, "✕"))));
}

function discard(each) {
  store.remove(each);
  if (each.id === chat.id) open(store.list()[0] ?? store.create());
  else drawList();
  $("new-chat").focus();
}

export function forgetAll() {
  running?.abort();
  store.removeAll();
  chat = store.create();
  drawAll();
  drawList();
}

function closeSide() {
  $("side").classList.remove("open");
  $("menu").setAttribute("aria-expanded", "false");
}

export function start() {
  chat = store.list()[0] ?? chat;
  drawAll();
  drawList();
  scrollToEnd();
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("prompt").value;
    if (running || !text.trim()) return;
    $("prompt").value = "";
    send(text);
  });
  $("prompt").addEventListener("keydown", (event) => {
    if (!entersNow(event)) return;
    event.preventDefault();
    $("composer").requestSubmit();
  });
  $("stop").addEventListener("click", () => {
    running?.abort();
    $("prompt").focus();
  });
  $("new-chat").addEventListener("click", () => open(store.create()));
  $("menu").addEventListener("click", () => {
    const isOpen = $("side").classList.toggle("open");
    $("menu").setAttribute("aria-expanded", String(isOpen));
    if (isOpen) $("new-chat").focus();
  });
  $("side").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    closeSide();
    $("menu").focus();
  });
}
