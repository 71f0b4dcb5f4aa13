// Similarities of texts: cosines of their vectors.
import { post } from "./api.js";
import { $, during, make } from "./dom.js";

function cosine(a, b) {
  let [product, one, other] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    one += a[i] * a[i];
    other += b[i] * b[i];
  }
  return product / (Math.sqrt(one * other) || 1);
}

function table(texts, vectors) {
  const head = make("tr", {}, make("td"), ...texts.map((text, index) => make("th", { scope: "col", title: text }, String(index + 1))));
  const rows = vectors.map((one, row) => make("tr", {}, make("th", { scope: "row", title: texts[row] }, `${row + 1} ${texts[row]}`),
    ...vectors.map((other) => {
      const value = cosine(one, other);
      const cell = make("td", {}, value.toFixed(3));
      cell.style.backgroundColor = `rgba(var(--heat), ${Math.max(0, value) ** 2 * 0.45})`;
      return cell;
    })));
  return make("table", {}, make("caption", { class: "quiet" }, "Cosine similarity, 1 = the same direction"), make("thead", {}, head), make("tbody", {}, ...rows));
}

export function start() {
  $("embed-form").addEventListener("submit", (event) => {
    event.preventDefault();
    during(event.submitter ?? event.target.querySelector(".main"), async () => {
      const texts = $("texts").value.split("\n").map((line) => line.trim()).filter(Boolean);
      if (!$("embed-model").value) throw new Error("The server has no embedding model.");
      if (texts.length < 2 || texts.length > 100) throw new Error(`There are ${texts.length} texts: write 2 to 100 lines.`);
      const response = await post("v1/embeddings", { model: $("embed-model").value, input: texts, encoding_format: "float" });
      const { data } = await response.json();
      $("matrix").replaceChildren(table(texts, data.sort((a, b) => a.index - b.index).map((entry) => entry.embedding)));
    });
  });
}
