/** HTML of the gallery. No script is needed to look at it; nothing is loaded from elsewhere. */
import { diffWords } from "diff";
import { htmlOf } from "../../text/html.js";
import type { Header } from "../manifest/schema.js";

/** One place of a chain: the clean picture (level 0) or a level. */
export interface Panel {
  readonly level: number;
  /** Data URL; undefined where only the prompt changes. */
  readonly src: string | undefined;
  /** What was done, in words for the tooltip. */
  readonly steps: readonly string[];
  /** Source of a picture that belongs to another unit. */
  readonly borrowed: string | undefined;
  readonly prompt: string | undefined;
  /** The unit's own prompt, where `prompt` is another one. */
  readonly original: string | undefined;
  readonly similarity: number | undefined;
}

/** One chain. */
export interface Row {
  readonly source: string;
  readonly families: readonly string[];
  readonly panels: readonly Panel[];
}

export interface Article {
  readonly name: string;
  readonly aspects: readonly string[];
  readonly summary: string;
  readonly rows: readonly Row[];
}

export interface Section {
  readonly title: string;
  readonly articles: readonly Article[];
}

export interface Page {
  readonly manifest: Header;
  readonly units: number;
  readonly sections: readonly Section[];
}

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #1f6feb; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; }
header, main { max-width: 1500px; margin: 0 auto; padding: 1rem 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; }
nav { position: sticky; top: 0; z-index: 1; background: Canvas; border-bottom: 1px solid var(--line); padding: .5rem 1.5rem; overflow-x: auto; white-space: nowrap; }
nav a { margin-right: 1.2rem; color: var(--accent); text-decoration: none; }
nav a:hover, nav a:focus { text-decoration: underline; }
section { scroll-margin-top: 3rem; }
section > h2 { border-bottom: 2px solid var(--line); padding-bottom: .2rem; margin: 2rem 0 1rem; }
article { margin: 0 0 1.8rem; scroll-margin-top: 3.5rem; }
h3 { margin: 0; font-size: 1.05rem; }
h3 small { font-weight: normal; opacity: .7; margin-left: .6rem; }
article > p { margin: .1rem 0 .5rem; opacity: .85; }
ol { list-style: none; display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: .5rem; padding: 0; margin: .4rem 0 .8rem; }
figure { margin: 0; }
img { width: 100%; height: auto; display: block; background: var(--soft); border-radius: 3px; }
figcaption { font-size: .8rem; opacity: .8; overflow-wrap: anywhere; }
ol.prompts { grid-template-columns: minmax(120px, 180px) 1fr; }
ol.prompts li.text { grid-column: 2; border-left: 3px solid var(--line); padding: .1rem .7rem; }
ol.prompts li:first-child { grid-row: span 6; }
del { color: #c62828; } ins { color: #2e7d32; text-decoration: none; font-weight: 600; }
@media (prefers-color-scheme: dark) { del { color: #ef9a9a; } ins { color: #a5d6a7; } }
@media (max-width: 700px) { ol:not(.prompts) { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
`;

/** The whole page. */
export function renderPage({ manifest, units, sections }: Page): string {
  const families = new Set(
    sections.flatMap(({ articles }) => articles.flatMap(({ rows }) => rows.flatMap((row) => row.families))),
  );
  const { environment, seed, maxPixels, encoding } = manifest;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>eliq pairs</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<header>
<h1>Pairs: good pictures and their negatives</h1>
<p>${families.size} families, ${manifest.levels} levels each, from a manifest of ${units} pictures. The first picture of a row is the
good one; damage grows from level 1 to level ${manifest.levels}. Seed ${seed}, at most ${maxPixels} pixels, ${htmlOf(encoding.format)},
sharp ${htmlOf(environment.sharp)} with libvips ${htmlOf(environment.libvips)}.</p>
</header>
<nav aria-label="Cells of the grid">${sections.map(({ title }) => `<a href="#${slug(title)}">${htmlOf(title)}</a>`).join("")}</nav>
<main>
${sections.map(renderSection).join("\n")}
</main>
</html>
`;
}

function renderSection({ title, articles }: Section): string {
  return `<section id="${slug(title)}" aria-labelledby="${slug(title)}-title">
<h2 id="${slug(title)}-title">${htmlOf(title)}</h2>
${articles.map(renderArticle).join("\n")}
</section>`;
}

function renderArticle({ name, aspects, summary, rows }: Article): string {
  const orders = aspects.length > 0 ? `<small>orders ${htmlOf(aspects.join(", "))}</small>` : "";
  return `<article id="${htmlOf(name)}">
<h3>${htmlOf(name)}${orders}</h3>
<p>${htmlOf(summary)}</p>
${rows.map((row) => renderRow(row, name)).join("\n")}
</article>`;
}

function renderRow({ source, families, panels }: Row, name: string): string {
  const onlyPrompts = panels.slice(1).every(({ src }) => src === undefined);
  const label = families.length > 1 ? families.join(" + ") : name;
  return `<ol aria-label="${htmlOf(`${label} on ${source}`)}"${onlyPrompts ? ' class="prompts"' : ""}>
${panels.map((panel) => renderPanel(panel, label, name, source)).join("\n")}
</ol>`;
}

function renderPanel(panel: Panel, label: string, family: string, source: string): string {
  const { level, src, steps, borrowed } = panel;
  const data = `data-family="${htmlOf(family)}" data-level="${level}"`;
  const title = level === 0 ? "good" : `level ${level}`;
  if (src === undefined) return `<li class="text" ${data}><b>${title}</b> ${promptHtml(panel)}</li>`;
  const alt = level === 0 ? `${source}, as it was` : `${label}, ${title}`;
  const caption = level === 0 && family === "combinations" ? label : title;
  const from = borrowed === undefined ? "" : ` (${borrowed})`;
  const tooltip = steps.length > 0 ? ` title="${htmlOf(steps.join("\n"))}"` : "";
  return `<li ${data}><figure><img src="${src}" alt="${htmlOf(alt)}"${tooltip} loading="lazy"><figcaption>${htmlOf(caption + from)}${
    panel.prompt !== undefined && level === 0 ? `: ${htmlOf(shorten(panel.prompt))}` : ""
  }</figcaption></figure></li>`;
}

function shorten(text: string): string {
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
}

/** The prompt with what differs from the unit's own marked; a prompt of its own is shown as it is. */
function promptHtml({ prompt = "", original, similarity }: Panel): string {
  if (similarity !== undefined) return `${htmlOf(prompt)} <small>(similarity ${similarity.toFixed(2)})</small>`;
  if (original === undefined) return htmlOf(prompt);
  return diffWords(original, prompt)
    .map(({ value, added, removed }) =>
      added ? `<ins>${htmlOf(value)}</ins>` : removed ? `<del>${htmlOf(value)}</del>` : htmlOf(value),
    )
    .join("");
}

function slug(title: string): string {
  return title.toLowerCase().replace(/[^a-z]+/g, "-");
}
