// Views of attention.
// All heads of a kind side by side, drawn once: marks go on a copy.
const overviews = new Map();
const overview = (list, cell) => {
  const ratio = Math.min(window.devicePixelRatio || 1, 2), key = [state.kind, theme(), cell, ratio].join();
  if (overviews.has(key)) return overviews.get(key);
  const columns = Math.max(...list.map((g) => g.heads.length));
  const canvas = make("canvas", undefined, { width: columns * (cell + 4) * ratio, height: list.length * (cell + 4) * ratio });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  list.forEach((g, row) => g.heads.forEach((_, place) => {
    context.imageSmoothingEnabled = g.columns > cell;
    context.drawImage(image(g, place, theme()), place * (cell + 4), row * (cell + 4), cell, cell);
  }));
  overviews.set(key, canvas);
  return canvas;
};
views.push(["model", "Model", () => groups.length > 0, () => {
  const list = groups.filter((g) => g.name === state.kind);
  const columns = Math.max(...list.map((g) => g.heads.length));
  const cell = Math.max(24, Math.min(88, Math.floor((Math.min(1160, document.body.clientWidth - 40) - 34) / columns) - 4));
  const left = 34, top = 18;
  const [canvas, context] = canvasOf(left + columns * (cell + 4), top + list.length * (cell + 4), `${list.length} layers of ${columns} heads; choose one with the arrow keys`);
  context.drawImage(overview(list, cell), left, top, columns * (cell + 4), list.length * (cell + 4));
  const [soft, mark, line] = ["--soft", "--mark", "--line"].map(style);
  context.fillStyle = soft;
  list.forEach((g, row) => {
    context.fillText("L" + g.layer, 2, top + row * (cell + 4) + cell / 2 + 4);
    g.heads.forEach((head, place) => {
      const x = left + place * (cell + 4), y = top + row * (cell + 4);
      if (row === 0) context.fillText("H" + head, x + 2, 12);
      const now = g.layer === state.layer && head === state.head;
      context.strokeStyle = now ? mark : line;
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

// The names of both sides of the head view, drawn once.
const nameLayers = new Map();
const nameLayer = (g, step, left, right, height) => {
  const ratio = Math.min(window.devicePixelRatio || 1, 2), key = [g.stage, g.columnStage, g.pool, g.columnPool, step, ratio, theme()].join();
  if (nameLayers.has(key)) return nameLayers.get(key);
  const [canvas, context] = canvasOf(660, height, "");
  context.font = Math.min(13, step) + "px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillStyle = style("--ink");
  context.textAlign = "right";
  for (let row = 0; row < g.rows; row++) context.fillText(label(g.stage, row, g.pool).trim().slice(0, 24), left - 6, row * step + step / 2 + 4);
  context.textAlign = "left";
  for (let column = 0; column < g.columns; column++) context.fillText(label(g.columnStage, column, g.columnPool).trim().slice(0, 24), right + 16, column * step + step / 2 + 4);
  nameLayers.set(key, canvas);
  return canvas;
};
views.push(["head", "Head", () => groups.length > 0, () => {
  const g = group();
  if (!g) return show(make("p", "The weights of this layer were not kept."));
  const step = Math.max(g.rows, g.columns) > 200 ? 8 : Math.max(g.rows, g.columns) > 80 ? 12 : 17;
  const height = Math.max(g.rows, g.columns) * step + 12, left = 190, right = 470;
  const [canvas, context] = canvasOf(660, height, "Lines from each token to those it looks at");
  const mark = style("--mark"), names = nameLayer(g, step, left, right, height);
  const shown = [headPlace(g), ...state.kept.filter((h) => g.heads.includes(h) && h !== state.head).map((h) => g.heads.indexOf(h))];
  let only = rowOf(g), alone = false;
  const draw = () => {
    context.clearRect(0, 0, 660, height);
    context.font = Math.min(13, step) + "px system-ui, sans-serif";
    const middle = (place) => place * step + step / 2 + 4;
    // Lines of about the same weight are one path: a stroke for each would take too long.
    const levels = 8;
    shown.forEach((head, order) => {
      const weak = Array.from({ length: levels }, () => new Path2D());
      context.strokeStyle = headColours[order % headColours.length];
      for (let row = 0; row < g.rows; row++) {
        if (alone && row !== only) continue;
        for (const [w, column] of best(g, head, row, alone ? 40 : g.rows > 200 ? 3 : 6)) {
          if (w < 0.02) break;
          const path = row === only ? new Path2D() : weak[Math.min(levels - 1, Math.floor(w * levels))];
          path.moveTo(left, middle(row));
          path.bezierCurveTo(left + 110, middle(row), right - 110, middle(column), right, middle(column));
          if (row !== only) continue;
          context.globalAlpha = Math.min(1, 0.3 + 0.7 * w);
          context.lineWidth = 0.6 + 2.4 * w;
          context.stroke(path);
        }
      }
      weak.forEach((path, level) => {
        const w = (level + 0.5) / levels;
        context.globalAlpha = 0.12 + 0.6 * w;
        context.lineWidth = 0.6 + 2.4 * w;
        context.stroke(path);
      });
    });
    context.globalAlpha = 1;
    context.drawImage(names, 0, 0, 660, height);
    context.textBaseline = "middle";
    context.textAlign = "right";
    context.fillStyle = mark;
    context.fillText(label(g.stage, only, g.pool).trim().slice(0, 24), left - 6, middle(only));
    context.textAlign = "left";
    for (let column = 0; column < g.columns; column++) {
      const w = weight(g, shown[0], only, column);
      if (w < 0.002) continue;
      context.fillStyle = css(Math.sqrt(w));
      context.fillRect(right + 4, column * step + 5, 8, step - 2);
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
  const room = Math.min(1160, document.body.clientWidth - 40), margin = 110;
  const wide = Math.max(1, Math.min(26, Math.floor((room - margin) / columns), Math.floor(1400 / rows)));
  // Few tokens beside many positions of a sound have higher cells.
  const high = rows * 4 < columns ? Math.max(wide, Math.min(22, Math.floor(600 / rows))) : wide;
  const left = high >= 9 ? margin : 8, top = wide >= 9 ? 92 : 8;
  const [canvas, context] = canvasOf(left + columns * wide + 8, top + rows * high + 8, text);
  canvas.dataset.left = left;
  const draw = (row, column) => {
    context.clearRect(0, 0, left + columns * wide + 8, top + rows * high + 8);
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, left, top, columns * wide, rows * high);
    context.strokeStyle = style("--line");
    context.strokeRect(left - 0.5, top - 0.5, columns * wide + 1, rows * high + 1);
    context.textBaseline = "middle";
    context.font = Math.min(12, high) + "px system-ui, sans-serif";
    context.textAlign = "right";
    for (let i = 0; i < rows && high >= 9; i++) {
      context.fillStyle = i === row ? style("--mark") : style("--ink");
      context.fillText(names[0](i).slice(0, 16), left - 5, top + i * high + high / 2);
    }
    context.font = Math.min(12, wide) + "px system-ui, sans-serif";
    context.textAlign = "left";
    for (let i = 0; i < columns && wide >= 9; i++) {
      context.save();
      context.translate(left + i * wide + wide / 2, top - 5);
      context.rotate(-Math.PI / 3);
      context.fillStyle = i === column ? style("--mark") : style("--ink");
      context.fillText(names[1](i).slice(0, 14), 0, 0);
      context.restore();
    }
    context.strokeStyle = style("--mark");
    context.lineWidth = 2;
    if (row >= 0) context.strokeRect(left - 1, top + row * high - 1, columns * wide + 2, high + 2);
    if (column >= 0) context.strokeRect(left + column * wide - 1, top + row * high - 1, wide + 2, high + 2);
    context.lineWidth = 1;
  };
  const tell = (row, column) => say(`“${names[0](row)}” (${row}) to “${names[1](column)}” (${column}): ${value(row, column).toFixed(4)}`);
  draw(now[0], now[1]);
  canvas.addEventListener("pointermove", (event) => {
    const row = Math.floor((event.offsetY - top) / high), column = Math.floor((event.offsetX - left) / wide);
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
  if (g.kind === "cross" && data.spectrogram) parts.unshift(spectrogram(canvas));
  if (measure) parts.push(make("p", `Entropy ${number(measure.entropy)} nats, distance ${number(measure.distance, 1)}, first token ${number(measure.first)}, previous token ${number(measure.previous)}, duplicate ${number(measure.duplicate)}, induction ${number(measure.induction)}.`, { className: "note" }));
  show(...parts);
  describe();
}]);

const spectrogram = (below) => {
  const { bands, frames } = data.spectrogram, values = bytes(data.spectrogram.data);
  const source = make("canvas", undefined, { width: frames, height: bands });
  const context = source.getContext("2d"), picture = context.createImageData(frames, bands);
  const pixels = new Uint32Array(picture.data.buffer), colour = colours();
  for (let band = 0; band < bands; band++) for (let frame = 0; frame < frames; frame++) pixels[(bands - 1 - band) * frames + frame] = colour[values[band * frames + frame]];
  context.putImageData(picture, 0, 0);
  const width = parseInt(below.style.width, 10), left = Number(below.dataset.left);
  const [canvas, own] = canvasOf(width, 84, "The sound's spectrogram, low tones at the bottom");
  own.drawImage(source, left, 0, width - left - 8, 80);
  return scroll(canvas);
};

// What each position gets from each, through all layers.
const square = (r, text, note) => {
  const values = bytes(r.data), scales = floats(r.scale);
  const at = (row, column) => (values[row * r.columns + column] / 255) * scales[row];
  const picture = make("canvas", undefined, { width: r.columns, height: r.rows });
  const context = picture.getContext("2d"), pixels = context.createImageData(r.columns, r.rows), colour = colours();
  const words = new Uint32Array(pixels.data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = colour[Math.round(255 * Math.sqrt(values[i] / 255))];
  context.putImageData(pixels, 0, 0);
  const name = (i) => label(r.stage, i, r.pool);
  const canvas = matrix(r.rows, r.columns, at, picture, [name, name], text, (row) => { state.token = row * r.pool; }, [Math.min(r.rows - 1, Math.floor(state.token / r.pool)), -1]);
  return [make("p", note + " Rows are scaled to their greatest value, and colour goes by the square root.", { className: "note" }), scroll(canvas)];
};
views.push(["rollout", "Rollout", () => data.rollout, () => {
  const parts = square(data.rollout, "Attention rollout of all layers", "Rollout (arXiv:2005.00928) multiplies the layers' mean attention, half of each being the residual stream. In a causal model it drifts to the first tokens.");
  if (data.flowProblem) parts.push(make("p", `There is no flow view: ${data.flowProblem}.`, { className: "note" }));
  show(...parts);
  say("");
}]);
views.push(["flow", "Flow", () => data.flow, () => {
  show(...square(data.flow, "Attention flow through all layers", "Flow (arXiv:2005.00928) is the most that could pass from an input (column) to a position behind the last layer (row), each layer's mean attention and the residual stream being pipes. Unlike rollout, the narrowest place on the way counts, not the product."));
  say("");
}]);
