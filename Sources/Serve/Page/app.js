// Tabs, models, settings.
import { get, key } from "./api.js";
import * as chat from "./chat.js";
import { $, make, warn } from "./dom.js";
import * as embed from "./embed.js";
import * as speech from "./speech.js";
import { settings } from "./store.js";
import * as translate from "./translate.js";

const tabs = [...document.querySelectorAll("[role=tab]")];
const codes = "ar bg cs da de el en es et fi fr he hi hu id it ja ko lt lv nl no pl pt ro ru sk sl sv th tr uk vi zh".split(" ");

function select(tab, focuses) {
  for (const each of tabs) {
    const isSelected = each === tab;
    each.setAttribute("aria-selected", String(isSelected));
    each.tabIndex = isSelected ? 0 : -1;
    $(each.getAttribute("aria-controls")).hidden = !isSelected;
  }
  $("menu").hidden = tab.id !== "tab-chat";
  warn();
  history.replaceState(null, "", `#${tab.id.slice(4)}`);
  if (focuses) tab.focus();
}

function startTabs() {
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const next = step ? (index + step + tabs.length) % tabs.length : { Home: 0, End: tabs.length - 1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      select(tabs[next], true);
    });
  });
  select(tabs.find((tab) => `#${tab.id.slice(4)}` === location.hash) ?? tabs[0]);
}

/** Fills the lists of models by what each can do. */
async function loadModels() {
  let models = [];
  try {
    models = (await get("v1/models")).data;
    warn();
  } catch (error) {
    warn(error.message);
  }
  for (const list of document.querySelectorAll("[data-capability]")) {
    const fitting = models.filter((model) => model.capabilities?.includes(list.dataset.capability));
    const wanted = settings.get(list.id);
    list.replaceChildren(...(fitting.length ? fitting.map((model) => make("option", { value: model.id }, model.id)) : [make("option", { value: "" }, "no model for this")]));
    if (fitting.some((model) => model.id === wanted)) list.value = wanted;
    list.disabled = !fitting.length;
    list.onchange = () => settings.set(list.id, list.value);
  }
}

function startSettings() {
  const dialog = $("settings");
  for (const field of dialog.querySelectorAll("input, textarea, select")) {
    if (field.id === "key") continue;
    field.value = settings.get(field.id);
    field.addEventListener("change", () => {
      if (field.validity.valid) settings.set(field.id, field.value);
      if (field.id === "theme") applyTheme();
    });
  }
  $("key").value = key.value;
  $("key").addEventListener("change", () => {
    key.value = $("key").value;
    loadModels();
  });
  $("open-settings").addEventListener("click", () => dialog.showModal());
  $("forget").addEventListener("click", () => {
    if (confirm("Delete all conversations in this browser?")) chat.forgetAll();
  });
}

function applyTheme() {
  const theme = settings.get("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

applyTheme();
const names = new Intl.DisplayNames(navigator.languages, { type: "language" });
$("languages").append(...codes.map((code) => make("option", { value: code, label: names.of(code) })));
startTabs();
startSettings();
chat.start();
embed.start();
speech.start();
translate.start();
loadModels();
