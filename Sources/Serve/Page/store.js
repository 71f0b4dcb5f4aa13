// Conversations and settings, in this browser alone.

const prefix = "swiftlet.chat.";

function read(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? fallback;
  } catch {
    return fallback;
  }
}

export const settings = {
  all: read("swiftlet.settings", {}),
  get(name) { return this.all[name] ?? ""; },
  set(name, value) {
    if (value === "") delete this.all[name];
    else this.all[name] = value;
    localStorage.setItem("swiftlet.settings", JSON.stringify(this.all));
  },
};

/** A conversation: {id, changed, messages: [{role, content, reasoning?, failure?}]}. */
export function create() {
  return { id: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`, changed: Date.now(), messages: [] };
}

/** All of them, the newest first. */
export function list() {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  return names.map((name) => read(name, null)).filter((chat) => Array.isArray(chat?.messages)).sort((a, b) => b.changed - a.changed);
}

/** Throws where the browser's space is used up. */
export function save(chat) {
  chat.changed = Date.now();
  try {
    localStorage.setItem(prefix + chat.id, JSON.stringify(chat));
  } catch {
    throw new Error("The browser has no room for this conversation: delete older ones.");
  }
}

export function remove(chat) { localStorage.removeItem(prefix + chat.id); }

export function removeAll() { list().forEach(remove); }

/** Its first words. */
export function title(chat) {
  const text = chat.messages[0]?.content.trim().replace(/\s+/g, " ") ?? "";
  return text ? [...text].slice(0, 60).join("") : "New conversation";
}
