"use strict";
(() => {
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
  const state = { view: "model", kind: kinds[0] || "", layer: 0, head: 0, token: 0, kept: [], sort: "induction", page: 0, column: -1 };
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

  const best = (g, head, row, count = 5) => {
    const found = [];
    for (let column = 0; column < g.columns; column++) found.push([weight(g, head, row, column), column]);
    return found.sort((a, b) => b[0] - a[0]).slice(0, count);
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

  views.push(["model", "Model", () => groups.length > 0, () => {
    const list = groups.filter((g) => g.name === state.kind);
    const columns = Math.max(...list.map((g) => g.heads.length));
    const cell = Math.max(24, Math.min(88, Math.floor((Math.min(1160, document.body.clientWidth - 40) - 34) / columns) - 4));
    const left = 34, top = 18;
    const [canvas, context] = canvasOf(left + columns * (cell + 4), top + list.length * (cell + 4), `${list.length} layers of ${columns} heads; choose one with the arrow keys`);
    context.fillStyle = style("--soft");
    list.forEach((g, row) => {
      context.fillText("L" + g.layer, 2, top + row * (cell + 4) + cell / 2 + 4);
      g.heads.forEach((head, place) => {
        const x = left + place * (cell + 4), y = top + row * (cell + 4);
        if (row === 0) context.fillText("H" + head, x + 2, 12);
        context.imageSmoothingEnabled = g.columns > cell;
        context.drawImage(image(g, place, theme()), x, y, cell, cell);
        const now = g.layer === state.layer && head === state.head;
        context.strokeStyle = now ? style("--mark") : style("--line");
        context.lineWidth = now ? 3 : 1;
        context.strokeRect(x - 0.5, y - 0.5, cell + 1, cell + 1);
      });
    });
    canvas.addEventListener("click", (event) => {
      const g = list[Math.floor((event.offsetY - top) / (cell + 4))];
      const head = g && g.heads[Math.floor((event.offsetX - left) / (cell + 4))];
      if (head !== undefined) go({ layer: g.layer, head, view: "matrix" });
    });
    show(make("p", "Each picture is a head: rows are tokens, columns what they look at. Click one to enlarge it.", { className: "note" }), scroll(canvas), legend("weight; colour goes by its square root"));
    describe();
  }]);

  views.push(["head", "Head", () => groups.length > 0, () => {
    const g = group();
    if (!g) return show(make("p", "The weights of this layer were not kept."));
    const step = Math.max(g.rows, g.columns) > 200 ? 8 : Math.max(g.rows, g.columns) > 80 ? 12 : 17;
    const height = Math.max(g.rows, g.columns) * step + 12, left = 190, right = 470;
    const [canvas, context] = canvasOf(660, height, "Lines from each token to those it looks at");
    const shown = [headPlace(g), ...state.kept.filter((h) => g.heads.includes(h) && h !== state.head).map((h) => g.heads.indexOf(h))];
    let only = rowOf(g), alone = false;
    const draw = () => {
      context.clearRect(0, 0, 660, height);
      context.font = Math.min(13, step) + "px system-ui, sans-serif";
      shown.forEach((head, order) => {
        const colour = headColours[order % headColours.length];
        context.strokeStyle = colour;
        for (let row = 0; row < g.rows; row++) {
          if (alone && row !== only) continue;
          for (const [w, column] of best(g, head, row, alone ? 40 : 6)) {
            if (w < 0.02) break;
            context.globalAlpha = Math.min(1, (alone || row === only ? 0.3 : 0.12) + w * (alone || row === only ? 0.7 : 0.6));
            context.lineWidth = 0.6 + 2.4 * w;
            context.beginPath();
            context.moveTo(left, row * step + step / 2 + 4);
            context.bezierCurveTo(left + 110, row * step + step / 2 + 4, right - 110, column * step + step / 2 + 4, right, column * step + step / 2 + 4);
            context.stroke();
          }
        }
      });
      context.globalAlpha = 1;
      context.textBaseline = "middle";
      for (let row = 0; row < g.rows; row++) {
        context.fillStyle = row === only ? style("--mark") : style("--ink");
        context.textAlign = "right";
        context.fillText(label(g.stage, row, g.pool).slice(0, 24), left - 6, row * step + step / 2 + 4);
      }
      context.textAlign = "left";
      for (let column = 0; column < g.columns; column++) {
        const w = weight(g, shown[0], only, column);
        context.fillStyle = css(Math.sqrt(w));
        context.fillRect(right + 4, column * step + 5, 8, step - 2);
        context.fillStyle = style("--ink");
        context.fillText(label(g.columnStage, column, g.columnPool).slice(0, 24), right + 16, column * step + step / 2 + 4);
      }
    };
    draw();
    canvas.addEventListener("pointermove", (event) => {
      const row = Math.floor((event.offsetY - 4) / step);
      if (row < 0 || row >= g.rows || (row === only && alone)) return;
      [only, alone] = [row, true];
      state.token = row * g.pool;
      draw();
      describe();
    });
    canvas.addEventListener("pointerleave", () => { alone = false; draw(); go({}, true); });
    const keys = make("div", undefined, { className: "legend" });
    shown.forEach((head, order) => {
      const chip = make("span", undefined, { className: "chip" });
      chip.style.background = headColours[order % headColours.length];
      const item = make("span");
      item.append(chip, `L${state.layer}H${g.heads[head]}`);
      keys.append(item);
    });
    show(make("p", "From each token on the left to what it looks at on the right. Point at a token to see its lines alone.", { className: "note" }), keys, scroll(canvas));
    describe();
  }]);

  const matrix = (rows, columns, value, picture, names, text, pick, now) => {
    const room = Math.min(1160, document.body.clientWidth - 40);
    const margin = 110;
    const cell = Math.max(1, Math.min(26, Math.floor((room - margin) / columns), Math.floor(1400 / rows)));
    const labels = cell >= 9;
    const left = labels ? margin : 8, top = labels ? 92 : 8;
    const [canvas, context] = canvasOf(left + columns * cell + 8, top + rows * cell + 8, text);
    const draw = (row, column) => {
      context.clearRect(0, 0, left + columns * cell + 8, top + rows * cell + 8);
      context.imageSmoothingEnabled = false;
      context.drawImage(picture, left, top, columns * cell, rows * cell);
      context.strokeStyle = style("--line");
      context.strokeRect(left - 0.5, top - 0.5, columns * cell + 1, rows * cell + 1);
      if (labels) {
        context.font = Math.min(12, cell) + "px system-ui, sans-serif";
        context.textBaseline = "middle";
        context.textAlign = "right";
        for (let i = 0; i < rows; i++) { context.fillStyle = i === row ? style("--mark") : style("--ink"); context.fillText(names[0](i).slice(0, 16), left - 5, top + i * cell + cell / 2); }
        context.textAlign = "left";
        for (let i = 0; i < columns; i++) {
          context.save();
          context.translate(left + i * cell + cell / 2, top - 5);
          context.rotate(-Math.PI / 3);
          context.fillStyle = i === column ? style("--mark") : style("--ink");
          context.fillText(names[1](i).slice(0, 14), 0, 0);
          context.restore();
        }
      }
      context.strokeStyle = style("--mark");
      context.lineWidth = 2;
      if (row >= 0) context.strokeRect(left - 1, top + row * cell - 1, columns * cell + 2, cell + 2);
      if (column >= 0) context.strokeRect(left + column * cell - 1, top + row * cell - 1, cell + 2, cell + 2);
      context.lineWidth = 1;
    };
    const tell = (row, column) => say(`“${names[0](row)}” (${row}) to “${names[1](column)}” (${column}): ${value(row, column).toFixed(4)}`);
    draw(now[0], now[1]);
    canvas.addEventListener("pointermove", (event) => {
      const row = Math.floor((event.offsetY - top) / cell), column = Math.floor((event.offsetX - left) / cell);
      if (row < 0 || column < 0 || row >= rows || column >= columns) return;
      draw(row, column);
      tell(row, column);
      pick(row, column);
    });
    return canvas;
  };

  views.push(["matrix", "Matrix", () => groups.length > 0, () => {
    const g = group();
    if (!g) return show(make("p", "The weights of this layer were not kept."));
    const head = headPlace(g);
    const canvas = matrix(g.rows, g.columns, (r, c) => weight(g, head, r, c), image(g, head, theme()),
      [(i) => label(g.stage, i, g.pool), (i) => label(g.columnStage, i, g.columnPool)],
      `Layer ${state.layer}, head ${state.head}: ${g.rows} rows of ${g.columns} weights`, (row) => { state.token = row * g.pool; }, [rowOf(g), -1]);
    const measure = (data.measures || []).find((m) => m.kind === state.kind && m.layer === state.layer && m.head === state.head);
    const parts = [scroll(canvas), legend("weight; colour goes by its square root")];
    if (g.kind === "cross" && data.spectrogram) parts.unshift(spectrogram(canvas, g));
    if (measure) parts.push(make("p", `Entropy ${number(measure.entropy)} nats, distance ${number(measure.distance, 1)}, first token ${number(measure.first)}, previous token ${number(measure.previous)}, duplicate ${number(measure.duplicate)}, induction ${number(measure.induction)}.`, { className: "note" }));
    show(...parts);
    describe();
  }]);

  const spectrogram = (below, g) => {
    const { bands, frames } = data.spectrogram, values = bytes(data.spectrogram.data);
    const source = make("canvas", undefined, { width: frames, height: bands });
    const context = source.getContext("2d"), picture = context.createImageData(frames, bands);
    const pixels = new Uint32Array(picture.data.buffer), colour = colours();
    for (let band = 0; band < bands; band++) for (let frame = 0; frame < frames; frame++) pixels[(bands - 1 - band) * frames + frame] = colour[values[band * frames + frame]];
    context.putImageData(picture, 0, 0);
    const width = parseInt(below.style.width, 10), labels = width - 8 > g.columns * 9 + 100 ? 110 : 8;
    const [canvas, own] = canvasOf(width, 84, "The sound's spectrogram, low tones at the bottom");
    own.drawImage(source, labels, 0, width - labels - 8, 80);
    return scroll(canvas);
  };

  views.push(["rollout", "Rollout", () => data.rollout, () => {
    const r = data.rollout, values = bytes(r.data), scales = floats(r.scale);
    const at = (row, column) => (values[row * r.columns + column] / 255) * scales[row];
    const picture = make("canvas", undefined, { width: r.columns, height: r.rows });
    const context = picture.getContext("2d"), pixels = context.createImageData(r.columns, r.rows), colour = colours();
    const words = new Uint32Array(pixels.data.buffer);
    for (let i = 0; i < words.length; i++) words[i] = colour[values[i]];
    context.putImageData(pixels, 0, 0);
    const canvas = matrix(r.rows, r.columns, at, picture, [(i) => label(r.stage, i, r.pool), (i) => label(r.stage, i, r.pool)], "Attention rollout of all layers", (row) => { state.token = row * r.pool; }, [Math.min(r.rows - 1, Math.floor(state.token / r.pool)), -1]);
    show(make("p", "Rollout (arXiv:2005.00928) multiplies the layers' mean attention, half of each being the residual stream. Rows are scaled to their greatest value. In a causal model it drifts to the first tokens.", { className: "note" }), scroll(canvas));
  }]);

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
    for (const m of rows) {
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

  const open = views.filter((v) => v[2]());
  const render = () => {
    const view = open.find((v) => v[0] === state.view) || open[0];
    for (const button of byId("views").children) button.setAttribute("aria-selected", String(view && button.value === view[0]));
    const fill = (id, values, now, name) => {
      const select = byId(id);
      select.replaceChildren(...values.map((v) => make("option", name(v), { value: v, selected: v === now })));
      select.disabled = values.length < 2;
    };
    fill("kind", kinds, state.kind, (k) => k);
    byId("kind-label").hidden = kinds.length < 2;
    fill("layer", layersOf(state.kind), state.layer, (l) => l);
    const g = group();
    fill("head", g ? g.heads : [], state.head, (h) => h);
    const stage = g ? g.stage : data.stages.length - 1;
    fill("token", tokensOf(stage).map((_, i) => i), state.token, (i) => `${i} ${tokensOf(stage)[i].text}`.slice(0, 28));
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
    const parts = decodeURIComponent(location.hash.slice(1)).split("/");
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
})();
