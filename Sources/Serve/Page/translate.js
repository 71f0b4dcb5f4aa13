// Translations and summaries. Empty lines stay, so that a text keeps its paragraphs.
import { post } from "./api.js";
import { $, during } from "./dom.js";

const maxLines = 1024;

async function translate() {
  if (!$("translate-model").value) throw new Error("The server has no model that translates.");
  const task = $("task").value;
  const text = $("foreign").value.trim();
  if (!text) throw new Error("Write a text first.");
  const lines = task === "summary" ? [text] : text.split("\n");
  if (lines.length > maxLines) throw new Error(`The text has ${lines.length} lines: use ${maxLines} at most.`);
  const full = lines.filter((line) => line.trim());
  const body = { model: $("translate-model").value, input: full, task };
  for (const name of ["source", "target"]) if ($(name).value.trim() && task === "translation") body[name] = $(name).value.trim();
  const { data } = await (await post("v1/translate", body)).json();
  let place = 0;
  $("translated").textContent = lines.map((line) => (line.trim() ? data[place++].text : "")).join("\n");
  $("translated").closest(".result").hidden = false;
}

export function start() {
  $("translate-form").addEventListener("submit", (event) => {
    event.preventDefault();
    during(event.target.querySelector(".main"), translate);
  });
}
