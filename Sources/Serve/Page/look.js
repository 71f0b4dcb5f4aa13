// What a model computes on a text: the server's page, in a frame without an origin.
import { get, key, post } from "./api.js";
import { $, during, make, warn } from "./dom.js";
import { settings } from "./store.js";

let address;

async function loadModels() {
  try {
    const models = (await get("v1/models")).data.filter((model) => !model.capabilities?.includes("transcription"));
    $("look-model").replaceChildren(...models.map((model) => make("option", { value: model.id }, model.id)));
    warn();
  } catch (error) {
    warn(error.message);
  }
}

async function look() {
  const body = { model: $("look-model").value, input: $("look-text").value };
  if (!body.input.trim()) throw new Error("Write a text first.");
  if ($("look-tokens").valueAsNumber > 0) body.max_tokens = $("look-tokens").valueAsNumber;
  if ($("look-ablate").value.trim()) body.ablate = $("look-ablate").value.trim();
  const page = await (await post("look", body)).blob();
  if (address) URL.revokeObjectURL(address);
  address = URL.createObjectURL(page);
  $("look-page").src = address;
  $("look-page").hidden = $("save").hidden = false;
}

if (settings.get("theme")) document.documentElement.dataset.theme = settings.get("theme");
$("look-key").value = key.value;
$("look-key").addEventListener("change", () => {
  key.value = $("look-key").value;
  loadModels();
});
$("look-form").addEventListener("submit", (event) => {
  event.preventDefault();
  during(event.target.querySelector(".main"), look);
});
$("save").addEventListener("click", () => make("a", { href: address, download: "look.html" }).click());
loadModels();
