/** A results file as a page to look at. */
import { basename } from "node:path";
import { mapOrdered } from "../batching/ordered.js";
import type { Eliq } from "../eliq.js";
import { throwIfAborted } from "../errors.js";
import type { RgbImage } from "../images/pixels.js";
import type { ReadLimits } from "../images/read.js";
import type { ResultsFile } from "../results/read.js";
import { calibrationCharts } from "./charts/calibration.js";
import { distributionCharts } from "./charts/distributions.js";
import { scatterChart } from "./charts/scatter.js";
import { type Collected, collectResults, type Entry } from "./collect.js";
import type { Evaluation } from "./figures.js";
import { readScripts, readStyle } from "./libraries.js";
import { layersOf, type MapLayer } from "./maps.js";
import { renderPage, type Sheet, type Shown } from "./page.js";
import { encodePicture, pictureSide, readPicture, thumbnailSide, unlessAborted } from "./pictures.js";

/** What the maker of a page is doing. */
export type ReportPhase = "read" | "look";

/** How a page is made. */
export interface ReportOptions {
  /** Images on each of the two contact sheets. */
  readonly sheet: number;
  /** Images to show besides, as the results file writes them or as paths from the current folder. */
  readonly images: readonly string[];
  /** Folder that the file's relative paths are relative to, in place of what it says. */
  readonly folder?: string | undefined;
  readonly evaluations: readonly Evaluation[];
  /** Draws the maps; undefined: a page without maps. */
  readonly eliq: Eliq | undefined;
  readonly limits: ReadLimits;
  /** Said at the top of the page. */
  readonly warnings: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((phase: ReportPhase, done: number, total?: number) => void) | undefined;
}

/** The page and what is worth a line on the terminal. */
export interface Report {
  readonly html: string;
  readonly scored: number;
  readonly failed: number;
  /** Pictures on the page. */
  readonly pictures: number;
  /** Images that should have been there and could not be read, with the reason. */
  readonly missing: readonly { readonly path: string; readonly reason: string }[];
}

/** Pictures that are read and looked at together. */
const together = 4;

/**
 * Makes the page.
 *
 * @throws EliqError ERR_RESULTS for a line that is not as documented; ERR_ABORTED. An image that cannot be read is no error.
 */
export async function makeReport(file: ResultsFile, options: ReportOptions): Promise<Report> {
  const { eliq, signal, onProgress } = options;
  const results = await collectResults(file, {
    sheet: options.sheet,
    folder: options.folder,
    chosen: new Set(options.images),
    signal,
    onProgress: (lines) => onProgress?.("read", lines),
  });
  const { entries, sheets, missing } = await arrange(results, options);
  const shown: Shown[] = [];
  onProgress?.("look", 0, entries.length);
  for await (const one of mapOrdered(entries, together, (entry) => look(entry, options))) {
    shown.push(one);
    throwIfAborted(signal);
    onProgress?.("look", shown.length, entries.length);
  }
  const [style, scripts] = await Promise.all([readStyle(), readScripts()]);
  const html = renderPage({
    name: basename(file.path),
    results,
    created: new Date().toISOString().slice(0, 10),
    distributions: results.scored > 0 ? distributionCharts(results) : [],
    scatter: scatterChart(results),
    calibration: calibrationCharts(results),
    evaluations: options.evaluations,
    shown,
    sheets,
    mapsModel: eliq?.model,
    warnings: [...warningsOf(results, entries, eliq), ...options.warnings],
    style,
    scripts,
  });
  const unread = shown.filter(({ thumbnail }) => !thumbnail);
  return {
    html,
    scored: results.scored,
    failed: results.failed,
    pictures: shown.length - unread.length,
    missing: [...missing, ...unread.map(({ entry, note }) => ({ path: entry.line.path, reason: note ?? "" }))],
  };
}

/** Which images are shown where; an image stands in the list once, however many sheets it is on. */
async function arrange(results: Collected, { images, eliq, limits, signal }: ReportOptions) {
  const entries: Entry[] = [];
  const places = new Map<Entry, number>();
  const place = (entry: Entry) => {
    const known = places.get(entry);
    if (known !== undefined) return known;
    places.set(entry, entries.length);
    return entries.push(entry) - 1;
  };
  const missing: { path: string; reason: string }[] = [];
  const chosen: number[] = [];
  for (const path of new Set(images)) {
    const entry = results.chosen.get(path) ?? (await scoreChosen(path, eliq, limits, signal));
    if ("reason" in entry) missing.push({ path, reason: entry.reason });
    else chosen.push(place(entry));
  }
  const sheets: Sheet[] = [
    { title: "Chosen images", text: "The images that were asked for.", images: chosen },
    {
      title: "Best",
      text: "The highest quality first. Choose an image to see where the critic looks.",
      images: results.best.map(place),
    },
    { title: "Worst", text: "The lowest quality first.", images: results.worst.map(place) },
  ];
  return { entries, sheets, missing };
}

/** A chosen image that the results file does not have is scored now. */
async function scoreChosen(
  path: string,
  eliq: Eliq | undefined,
  limits: ReadLimits,
  signal: AbortSignal | undefined,
): Promise<Entry | { reason: string }> {
  if (!eliq) return { reason: "it is not in the results file, and there is no model to score it with." };
  const reading = await readPicture(path, limits, signal);
  if (!reading.ok) return { reason: reading.error.message };
  try {
    const { alignmentReason, ...score } = await eliq.score({ ...reading.image, channels: 3 }, { signal });
    return { line: { path, ok: true, ...score } as Entry["line"], location: path };
  } catch (cause) {
    return { reason: unlessAborted(cause).message };
  }
}

async function look(entry: Entry, { eliq, limits, signal }: ReportOptions): Promise<Shown> {
  const reading = await readPicture(entry.location, limits, signal);
  if (!reading.ok) {
    const note = reading.error.message;
    return { entry, thumbnail: undefined, picture: undefined, layers: [], note };
  }
  const { image } = reading;
  const [thumbnail, picture, maps] = await Promise.all([
    encodePicture(image, thumbnailSide),
    encodePicture(image, pictureSide),
    explain(image, eliq, signal),
  ]);
  return { entry, thumbnail, picture, ...maps };
}

async function explain(
  image: RgbImage,
  eliq: Eliq | undefined,
  signal: AbortSignal | undefined,
): Promise<{ layers: MapLayer[]; note: string | undefined }> {
  if (!eliq) return { layers: [], note: "This page was made without maps." };
  try {
    return { layers: await layersOf(await eliq.explain({ ...image, channels: 3 }, { signal })), note: undefined };
  } catch (cause) {
    return { layers: [], note: `There are no maps: ${unlessAborted(cause).message}` };
  }
}

function warningsOf({ models, calibrations }: Collected, entries: readonly Entry[], eliq: Eliq | undefined): string[] {
  const scales = [...new Set([...calibrations.map(({ id }) => id), ...entries.map(({ line }) => line.calibration)])];
  const mixed = (names: readonly string[], what: string) =>
    names.length > 1
      ? [`This page mixes ${names.length} ${what}, whose scores cannot be compared: ${names.join(", ")}.`]
      : [];
  const others = models.filter((model) => model !== eliq?.model);
  return [
    ...mixed(models, "models"),
    ...mixed(scales, "calibrations"),
    ...(eliq && others.length > 0
      ? [`The maps are those of ${eliq.model}, the scores those of ${models.join(", ")}.`]
      : []),
  ];
}
