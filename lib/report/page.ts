/** HTML of the report: one file that asks for nothing from elsewhere. */

import { htmlOf, jsonForScript } from "../text/html.js";
import type { FigureTable } from "../training/card.js";
import { type Chart, type DataTable, decimal } from "./charts/chart.js";
import type { Collected, Entry } from "./collect.js";
import { listedFailures } from "./collect.js";
import type { Evaluation } from "./figures.js";
import type { Asset } from "./libraries.js";
import type { MapLayer } from "./maps.js";
import type { Picture } from "./pictures.js";

/** An image on a contact sheet. */
export interface Shown {
  readonly entry: Entry;
  /** undefined where it could not be read. */
  readonly thumbnail: Picture | undefined;
  /** The same larger, for the panel. */
  readonly picture: Picture | undefined;
  /** Empty where there are none; `note` says why. */
  readonly layers: readonly MapLayer[];
  readonly note: string | undefined;
}

/** A contact sheet: places in {@link Page.shown}. */
export interface Sheet {
  readonly title: string;
  readonly text: string;
  readonly images: readonly number[];
}

/** Everything on the page. */
export interface Page {
  /** Name of the results file. */
  readonly name: string;
  readonly results: Collected;
  /** YYYY-MM-DD. */
  readonly created: string;
  readonly distributions: readonly Chart[];
  readonly scatter: Chart | undefined;
  readonly calibration: readonly Chart[];
  readonly evaluations: readonly Evaluation[];
  readonly shown: readonly Shown[];
  readonly sheets: readonly Sheet[];
  /** Model that the maps are of; undefined without maps. */
  readonly mapsModel: string | undefined;
  /** What a reader must know before the numbers. */
  readonly warnings: readonly string[];
  readonly style: string;
  readonly scripts: readonly Asset[];
}

/** The whole page. */
export function renderPage(page: Page): string {
  const charts = [...page.distributions, ...(page.scatter ? [page.scatter] : []), ...page.calibration];
  const hashes = page.scripts.map(({ hash }) => `'${hash}'`).join(" ");
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src ${hashes}; base-uri 'none'; form-action 'none'`;
  const sections = sectionsOf(page);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>eliq report: ${htmlOf(page.name)}</title>
<link rel="icon" href="data:,">
<style>${page.style}</style>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<h1>Report on ${htmlOf(page.name)}</h1>
${summaryHtml(page)}
</header>
<nav aria-label="Sections">${sections.map(({ id, title }) => `<a href="#${id}">${title}</a>`).join("")}</nav>
<main id="main" tabindex="-1">
${page.warnings.length > 0 ? `<div class="warning" role="note">${page.warnings.map((text) => `<p>${htmlOf(text)}</p>`).join("")}</div>` : ""}
<noscript><p class="warning">Charts and maps are drawn by scripts inside this page; the tables are here without them.</p></noscript>
${sections.map(({ id, title, html }) => `<section id="${id}" aria-labelledby="${id}-title">\n<h2 id="${id}-title">${title}</h2>\n${html}\n</section>`).join("\n")}
</main>
${panelHtml}
<script type="application/json" id="data">${jsonForScript({ charts: charts.map(({ id, spec }) => ({ id, spec })), images: page.shown.map(panelData) })}</script>
${page.scripts.map(({ text }) => `<script>${text}</script>`).join("\n")}
</body>
</html>
`;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly html: string;
}

function sectionsOf(page: Page): Section[] {
  const { results } = page;
  const sections: (Section | undefined)[] = [
    { id: "distributions", title: "Scores", html: distributionsHtml(page) },
    { id: "relations", title: page.scatter?.title ?? "Quality against alignment", html: scatterHtml(page) },
    { id: "images", title: "Best and worst", html: page.sheets.map((sheet) => sheetHtml(sheet, page)).join("\n") },
    { id: "calibration", title: "Calibration", html: calibrationHtml(page) },
    page.evaluations.length > 0
      ? { id: "evaluation", title: "Agreement with people", html: page.evaluations.map(evaluationHtml).join("\n") }
      : undefined,
    results.failed > 0 ? { id: "failures", title: "Failed images", html: failuresHtml(results) } : undefined,
  ];
  return sections.filter((section) => section !== undefined);
}

function summaryHtml({ results, created, mapsModel }: Page): string {
  const facts: [string, string][] = [
    ["Images", `${results.scored} scored, ${results.failed} failed`],
    ["Model", results.models.join(", ") || "none"],
    ["Calibration", results.calibrations.map(({ id }) => id).join(", ") || "none"],
    ...(results.header?.dataset ? ([["Data set", results.header.dataset]] as [string, string][]) : []),
    ...(results.header ? ([["Scored on", results.header.created]] as [string, string][]) : []),
    ["Maps by", mapsModel ?? "no model"],
    ["Page made on", created],
  ];
  return `<dl class="facts">${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${htmlOf(value)}</dd></div>`).join("")}</dl>`;
}

function distributionsHtml({ results, distributions }: Page): string {
  if (results.scored === 0) return "<p>No image was scored.</p>";
  const text =
    "<p>Quality as calibrated, higher is better. A score is a place on its calibration's scale, not a percentage.</p>";
  const large = distributions.filter(({ small }) => !small);
  const small = distributions.filter((chart) => chart.small);
  const grid =
    small.length > 0
      ? `<h3>One by one</h3>\n<div class="small">${small.map((chart) => chartHtml(chart, 4)).join("\n")}</div>`
      : "";
  return `${text}\n${large.map((chart) => chartHtml(chart, 3)).join("\n")}\n${grid}`;
}

function scatterHtml({ results, scatter }: Page): string {
  const aligned = results.alignment.x.length;
  const few =
    aligned === 1
      ? "One image alone has an alignment score"
      : `No image of this file has an alignment score${results.prompts === 0 ? ", and none has a prompt" : "; the model was not trained for it"}`;
  const noAlignment =
    aligned < 2
      ? `<p>${few}. ${scatter ? "Quality is set against people's opinions instead." : "There are no opinions to set quality against either."}</p>`
      : "";
  return `${noAlignment}${scatter ? chartHtml(scatter) : ""}`;
}

function calibrationHtml({ results, calibration }: Page): string {
  if (calibration.length === 0) return "<p>No image was scored.</p>";
  const opinions =
    results.opinions.x.length === 0
      ? "<p>The file has no opinions, so that what people say at a score is not known from it.</p>"
      : "";
  return `${calibration.map((chart) => chartHtml(chart, 3)).join("\n")}${opinions}`;
}

/** @param level of the chart's heading; undefined for a chart that its section's heading names. */
function chartHtml({ id, title, summary, table }: Chart, level?: 3 | 4): string {
  const heading = level === undefined ? "" : `<h${level} id="${id}-title">${htmlOf(title)}</h${level}>`;
  return `<figure class="chart">
${heading}
<div class="canvas" data-chart="${id}" role="img" aria-label="${htmlOf(`Chart: ${title}`)}" aria-describedby="${id}-text"></div>
<figcaption id="${id}-text">${htmlOf(summary)}</figcaption>
<details><summary>Numbers<span class="hidden"> of the chart: ${htmlOf(title)}</span></summary>${tableHtml(table, title)}</details>
</figure>`;
}

function tableHtml({ columns, rows }: DataTable, caption: string): string {
  const cell = (value: string | number, i: number) =>
    i === 0 ? `<th scope="row">${htmlOf(String(value))}</th>` : `<td>${htmlOf(String(value))}</td>`;
  return `<div class="scroll" tabindex="0" role="region" aria-label="${htmlOf(`Table: ${caption}`)}"><table>
<caption class="hidden">${htmlOf(caption)}</caption>
<thead><tr>${columns.map((name) => `<th scope="col">${htmlOf(name)}</th>`).join("")}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n")}</tbody>
</table></div>`;
}

function sheetHtml({ title, text, images }: Sheet, { shown }: Page): string {
  if (images.length === 0) return "";
  return `<h3>${htmlOf(title)}</h3>
<p>${htmlOf(text)}</p>
<ul class="sheet">${images.map((i) => thumbnailHtml(shown[i] as Shown, i)).join("\n")}</ul>`;
}

function thumbnailHtml({ entry, thumbnail, note }: Shown, index: number): string {
  const { line } = entry;
  const score = decimal(line.quality);
  const picture = thumbnail
    ? `<img src="${thumbnail.src}" width="${thumbnail.width}" height="${thumbnail.height}" alt="${htmlOf(altOf(entry))}" loading="lazy" decoding="async">`
    : `<span class="missing" role="img" aria-label="${htmlOf(`${line.path}: ${note ?? "it could not be read"}`)}">no picture</span>`;
  return `<li><button type="button" class="thumbnail" data-image="${index}" aria-haspopup="dialog">${picture}<span class="score">${score}</span><span class="under">${htmlOf(line.generator ?? nameOf(line.path))}</span></button></li>`;
}

/** What the picture was asked to show, or what its file is called. */
function altOf({ line }: Entry): string {
  return line.prompt ? shorten(line.prompt, 160) : nameOf(line.path);
}

function nameOf(path: string): string {
  return path.split(/[\\/]/).at(-1) || path;
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function evaluationHtml({ name, tables }: Evaluation): string {
  return `<h3>${htmlOf(name)}</h3>\n${tables.map(figureTableHtml).join("\n")}`;
}

function figureTableHtml({ title, protocol, columns, rows }: FigureTable): string {
  return `<h4>${htmlOf(title)}</h4>${protocol ? `<p>${htmlOf(protocol)}</p>` : ""}${tableHtml({ columns, rows }, title)}`;
}

function failuresHtml({ failed, failures, failedLines }: Collected): string {
  const codes = [...failures].map(([code, count]) => `${count} ${code}`).join(", ");
  const cut = failed > listedFailures ? ` The first ${listedFailures} are listed.` : "";
  const rows = failedLines.map(({ path, code, message }) => [path, code, message]);
  return `<p>${failed === 1 ? "One image was" : `${failed} images were`} not scored: ${htmlOf(codes)}.${cut}</p>${tableHtml({ columns: ["image", "code", "why"], rows }, "Failed images")}`;
}

/** What the script shows of an image; it sets texts as texts. */
function panelData({ entry, picture, layers, note }: Shown) {
  const { line } = entry;
  const opinion = line.opinions?.quality;
  const error = line.uncertainty?.standardError.quality;
  const facts: [string, string][] = [
    ["quality", decimal(line.quality)],
    ["technical", decimal(line.aspects.technical)],
    ["aesthetic", decimal(line.aspects.aesthetic)],
    ["alignment", line.alignment === null ? "not scored" : decimal(line.alignment)],
    ["raw quality", decimal(line.raw.quality) + (error === undefined ? "" : ` ± ${decimal(error)} (standard error)`)],
    ...(line.percentiles ? ([["percentile", line.percentiles.quality.toFixed(1)]] as [string, string][]) : []),
    ...(opinion === undefined ? [] : ([["mean opinion", decimal(opinion)]] as [string, string][])),
    ...(line.generator === undefined ? [] : ([["generator", line.generator]] as [string, string][])),
    ...(line.prompt === undefined ? [] : ([["prompt", line.prompt]] as [string, string][])),
    ["calibration", line.calibration],
  ];
  return { path: line.path, alt: altOf(entry), picture, facts, layers, note };
}

/** Filled by the script. */
const panelHtml = `<dialog id="panel" aria-labelledby="panel-title">
<div class="panel-head"><h2 id="panel-title">Image</h2><button type="button" id="panel-close">Close</button></div>
<div class="panel-body">
<div class="panel-view">
<div id="panel-picture"><img id="panel-image" alt="" src="data:,"><img id="panel-layer" alt="" src="data:,"></div>
<p id="panel-text" aria-live="polite"></p>
</div>
<div class="panel-side">
<div id="panel-looks">
<h3 id="panel-maps-title">Where the critic looks</h3>
<div id="panel-maps" role="group" aria-labelledby="panel-maps-title"></div>
<div id="panel-scale"><span aria-hidden="true"></span><p id="panel-scale-text"></p></div>
</div>
<h3>Scores</h3>
<dl id="panel-facts"></dl>
<div class="panel-walk"><button type="button" id="panel-previous">Previous image</button><button type="button" id="panel-next">Next image</button></div>
</div>
</div>
</dialog>`;
