// Views of predictions, measures and sums.
views.push(["lens", "Lens", () => data.lens, () => {
  const lens = data.lens, window = 24, count = lens.positions;
  const first = Math.max(0, Math.min(state.page * window, Math.max(0, count - 1)));
  const shown = make("table", undefined, { className: "lens" });
  const tokens = tokensOf(lens.stage);
  const head = make("tr");
  head.append(make("th", "after layer"));
  for (let p = first; p < Math.min(count, first + window); p++) head.append(make("th", tokens[lens.start + p].text || " ", { title: `position ${lens.start + p}` }));
  const top = make("thead");
  top.append(head);
  const body = make("tbody");
  for (let i = lens.layers.length - 1; i >= 0; i--) {
    const row = make("tr");
    row.append(make("th", lens.layers[i] === 0 ? "embedding" : lens.layers[i] - 1));
    for (let p = first; p < Math.min(count, first + window); p++) {
      const cell = lens.cells[i][p], share = Math.exp(cell.top[0][1]);
      const td = make("td", lens.texts[cell.top[0][0]], { tabIndex: 0 });
      td.style.background = css(share * 0.85);
      td.style.color = ink(share * 0.85);
      const tell = () => {
        state.token = lens.start + p;
        say(`${lens.layers[i] === 0 ? "Embedding" : "Layer " + (lens.layers[i] - 1)}, behind “${tokens[lens.start + p].text}” (${lens.start + p}): ` + cell.top.map(([t, l]) => `“${lens.texts[t]}” ${percent(l)}`).join(", ") + `; entropy ${number(cell.entropy)}, divergence from the model's own ${number(cell.divergence)}` + (cell.target === null ? "" : `; the text's next token ${percent(cell.target)}`));
      };
      td.addEventListener("pointerenter", tell);
      td.addEventListener("focus", tell);
      row.append(td);
    }
    body.append(row);
  }
  shown.append(top, body);
  const pages = make("div", undefined, { className: "legend" });
  const back = make("button", "Earlier", { type: "button", disabled: first === 0 }), on = make("button", "Later", { type: "button", disabled: first + window >= count });
  back.addEventListener("click", () => { state.page -= 1; render(); });
  on.addEventListener("click", () => { state.page += 1; render(); });
  pages.append(back, on, make("span", `positions ${lens.start + first} to ${lens.start + Math.min(count, first + window) - 1} of ${lens.start + count}`));
  show(make("p", "What the model would say behind each token if a layer were its last: the output norm and matrix applied to the residual stream. Colour is the probability of the word shown; the top row is the model's own prediction.", { className: "note" }), pages, scroll(shown));
}]);

views.push(["text", "Text", () => data.surprisal || data.experts, () => {
  const parts = [];
  if (data.surprisal) {
    const s = data.surprisal, box = make("p", undefined, { className: "text" });
    tokensOf(s.stage).forEach((token, i) => {
      const value = s.values[i], share = value === null ? 0 : Math.min(1, value / 12);
      const span = make("span", token.text || " ", { className: i === state.token ? "now" : "", title: value === null ? "" : `${value.toFixed(2)} nats` });
      span.style.background = css(share * 0.9);
      span.style.color = ink(share * 0.9);
      span.addEventListener("click", () => go({ token: i }));
      box.append(span);
    });
    parts.push(make("h2", "Surprisal"), make("p", `How unexpected each token was, from 0 to 12 nats. Perplexity of the text: ${number(s.perplexity)}.`, { className: "note" }), box);
  }
  if (data.change) {
    const c = data.change;
    const body = make("table");
    const head = make("tr");
    for (const name of ["", "token", c.names[0], c.names[1], "change"]) head.append(make("th", name));
    body.append(head);
    c.rows.forEach((r) => {
      const row = make("tr");
      row.append(make("td", r.position), make("td", `“${r.text}”`), make("td", percent(r.before)), make("td", percent(r.after)), make("td", number(r.after - r.before) + " nats"));
      body.append(row);
    });
    parts.push(make("h2", c.title), make("p", c.summary), scroll(body));
  }
  for (const layer of data.experts || []) {
    const cell = 10, count = layer.experts.length / layer.used;
    const [canvas, context] = canvasOf(60 + count * cell, layer.count * cell + 4, `Experts of layer ${layer.layer}, a row each, a column for each token`);
    context.fillStyle = style("--soft");
    context.fillText("L" + layer.layer, 2, 12);
    for (let i = 0; i < layer.experts.length; i++) {
      context.fillStyle = css(0.25 + 0.75 * Math.min(1, layer.weights[i]));
      context.fillRect(60 + Math.floor(i / layer.used) * cell, layer.experts[i] * cell, cell - 1, cell - 1);
    }
    parts.push(make("h2", `Experts of layer ${layer.layer}`), scroll(canvas));
  }
  show(...parts);
}]);

views.push(["measures", "Measures", () => data.measures && data.measures.length, () => {
  const columns = [["layer", "Layer"], ["head", "Head"], ["entropy", "Entropy"], ["distance", "Distance"], ["first", "First token"], ["previous", "Previous"], ["duplicate", "Duplicate"], ["induction", "Induction"]];
  const rows = data.measures.filter((m) => m.kind === state.kind);
  const up = ["layer", "head"].includes(state.sort);
  rows.sort((a, b) => (up ? 1 : -1) * ((a[state.sort] ?? -1) - (b[state.sort] ?? -1)) || a.layer - b.layer || a.head - b.head);
  const body = make("table"), head = make("tr");
  for (const [key, name] of columns) {
    const th = make("th"), button = make("button", name + (key === state.sort ? (up ? " ↑" : " ↓") : ""), { type: "button" });
    th.setAttribute("aria-sort", key === state.sort ? (up ? "ascending" : "descending") : "none");
    button.addEventListener("click", () => { state.sort = key; render(); });
    th.append(button);
    head.append(th);
  }
  const top = make("thead");
  top.append(head);
  const list = make("tbody");
  const limit = state.whole ? rows.length : 64;
  for (const m of rows.slice(0, limit)) {
    const row = make("tr", undefined, { tabIndex: 0 });
    for (const [key] of columns) {
      const td = make("td", ["layer", "head"].includes(key) ? m[key] : number(m[key]));
      if (["first", "previous", "duplicate", "induction"].includes(key) && m[key] !== null) { td.style.background = css(m[key] * 0.9); td.style.color = ink(m[key] * 0.9); }
      row.append(td);
    }
    const open = () => go({ layer: m.layer, head: m.head, view: "matrix" });
    row.addEventListener("click", open);
    row.addEventListener("keydown", (event) => { if (event.key === "Enter") open(); });
    list.append(row);
  }
  body.append(top, list);
  show(make("p", "Mean entropy of a row in nats; mean distance in tokens; mean weight on the first token (a sink), on the token before, on earlier ones with the same token, and on those behind them (induction). Click a head to see it.", { className: "note" }), scroll(body));
  if (rows.length > limit) {
    const more = make("button", `All ${rows.length} heads`, { type: "button" });
    more.addEventListener("click", () => { state.whole = true; render(); });
    byId("main").append(more);
  }
}]);

views.push(["logit", "Logit", () => data.contributions, () => {
  const c = data.contributions, rows = [];
  for (const term of c.terms) {
    const name = term.layer === null ? "embedding" : `L${term.layer} ${term.source}`;
    rows.push([name, term.value, false, term]);
    term.heads.forEach((value, head) => rows.push([`L${term.layer}H${head}`, value, true, term]));
  }
  const parts = rows.filter((r) => !r[2]), heads = rows.filter((r) => r[2]).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, 24);
  const chart = (list, text) => {
    const step = 17, height = list.length * step + 4, width = 620, middle = 360;
    const most = Math.max(1e-6, ...list.map((r) => Math.abs(r[1])));
    const [canvas, context] = canvasOf(width, height, text + ": " + list.slice(0, 6).map((r) => `${r[0]} ${r[1].toFixed(2)}`).join(", "));
    list.forEach(([name, value], i) => {
      const length = (Math.abs(value) / most) * 180;
      context.fillStyle = value >= 0 ? headColours[0] : headColours[1];
      context.fillRect(value >= 0 ? middle : middle - length, i * step + 3, Math.max(1, length), step - 4);
      context.fillStyle = style("--ink");
      context.fillText(name, 4, i * step + 14);
      context.fillText(value.toFixed(3), 130, i * step + 14);
    });
    return scroll(canvas);
  };
  const result = [make("p", `What each part adds directly to the logit of “${c.text}” behind position ${c.position}: ${c.sum.toFixed(3)} in all, ${c.bias.toFixed(3)} from biases. The last norm's divisor is kept as it was.`, { className: "note" }), make("h2", "Layers"), chart(parts, "Layers")];
  if (heads.length) result.push(make("h2", "Heads with the greatest effect"), chart(heads, "Heads"));
  show(...result);
}]);

