// How the model tells positions apart.
const axes = (context, left, top, width, height, xs, ys) => {
  context.strokeStyle = style("--line");
  context.fillStyle = style("--soft");
  context.lineWidth = 1;
  context.textBaseline = "middle";
  for (const [place, text] of ys) {
    const y = Math.round(top + height * (1 - place)) + 0.5;
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(left + width, y);
    context.stroke();
    context.textAlign = "right";
    context.fillText(text, left - 6, y);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const [place, text] of xs) context.fillText(text, left + width * place, top + height + 6);
  context.textAlign = "left";
};
// Values from -1 to 1 as bytes from 0 to 254: below 0 orange, above blue, and lightness tells the size.
const signed = (byte) => {
  const share = Math.abs(byte - 127) / 127, [r, g, b] = byte >= 127 ? [0, 114, 178] : [213, 94, 0], back = dark() ? [13, 17, 23] : [255, 255, 255];
  const [red, green, blue] = [r, g, b].map((c, i) => Math.round(back[i] + (c - back[i]) * share));
  return (255 << 24) | (blue << 16) | (green << 8) | red;
};
const signedPicture = (values, rows, columns) => {
  const picture = make("canvas", undefined, { width: columns, height: rows });
  const context = picture.getContext("2d"), image = context.createImageData(columns, rows);
  const words = new Uint32Array(image.data.buffer), colour = Uint32Array.from({ length: 256 }, (_, byte) => signed(byte));
  for (let i = 0; i < words.length; i++) words[i] = colour[values[i]];
  context.putImageData(image, 0, 0);
  return picture;
};
const distanceText = (value) => (value >= 1e6 ? value.toExponential(1) : value >= 100 ? value.toFixed(0) : value.toFixed(1));

const pictures = {
  rows(one) {
    const values = bytes(one.similarity), count = one.positions.length, cell = Math.max(1, Math.min(8, Math.floor(420 / count)));
    const left = 60, size = count * cell;
    const [canvas, context] = canvasOf(left + size + 20, size + 30, `Similarity of the rows of ${one.name}`);
    context.imageSmoothingEnabled = false;
    const marks = [0, 0.25, 0.5, 0.75].map((share) => [(Math.floor(share * count) + 0.5) / count, String(one.positions[Math.floor(share * count)])]);
    axes(context, left, 4, size, size, marks, marks.map(([place, text]) => [1 - place, text]));
    context.drawImage(signedPicture(values, count, count), left, 4, size, size);
    canvas.addEventListener("pointermove", (event) => {
      const row = Math.floor((event.offsetY - 4) / cell), column = Math.floor((event.offsetX - left) / cell);
      if (row < 0 || column < 0 || row >= count || column >= count) return;
      say(`Positions ${one.positions[row]} and ${one.positions[column]}: cosine ${((values[row * count + column] - 127) / 127).toFixed(2)}`);
    });
    return [`Rows added to embeddings: ${one.name}, ${one.count} positions`,
      "Cosine of the angle between the rows of two positions: blue alike, white at a right angle, orange opposite. Sinusoids show stripes beside the diagonal; learned rows show what they learned, often neighbours that are alike.", canvas];
  },
  rope(one) {
    const waves = one.wavelengths, all = [...waves, ...(one.long || [])].filter((w) => isFinite(w) && w !== null);
    const low = Math.floor(Math.log10(Math.max(1, Math.min(...all)))), high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all, data.context || 1))));
    const left = 60, width = 560, height = 260, place = (w) => (Math.log10(w) - low) / (high - low);
    const [canvas, context] = canvasOf(left + width + 20, height + 40, `Wavelengths of ${waves.length} pairs, from ${distanceText(Math.min(...all))} to ${distanceText(Math.max(...all))} positions`);
    const ticks = [];
    for (let power = low; power <= high; power++) ticks.push([(power - low) / (high - low), power < 4 ? String(10 ** power) : `10^${power}`]);
    axes(context, left, 8, width, height, [0, 0.25, 0.5, 0.75, 1].map((share) => [share, String(Math.round(share * (waves.length - 1)))]), ticks);
    const line = (list, colour) => {
      context.fillStyle = colour;
      list.forEach((wave, pair) => {
        if (wave === null) return;
        context.beginPath();
        context.arc(left + (width * pair) / Math.max(1, waves.length - 1), 8 + height * (1 - place(wave)), 3, 0, 7);
        context.fill();
      });
    };
    line(waves, headColours[0]);
    if (one.long) line(one.long, headColours[1]);
    if (data.context > 0 && place(data.context) <= 1) {
      context.strokeStyle = style("--ink");
      context.setLineDash([5, 4]);
      context.beginPath();
      const y = 8 + height * (1 - place(data.context));
      context.moveTo(left, y);
      context.lineTo(left + width, y);
      context.stroke();
      context.setLineDash([]);
      context.fillStyle = style("--ink");
      context.textBaseline = "bottom";
      context.fillText(`context: ${data.context}`, left + 6, y - 2);
    }
    canvas.addEventListener("pointermove", (event) => {
      const pair = Math.round(((event.offsetX - left) / width) * (waves.length - 1));
      if (pair < 0 || pair >= waves.length) return;
      say(`Pair ${pair} turns once in ${waves[pair] === null ? "no number of" : distanceText(waves[pair])} positions` + (one.long && one.long[pair] !== null ? `, beyond ${one.beyond} in ${distanceText(one.long[pair])}` : ""));
    });
    const more = (one.long ? ` Orange: beyond ${one.beyond} positions.` : "") + (one.magnitude === 1 ? "" : ` Cosines and sines are multiplied by ${one.magnitude.toFixed(4)}.`);
    return [`Rotary embedding: ${waves.length} pairs`,
      "Positions in which each pair of a query or key turns once (up), fast pairs at the left, with the model's scaling. Pairs whose wavelength is longer than the context never turn once: to them order is nearly an absolute place." + more, canvas];
  },
  alibi(one) {
    const count = one.slopes.length, step = 16, left = 60, width = 520, most = Math.max(...one.slopes);
    const [canvas, context] = canvasOf(left + width + 70, count * step + 4, `Slopes of ${count} heads`);
    one.slopes.forEach((slope, head) => {
      context.fillStyle = style("--ink");
      context.fillText("H" + head, 20, head * step + 12);
      context.fillStyle = headColours[0];
      context.fillRect(left, head * step + 3, Math.max(1, (slope / most) * width), step - 5);
      context.fillStyle = style("--ink");
      context.fillText(slope.toPrecision(3), left + Math.max(1, (slope / most) * width) + 6, head * step + 12);
    });
    return [`ALiBi: ${count} slopes`, "What a head's score loses with each position of distance (arXiv:2108.12409). A head with a slope of 0.5 sees a dozen tokens, one with 0.004 the whole context.", canvas];
  },
  relative(one) {
    const values = bytes(one.values), heads = values.length / one.distances, left = 60, width = 640, step = 18;
    const [canvas, context] = canvasOf(left + width + 20, heads * step + 30, `Biases of ${heads} heads by distance`);
    context.imageSmoothingEnabled = false;
    context.drawImage(signedPicture(values, heads, one.distances), left, 4, width, heads * step);
    context.fillStyle = style("--ink");
    for (let head = 0; head < heads; head++) context.fillText("H" + head, 20, 4 + head * step + 13);
    axes(context, left, 4, width, heads * step, [0, 0.25, 0.5, 0.75, 1].map((share) => [share, String(one.first + Math.round(share * (one.distances - 1)))]), []);
    canvas.addEventListener("pointermove", (event) => {
      const head = Math.floor((event.offsetY - 4) / step), place = Math.floor(((event.offsetX - left) / width) * one.distances);
      if (head < 0 || head >= heads || place < 0 || place >= one.distances) return;
      say(`Head ${head}, ${one.first + place} positions from the query: ${(((values[head * one.distances + place] - 127) / 127) * one.most).toFixed(2)}`);
    });
    return [`Relative biases: ${one.name}, ${one.buckets} buckets`,
      `What a head adds to the score of a key by its distance from the query, ${one.bidirectional ? "behind it (negative) and ahead" : "behind it"}: blue draws, orange repels, from −${one.most.toFixed(1)} to ${one.most.toFixed(1)}. Distances share buckets that grow up to ${one.maxDistance}.`, canvas];
  },
};
views.push(["positions", "Positions", () => data.positions, () => {
  const parts = [];
  for (const one of data.positions) {
    const [title, note, canvas] = pictures[one.kind](one);
    parts.push(make("h2", (one.stage === "main" ? "" : one.stage[0].toUpperCase() + one.stage.slice(1) + ": ") + title), make("p", note, { className: "note" }), scroll(canvas));
  }
  show(...parts);
  say("");
}]);

