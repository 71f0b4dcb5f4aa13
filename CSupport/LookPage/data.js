"use strict";
// What the page shows: the data, colours, and the place that is looked at.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const make = (name, text, properties) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  return Object.assign(element, properties || {});
};
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const floats = (text) => new Float32Array(bytes(text).buffer);
const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const number = (value, digits = 2) => (value === null || value === undefined ? "–" : value.toFixed(digits));
const percent = (logarithm) => {
  const p = 100 * Math.exp(logarithm);
  return p >= 1 ? p.toFixed(0) + "%" : p >= 0.01 ? p.toFixed(2) + "%" : "<0.01%";
};

// Colours: lightness alone tells the value, so that no kind of colour blindness hides it.
const stops = {
  light: [[255, 255, 255], [222, 235, 247], [158, 202, 225], [66, 146, 198], [8, 81, 156], [5, 28, 70]],
  dark: [[13, 17, 23], [25, 45, 85], [35, 95, 125], [50, 150, 130], [150, 205, 90], [253, 240, 100]],
};
const table = (name) => {
  const found = new Uint32Array(256);
  const list = stops[name];
  for (let i = 0; i < 256; i++) {
    const place = (i / 255) * (list.length - 1), low = Math.min(Math.floor(place), list.length - 2), part = place - low;
    const [r, g, b] = [0, 1, 2].map((c) => Math.round(list[low][c] * (1 - part) + list[low + 1][c] * part));
    found[i] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return found;
};
const tables = { light: table("light"), dark: table("dark") };
const colours = () => tables[dark() ? "dark" : "light"];
const css = (share) => {
  const c = colours()[Math.max(0, Math.min(255, Math.round(255 * share)))];
  return `rgb(${c & 255},${(c >> 8) & 255},${(c >> 16) & 255})`;
};
const ink = (share) => ((share > 0.5) === dark() ? "#10141a" : "#f5f7fa");
const headColours = ["#2f8fd0", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#a6611a"];

// A head's weights as bytes and the factor of each row; a causal matrix holds its lower triangle alone.
const groups = data.attention.map((group) => ({
  ...group, bytes: bytes(group.data), scales: floats(group.scale), images: new Map(),
  size: group.triangle ? (group.rows * (group.rows + 1)) / 2 : group.rows * group.columns,
}));
const raw = (g, head, row, column) => {
  if (g.triangle && column > row) return 0;
  const start = head * g.size + (g.triangle ? (row * (row + 1)) / 2 : row * g.columns);
  return g.bytes[start + column];
};
const weight = (g, head, row, column) => (raw(g, head, row, column) / 255) * g.scales[head * g.rows + row];
const kinds = [...new Set(groups.map((g) => g.name))];
const tokensOf = (stage) => data.stages[stage].tokens;
const label = (stage, place, pool) => {
  const tokens = tokensOf(stage);
  if (!tokens.length) return (place * pool * data.stages[stage].seconds).toFixed(1) + " s";
  const texts = tokens.slice(place * pool, place * pool + pool).map((t) => t.text);
  return pool > 1 && texts.length > 3 ? texts.slice(0, 3).join("") + "…" : texts.join("");
};

const views = [];
const state = { view: "model", kind: kinds[0] || "", layer: 0, head: 0, token: 0, kept: [], sort: (data.measures || []).some((m) => m.induction !== null) ? "induction" : "previous", page: 0, column: -1 };
const group = () => groups.find((g) => g.name === state.kind && g.layer === state.layer);
const layersOf = (kind) => groups.filter((g) => g.name === kind).map((g) => g.layer);
const headPlace = (g) => Math.max(0, g.heads.indexOf(state.head));
const say = (text) => { byId("status").textContent = text; };

const image = (g, head, name) => {
  const key = head + name;
  if (g.images.has(key)) return g.images.get(key);
  const canvas = make("canvas", undefined, { width: g.columns, height: g.rows });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(g.columns, g.rows);
  const pixels = new Uint32Array(picture.data.buffer), colour = colours();
  for (let row = 0; row < g.rows; row++) {
    const scale = g.scales[head * g.rows + row];
    for (let column = 0; column < g.columns; column++) {
      pixels[row * g.columns + column] = colour[Math.min(255, Math.round(255 * Math.sqrt((raw(g, head, row, column) / 255) * scale)))];
    }
  }
  context.putImageData(picture, 0, 0);
  g.images.set(key, canvas);
  return canvas;
};
const theme = () => (dark() ? "d" : "l");
const canvasOf = (width, height, text) => {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const canvas = make("canvas", undefined, { width: width * ratio, height: height * ratio, tabIndex: 0 });
  canvas.style.width = width + "px";
  canvas.style.height = height + "px";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", text);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.font = "12px system-ui, sans-serif";
  return [canvas, context];
};
const show = (...elements) => byId("main").replaceChildren(...elements);
const scroll = (element) => { const box = make("div", undefined, { className: "scroll" }); box.append(element); return box; };
const legend = (text) => {
  const box = make("div", undefined, { className: "legend" });
  const [canvas, context] = canvasOf(120, 10, "scale from 0 to 1");
  canvas.tabIndex = -1;
  for (let i = 0; i < 120; i++) { context.fillStyle = css(Math.sqrt(i / 119)); context.fillRect(i, 0, 1, 10); }
  box.append(make("span", "0"), canvas, make("span", "1"), make("span", text));
  return box;
};

// The greatest weights of a row, [weight, column], best first: a row's bytes have one scale, so that they compare as they are.
const best = (g, head, row, count = 5) => {
  const columns = g.triangle ? row + 1 : g.columns, start = head * g.size + (g.triangle ? (row * (row + 1)) / 2 : row * g.columns);
  const found = [], values = g.bytes, scale = g.scales[head * g.rows + row] / 255;
  for (let column = 0; column < columns; column++) {
    const value = values[start + column];
    if (value === 0 || (found.length === count && value <= found[count - 1][0])) continue;
    let place = found.length;
    while (place > 0 && found[place - 1][0] < value) place--;
    found.splice(place, 0, [value, column]);
    if (found.length > count) found.pop();
  }
  return found.map(([value, column]) => [value * scale, column]);
};
const rowOf = (g) => Math.min(g.rows - 1, Math.floor(state.token / g.pool));
const describe = () => {
  const g = group();
  if (!g) return say("");
  const row = rowOf(g), head = headPlace(g);
  const list = best(g, head, row).filter((b) => b[0] > 0.005)
    .map(([w, c]) => `“${label(g.columnStage, c, g.columnPool)}” ${w.toFixed(3)}`).join(", ");
  say(`Layer ${state.layer}, head ${state.head}: “${label(g.stage, row, g.pool)}” (${state.token}) looks at ${list || "nothing that was kept"}.`);
};

