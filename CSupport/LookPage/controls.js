// What moves through the views: keys, menus, the address.
const open = views.filter((v) => v[2]());
const render = () => {
  const view = open.find((v) => v[0] === state.view) || open[0];
  for (const button of byId("views").children) button.setAttribute("aria-selected", String(view && button.value === view[0]));
  const fill = (id, key, values, now, name) => {
    const select = byId(id);
    if (select.dataset.key !== key) {
      select.replaceChildren(...values.map((v) => make("option", name(v), { value: v })));
      select.disabled = values.length < 2;
      select.dataset.key = key;
    }
    select.value = String(now);
  };
  fill("kind", "kinds", kinds, state.kind, (k) => k);
  byId("kind-label").hidden = kinds.length < 2;
  fill("layer", state.kind, layersOf(state.kind), state.layer, (l) => l);
  const g = group();
  fill("head", state.kind + state.layer, g ? g.heads : [], state.head, (h) => h);
  const stage = g ? g.stage : data.stages.length - 1;
  fill("token", String(stage), tokensOf(stage).map((_, i) => i), state.token, (i) => `${i} ${tokensOf(stage)[i].text}`.slice(0, 28));
  if (view) view[3]();
};
const go = (changes, quiet) => {
  Object.assign(state, changes);
  const g = group() || groups.find((one) => one.name === state.kind);
  if (g) {
    state.layer = g.layer;
    if (!g.heads.includes(state.head)) state.head = g.heads[0];
    state.token = Math.max(0, Math.min(data.stages[g.stage].count - 1, state.token));
  }
  const kind = kinds.length > 1 ? "/" + encodeURIComponent(state.kind) : "";
  history.replaceState(null, "", `#${state.view}/L${state.layer}H${state.head}T${state.token}${kind}`);
  if (!quiet) render();
};
const read = () => {
  let parts = [];
  try { parts = decodeURIComponent(location.hash.slice(1)).split("/"); } catch { return; }
  for (const part of parts) {
    const place = /^L(\d+)(?:H(\d+))?(?:T(\d+))?$/.exec(part);
    if (place) [state.layer, state.head, state.token] = [Number(place[1]), Number(place[2] || 0), Number(place[3] || 0)];
    else if (kinds.includes(part)) state.kind = part;
    else if (open.some((v) => v[0] === part)) state.view = part;
  }
};
open.forEach(([key, name]) => {
  const button = make("button", name, { type: "button", value: key });
  button.setAttribute("role", "tab");
  button.addEventListener("click", () => go({ view: key }));
  byId("views").append(button);
});
byId("kind").addEventListener("change", (e) => go({ kind: e.target.value }));
for (const id of ["layer", "head", "token"]) byId(id).addEventListener("change", (e) => go({ [id]: Number(e.target.value) }));
byId("help-button").addEventListener("click", () => {
  byId("help").hidden = !byId("help").hidden;
  byId("help-button").setAttribute("aria-expanded", String(!byId("help").hidden));
});
document.addEventListener("keydown", (event) => {
  if (event.target.tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
  const g = group(), layers = layersOf(state.kind);
  const next = (list, now, by) => list[Math.max(0, Math.min(list.length - 1, list.indexOf(now) + by))];
  if (event.key === "ArrowUp") go({ layer: next(layers, state.layer, -1) });
  else if (event.key === "ArrowDown") go({ layer: next(layers, state.layer, 1) });
  else if (event.key === "ArrowLeft" && g) go({ head: next(g.heads, state.head, -1) });
  else if (event.key === "ArrowRight" && g) go({ head: next(g.heads, state.head, 1) });
  else if (event.key === "PageUp") go({ token: state.token - 1 });
  else if (event.key === "PageDown") go({ token: state.token + 1 });
  else if (event.key === " " && state.view === "head") go({ kept: state.kept.includes(state.head) ? state.kept.filter((h) => h !== state.head) : [...state.kept, state.head] });
  else if (/^[1-9]$/.test(event.key) && open[event.key - 1]) go({ view: open[event.key - 1][0] });
  else return;
  event.preventDefault();
});
window.addEventListener("hashchange", () => { read(); render(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
if (groups.length) state.token = Math.max(0, data.stages[groups[groups.length - 1].stage].count - 1);
else if (open.length) state.view = open[0][0];
read();
go({});
