/** Where a critic looked, and at which scale. */
import type { Score } from "../calibration/score.js";
import { EliqError } from "../errors.js";
import type { NativeExplanation } from "../native/addon.js";
import { HeatMap } from "./heat-map.js";

/** One level of the backbone. */
export interface LevelExplanation {
  /** The tap's name in config.json, e.g. "stage.4". */
  readonly name: string;
  /** Input pixels from one of its tokens to the next: small strides see texture, large ones see objects. */
  readonly stride: number;
  /** The gate of this level at every cell, in [0, 1]; the gates of all levels sum to 1 at each cell. */
  readonly gate: HeatMap;
  /** `gate` times the combined attention: how much the score read through this level at this place. */
  readonly attention: HeatMap;
}

/**
 * Maps over one image, in image coordinates. Gates and attention say where the network read from, not what it would take to
 * change its verdict: a cell with high attention may speak for the image or against it. `localQuality` says that.
 */
export interface Explanation {
  readonly score: Score;
  /** Size of the image in pixels, EXIF orientation applied: the coordinates of every map. */
  readonly width: number;
  readonly height: number;
  /** Cells of every map. */
  readonly grid: { readonly width: number; readonly height: number };
  /**
   * The raw quality that the heads give when the quality queries may read one cell alone; higher is better, comparable within one
   * model. Each cell is as the fusion made it, with the whole image as context.
   */
  readonly localQuality: HeatMap;
  /** Attention of all quality queries together (their mean); sums to 1 over the cells. */
  readonly attention: HeatMap;
  /** Attention of each quality query; each sums to 1 over the cells. */
  readonly queries: readonly HeatMap[];
  readonly levels: readonly LevelExplanation[];
}

/** Wraps the addon's flat arrays for an image of `width` x `height` pixels. */
export function toExplanation(
  native: NativeExplanation | undefined,
  score: Score,
  width: number,
  height: number,
): Explanation {
  if (!native) throw new EliqError("ERR_INTERNAL", "The addon gave no explanation.");
  const { gridWidth, gridHeight, levels } = native;
  const cells = gridWidth * gridHeight;
  const map = (values: Float32Array) => new HeatMap(values, gridWidth, gridHeight, width, height);
  const slices = (values: Float32Array) =>
    Array.from({ length: values.length / cells }, (_, i) => values.subarray(i * cells, (i + 1) * cells));

  const queries = slices(native.attention);
  const attention = mean(queries, cells);
  const gates = slices(native.gates);
  return {
    score,
    width,
    height,
    grid: { width: gridWidth, height: gridHeight },
    localQuality: map(native.quality),
    attention: map(attention),
    queries: queries.map(map),
    levels: levels.map(({ name, stride }, i) => {
      const gate = gates[i] as Float32Array;
      return { name, stride, gate: map(gate), attention: map(gate.map((g, cell) => g * (attention[cell] as number))) };
    }),
  };
}

function mean(maps: Float32Array[], cells: number): Float32Array {
  const sum = new Float32Array(cells);
  for (const values of maps) for (let i = 0; i < cells; i++) sum[i] = (sum[i] as number) + (values[i] as number);
  return sum.map((value) => value / maps.length);
}
