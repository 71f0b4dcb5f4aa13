// Small helpers. Text from models and users becomes text nodes only; nothing here parses HTML.

export const $ = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Tells screen readers. */
export function say(text) { $("status").textContent = text; }

/** Shows what went wrong, or nothing more. */
export function warn(text = "") {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied");
  } catch {
    warn("The browser does not let this page copy.");
  }
}

/** Runs the work of a form's button: disabled meanwhile, failures shown. */
export async function during(button, work) {
  if (button.disabled) return;
  button.disabled = true;
  warn();
  say("Working");
  try {
    await work();
    say("Done");
  } catch (error) {
    say("");
    if (error.name !== "AbortError") warn(error.message);
  } finally {
    button.disabled = false;
  }
}
