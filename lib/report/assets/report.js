// @ts-check
/// <reference lib="dom" />
// The report's own script: draws the charts in the colours of the page and shows an image's panel. It asks for nothing from elsewhere.
(() => {
  /**
   * @typedef {{ name: string, label: string, src: string, text: string, scale: string }} Layer
   * @typedef {object} PanelImage
   * @property {string} path
   * @property {string} alt
   * @property {{ src: string, width: number, height: number }} [picture]
   * @property {[string, string][]} facts
   * @property {Layer[]} layers
   * @property {string} [note] why something is missing
   */

  /** @param {string} id */
  const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
  /** @param {string} id */
  const picture = (id) => /** @type {HTMLImageElement} */ (document.getElementById(id));

  /** @type {{ charts: { id: string, spec: any }[], images: PanelImage[] }} */
  const data = JSON.parse(element("data").textContent ?? "");

  /** A colour of the page as it is now. @param {string} name */
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  const palette = ["#4c8fd6", "#e08a2e", "#3fa36c", "#d2527f", "#8f76d6", "#a89a2b", "#4bb3c3", "#9a6b4f"];

  function config() {
    const [ink, soft, line] = [colour("ink"), colour("soft"), colour("line")];
    const axis = { labelColor: soft, titleColor: soft, gridColor: line, domainColor: line, tickColor: line };
    return {
      background: "transparent",
      font: "system-ui, sans-serif",
      view: { stroke: null },
      axis: { ...axis, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelOverlap: "greedy" },
      axisXQuantitative: { tickCount: { expr: "ceil(width / 60)" } },
      axisYQuantitative: { tickCount: { expr: "ceil(height / 40)" } },
      legend: { labelColor: ink, titleColor: soft, labelFontSize: 12 },
      range: { category: palette },
      // The chart as a whole has its text; two thousand points read out one by one would hide it.
      aria: false,
    };
  }

  /** @type {{ finalize: () => void }[]} */
  let drawn = [];
  let drawing = Promise.resolve();

  /** Draws all charts once those before are drawn: two at once would get into each other's way. */
  function redraw() {
    drawing = drawing.then(drawCharts);
  }

  async function drawCharts() {
    document.documentElement.dataset.charts = "drawing";
    for (const chart of drawn) chart.finalize();
    drawn = [];
    const params = ["ink", "accent"].map((name) => ({ name, value: colour(name) }));
    for (const { id, spec } of data.charts) {
      const place = /** @type {HTMLElement} */ (document.querySelector(`[data-chart="${id}"]`));
      const small = place.closest(".small") !== null;
      const whole = {
        width: "container",
        height: small ? 90 : 220,
        ...spec,
        params,
        autosize: { type: "fit-x", contains: "padding" },
      };
      const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, config: config() };
      try {
        // @ts-expect-error: made by the library before this script
        drawn.push(await window.vegaEmbed(place, whole, options));
      } catch (error) {
        place.textContent = "This chart could not be drawn; its numbers are below.";
        console.error(error);
      }
    }
    document.documentElement.dataset.charts = "drawn";
  }

  const panel = /** @type {HTMLDialogElement} */ (document.getElementById("panel"));
  let shown = 0;
  /** Name of the map that was chosen last, so that it stays from image to image; undefined: none. @type {string | undefined} */
  let map = data.images.find(({ layers }) => layers.length > 0)?.layers[0]?.name;

  /** Buttons of all maps, and one that takes the map away. @param {Layer[]} layers */
  function showMaps(layers) {
    const group = element("panel-maps");
    group.replaceChildren(
      ...[...layers, undefined].map((layer, i) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = layer ? layer.label : "No map";
        if (layer) button.dataset.map = layer.name;
        button.addEventListener("click", () => {
          map = layer?.name;
          chooseMap(layers, i);
        });
        return button;
      }),
    );
    element("panel-looks").hidden = layers.length === 0;
    const last = layers.findIndex(({ name }) => name === map);
    chooseMap(layers, last < 0 ? layers.length : last);
  }

  /** @param {Layer[]} layers @param {number} chosen */
  function chooseMap(layers, chosen) {
    const layer = layers[chosen];
    const image = /** @type {PanelImage} */ (data.images[shown]);
    const over = picture("panel-layer");
    over.hidden = layer === undefined;
    over.src = layer ? layer.src : "data:,";
    over.alt = layer ? layer.text : "";
    element("panel-picture").classList.toggle("mapped", layer !== undefined);
    element("panel-scale").hidden = layer === undefined;
    element("panel-scale-text").textContent = layer ? layer.scale : "";
    element("panel-text").textContent = layer ? layer.text : (image.note ?? "The picture without a map.");
    [...element("panel-maps").children].forEach((button, i) => {
      button.setAttribute("aria-pressed", String(i === chosen));
    });
  }

  /** @param {number} index */
  function showImage(index) {
    shown = (index + data.images.length) % data.images.length;
    const image = /** @type {PanelImage} */ (data.images[shown]);
    element("panel-title").textContent = image.path;
    const view = picture("panel-image");
    element("panel-picture").hidden = image.picture === undefined;
    if (image.picture)
      Object.assign(view, {
        src: image.picture.src,
        width: image.picture.width,
        height: image.picture.height,
        alt: image.alt,
      });
    element("panel-facts").replaceChildren(
      ...image.facts.flatMap(([name, value]) => {
        const term = document.createElement("dt");
        const text = document.createElement("dd");
        term.textContent = name;
        text.textContent = value;
        return [term, text];
      }),
    );
    showMaps(image.layers);
  }

  for (const button of document.querySelectorAll("[data-image]")) {
    button.addEventListener("click", () => {
      showImage(Number(/** @type {HTMLElement} */ (button).dataset.image));
      panel.showModal();
    });
  }
  element("panel-close").addEventListener("click", () => panel.close());
  element("panel-previous").addEventListener("click", () => showImage(shown - 1));
  element("panel-next").addEventListener("click", () => showImage(shown + 1));
  // A click beside the panel closes it, as Escape does.
  panel.addEventListener("click", (event) => {
    if (event.target === panel) panel.close();
  });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  redraw();
})();
