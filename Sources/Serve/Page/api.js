// Requests to this server.

/** The key that the server asks for; kept while the tab is open. */
export const key = {
  get value() { return sessionStorage.getItem("swiftlet.key") ?? ""; },
  set value(text) { sessionStorage.setItem("swiftlet.key", text.trim()); },
};

function headers(more = {}) {
  return key.value ? { ...more, Authorization: `Bearer ${key.value}` } : more;
}

/** Throws an Error that says what the server says. */
async function checked(request) {
  let response;
  try {
    response = await request;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server cannot be reached.");
  }
  if (response.ok) return response;
  let message = `The server answers ${response.status}.`;
  try {
    message = (await response.json()).error.message ?? message;
  } catch { /* not JSON: the status says it */ }
  if (response.status === 401) message += " Enter the key in the settings.";
  const pause = response.headers.get("Retry-After");
  if (pause) message += ` Try again in ${pause} s.`;
  throw new Error(message);
}

export async function get(path) {
  return (await checked(fetch(path, { headers: headers() }))).json();
}

export async function post(path, body, signal) {
  const request = fetch(path, {
    method: "POST", signal, headers: headers({ "Content-Type": "application/json" }), body: JSON.stringify(body),
  });
  return checked(request);
}

export async function upload(path, fields, signal) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value !== "") form.append(name, value);
  return checked(fetch(path, { method: "POST", signal, headers: headers(), body: form }));
}

/** The JSON values of a stream of server-sent events, up to [DONE]. */
export async function* events(response) {
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() + "\n\n" : decoder.decode(value, { stream: true });
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop();
      for (const block of blocks) {
        const data = block.split(/\r?\n/).filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
        if (data === "[DONE]") return;
        if (!data) continue;
        const event = JSON.parse(data);
        if (event.error) throw new Error(event.error.message ?? "The server failed.");
        yield event;
      }
      if (done) throw new Error("The connection broke before the answer's end.");
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
