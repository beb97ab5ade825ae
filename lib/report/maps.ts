/** Where the critic looked and found fault, as layers to lay over a picture, each with a sentence that says the same in words. */
import sharp from "sharp";
import { heatColours, type Rgb } from "../explanation/colours.js";
import type { Explanation } from "../explanation/explanation.js";
import { faultsOf } from "../explanation/faults.js";
import type { HeatMap } from "../explanation/heat-map.js";
import { smoothLevels } from "../explanation/overlay.js";
import { dataUrl } from "./pictures.js";

/** A map over a picture. */
export interface MapLayer {
  /** The name that `eliq explain --map` takes. */
  readonly name: string;
  /** What its button says. */
  readonly label: string;
  /** Data URL of a WebP with transparency, of the picture's shape. */
  readonly src: string;
  /** Where it is strongest, in words. */
  readonly text: string;
  /** What its colours stand for. */
  readonly scale: string;
}

const scales = {
  faults:
    "From the place of this image that the critic likes best to the one that it likes least. Each image has its own scale: a good image has a least good place too, often a smooth one, such as a clear sky.",
  looks:
    "From nothing to the map's own maximum. The map says where the score was read, not whether that spoke for or against the image.",
} as const;

/** Longer side of a layer in px: a map has some ten cells a side, and the browser smooths the rest. */
const layerSide = 128;
/** Opacity where a map is at its maximum. */
const strongest = 0.75;

/** All maps of an explanation: faults, all queries together, each query, each level's gate. */
export async function layersOf({ score, localQuality, attention, queries, levels }: Explanation): Promise<MapLayer[]> {
  const faults = faultsOf(localQuality);
  const layer = async (
    name: string,
    label: string,
    map: HeatMap,
    text: string,
    scale: keyof typeof scales = "looks",
  ): Promise<MapLayer> => ({ name, label, src: await drawLayer(map), text, scale: scales[scale] });
  return Promise.all([
    layer("faults", "Faults", faults, faultsText(localQuality, faults, score.raw.quality), "faults"),
    layer("attention", "All queries", attention, attentionText("Mean attention of all quality queries", attention)),
    ...queries.map((map, i) =>
      layer(`query.${i + 1}`, `Query ${i + 1}`, map, attentionText(`Attention of quality query ${i + 1}`, map)),
    ),
    ...levels.map(({ name, stride, gate }) =>
      layer(name, `Gate ${name}`, gate, gateText(name, stride, gate, levels.length)),
    ),
  ]);
}

async function drawLayer(map: HeatMap): Promise<string> {
  const scale = layerSide / Math.max(map.imageWidth, map.imageHeight);
  const width = Math.max(1, Math.round(map.imageWidth * scale));
  const height = Math.max(1, Math.round(map.imageHeight * scale));
  const levels = await smoothLevels(map, width, height);
  const pixels = new Uint8Array(4 * levels.length);
  levels.forEach((level, i) => {
    pixels.set(heatColours[level] as Rgb, 4 * i);
    pixels[4 * i + 3] = strongest * level;
  });
  const webp = sharp(pixels, { raw: { width, height, channels: 4 } }).webp({ quality: 80, alphaQuality: 90 });
  return dataUrl(await webp.toBuffer());
}

/** @param whole raw quality of the image. */
function faultsText({ min, max }: HeatMap, faults: HeatMap, whole: number): string {
  const range = `from ${min.toFixed(1)} to ${max.toFixed(1)}, that of the whole image is ${whole.toFixed(1)}`;
  return `Where the critic finds quality low: lowest ${placeOf(faults)}. The raw quality of places judged alone runs ${range}.`;
}

/** @param what begins the sentence. */
function attentionText(what: string, map: HeatMap): string {
  const cells = map.values.length;
  const times = (map.max * cells).toFixed(1);
  return `${what}: strongest ${placeOf(map)}, ${times} times the even share; half of it lies on ${halfOf(map)} of ${cells} cells.`;
}

function gateText(name: string, stride: number, map: HeatMap, levels: number): string {
  const mean = map.values.reduce((sum, value) => sum + value, 0) / map.values.length;
  return `Gate of ${name}, which sees detail of about ${stride} px: from ${map.min.toFixed(2)} to ${map.max.toFixed(2)}, mean ${mean.toFixed(2)} (${(1 / levels).toFixed(2)} would be no preference); strongest ${placeOf(map)}.`;
}

const places = [
  ["at the top left", "at the top", "at the top right"],
  ["on the left", "in the middle", "on the right"],
  ["at the bottom left", "at the bottom", "at the bottom right"],
] as const;

/** The ninth of the picture in which the strongest cell lies. */
function placeOf(map: HeatMap): string {
  const strongestCell = map.values.indexOf(map.max);
  const third = (position: number, of: number) => Math.min(2, Math.floor((3 * (position + 0.5)) / of)) as 0 | 1 | 2;
  const row = third(Math.floor(strongestCell / map.gridWidth), map.gridHeight);
  const column = third(strongestCell % map.gridWidth, map.gridWidth);
  return places[row][column];
}

/** The least number of cells that hold half of a map. */
function halfOf({ values }: HeatMap): number {
  const half = values.reduce((sum, value) => sum + value, 0) / 2;
  let [held, cells] = [0, 0];
  for (const value of Float32Array.from(values).sort().reverse()) {
    if (held >= half) break;
    held += value;
    cells++;
  }
  return cells;
}
