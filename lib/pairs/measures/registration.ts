/** Which part of the clean picture a degraded one shows. */
import { luma } from "../kernels/planes.js";
import type { Raster } from "../raster.js";

/** A window of the clean picture, of the picture's own shape. */
interface Window {
  /** Side as a share of the picture's. */
  readonly side: number;
  /** Clockwise turn of the window, radians. */
  readonly angle: number;
  /** Centre, px. */
  readonly x: number;
  readonly y: number;
}

interface Match extends Window {
  readonly correlation: number;
}

const smallestSide = 0.2;
const widestTurn = (36 * Math.PI) / 180;
/** Side of a square of as many points as the coarse search looks at. */
const coarseSide = 96;
const coarseCells = 8;
const fineCells = 20;
/** Candidates of the coarse search that are refined. */
const finalists = 14;

/** Sums of luma over the rectangles from the top left corner, one row and column larger than the picture. */
interface Integral {
  readonly sums: Float64Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Share of the clean picture's area, 0..1, that the degraded one shows, when that is taken as a window of the clean picture:
 * enlarged, turned by up to 36 degrees, wherever it lies. Found by exhaustive search for the highest correlation of luma, then
 * refined. Falls as a crop grows tighter.
 */
export function seenShare(clean: Raster, degraded: Raster): number {
  return register(clean, degraded).side ** 2;
}

/** Correlation of luma, -1..1, between the degraded picture and the window of the clean one that it shows best. */
export function registeredCorrelation(clean: Raster, degraded: Raster): number {
  return register(clean, degraded).correlation;
}

let latest: { clean: Raster; degraded: Raster; match: Match } | undefined;

/** The best window; kept for a second question about the same two pictures. */
function register(clean: Raster, degraded: Raster): Match {
  if (latest?.clean === clean && latest.degraded === degraded) return latest.match;
  const source = integral(clean);
  const target = integral(degraded);
  const fine = cellMeans(target, fineCells);
  const match = coarseSearch(source, cellMeans(target, coarseCells))
    .map((candidate) => refine(source, candidate, fine))
    .reduce((best, other) => (other.correlation > best.correlation ? other : best));
  latest = { clean, degraded, match };
  return match;
}

/** The best of windows of all sides, turns and places, close enough that one of them overlaps the true one well. */
function coarseSearch(source: Integral, target: Float64Array): Match[] {
  const found: Match[] = [];
  for (let side = 1; side > smallestSide; side *= 0.89) {
    const means = smoothed(source, side);
    for (let step = -6; step <= 6; step++) searchPlaces(means, source, side, (step * widestTurn) / 6, target, found);
  }
  return found;
}

/** Luma averaged over as large a cell as the window's, at points of a coarse grid. */
interface Means {
  readonly values: Float64Array;
  readonly width: number;
  readonly height: number;
}

function smoothed(source: Integral, side: number): Means {
  const factor = Math.max(1, Math.sqrt(source.width * source.height) / coarseSide);
  const width = Math.max(1, Math.round(source.width / factor));
  const height = Math.max(1, Math.round(source.height / factor));
  const [w, h] = [(side * source.width) / coarseCells / 2, (side * source.height) / coarseCells / 2];
  const values = new Float64Array(width * height);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++)
      values[p] = boxAt(source, ((x + 0.5) * source.width) / width, ((y + 0.5) * source.height) / height, w, h);
  return { values, width, height };
}

/** Tries every place for windows of one side and turn; keeps the best found so far, best first. */
function searchPlaces(
  means: Means,
  { width, height }: Integral,
  side: number,
  angle: number,
  target: Float64Array,
  found: Match[],
): void {
  const [rx, ry] = reach(side, angle, width, height);
  if (rx > width / 2 + 1e-6 || ry > height / 2 + 1e-6) return;
  const offsets = lattice(side, angle, means);
  const columns = Math.ceil((10 * (width - 2 * rx)) / (side * width));
  const rows = Math.ceil((10 * (height - 2 * ry)) / (side * height));
  for (let j = 0; j <= rows; j++)
    for (let i = 0; i <= columns; i++) {
      const x = rx + (columns ? (i / columns) * (width - 2 * rx) : width / 2 - rx);
      const y = ry + (rows ? (j / rows) * (height - 2 * ry) : height / 2 - ry);
      const correlation = correlateCoarsely(
        means,
        (x * means.width) / width,
        (y * means.height) / height,
        offsets,
        target,
      );
      if (found.length === finalists && correlation <= (found[finalists - 1] as Match).correlation) continue;
      found.push({ side, angle, x, y, correlation });
      found.sort((a, b) => b.correlation - a.correlation);
      found.length = Math.min(found.length, finalists);
    }
}

/** Where the cells' centres of a turned window lie about its own, in points of the grid; x, y pairs. */
function lattice(side: number, angle: number, { width, height }: Means): Float64Array {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const out = new Float64Array(2 * coarseCells * coarseCells);
  for (let i = 0; i < out.length / 2; i++) {
    const dx = (((i % coarseCells) + 0.5) / coarseCells - 0.5) * side * width;
    const dy = ((Math.floor(i / coarseCells) + 0.5) / coarseCells - 0.5) * side * height;
    out[2 * i] = dx * cos - dy * sin;
    out[2 * i + 1] = dx * sin + dy * cos;
  }
  return out;
}

function correlateCoarsely(
  { values, width, height }: Means,
  x: number,
  y: number,
  offsets: Float64Array,
  target: Float64Array,
): number {
  const sums: Sums = { a: 0, b: 0, aa: 0, bb: 0, ab: 0 };
  for (let i = 0; i < target.length; i++) {
    const column = Math.max(0, Math.min(width - 1, Math.floor(x + (offsets[2 * i] as number))));
    const row = Math.max(0, Math.min(height - 1, Math.floor(y + (offsets[2 * i + 1] as number))));
    count(sums, values[row * width + column] as number, target[i] as number);
  }
  return pearson(sums, target.length);
}

/** Sums over two series, for their correlation. */
interface Sums {
  a: number;
  b: number;
  aa: number;
  bb: number;
  ab: number;
}

function count(sums: Sums, u: number, v: number): void {
  sums.a += u;
  sums.b += v;
  sums.aa += u * u;
  sums.bb += v * v;
  sums.ab += u * v;
}

function pearson({ a, b, aa, bb, ab }: Sums, n: number): number {
  return (ab - (a * b) / n) / Math.sqrt(Math.max(1e-9, (aa - (a * a) / n) * (bb - (b * b) / n)));
}

/** Half the width and height of a turned window's bounding box. */
function reach(side: number, angle: number, width: number, height: number): [number, number] {
  const [cos, sin] = [Math.cos(angle), Math.abs(Math.sin(angle))];
  return [(side * (width * cos + height * sin)) / 2, (side * (width * sin + height * cos)) / 2];
}

/** Steps in all four parameters, halved whenever none of them helps. */
function refine(source: Integral, start: Window, target: Float64Array): Match {
  const { width, height } = source;
  let best: Match = { ...start, correlation: correlate(source, start, target, fineCells) };
  for (let step = 1; step > 0.02; ) {
    const move = 0.05 * step;
    const steps: Window[] = [];
    for (const sign of [-1, 1])
      steps.push(
        { ...best, side: Math.min(1, best.side * (1 + sign * move)) },
        { ...best, angle: best.angle + sign * step * 0.04 },
        { ...best, x: best.x + sign * move * best.side * width },
        { ...best, y: best.y + sign * move * best.side * height },
      );
    let improved = false;
    for (const window of steps) {
      const correlation = correlate(source, window, target, fineCells);
      if (correlation <= best.correlation) continue;
      best = { ...window, correlation };
      improved = true;
    }
    if (!improved) step /= 2;
  }
  return best;
}

function integral(raster: Raster): Integral {
  const { width, height } = raster;
  const bright = luma(raster);
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0, p = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++, p++) {
      row += bright[p] as number;
      const at = (y + 1) * (width + 1) + x + 1;
      sums[at] = (sums[at - width - 1] as number) + row;
    }
  }
  return { sums, width, height };
}

/** Mean over a box around a point, px, cut at the picture's border. */
function boxAt({ sums, width, height }: Integral, x: number, y: number, halfWidth: number, halfHeight: number): number {
  const left = Math.max(0, Math.min(width - 1, Math.round(x - halfWidth)));
  const top = Math.max(0, Math.min(height - 1, Math.round(y - halfHeight)));
  const right = Math.max(left + 1, Math.min(width, Math.round(x + halfWidth)));
  const bottom = Math.max(top + 1, Math.min(height, Math.round(y + halfHeight)));
  const [above, below] = [top * (width + 1), bottom * (width + 1)];
  const sum =
    (sums[below + right] as number) -
    (sums[below + left] as number) -
    (sums[above + right] as number) +
    (sums[above + left] as number);
  return sum / ((right - left) * (bottom - top));
}

/** Mean luma of cells x cells equal parts. */
function cellMeans(picture: Integral, cells: number): Float64Array {
  const [w, h] = [picture.width / cells, picture.height / cells];
  return Float64Array.from({ length: cells * cells }, (_, i) =>
    boxAt(picture, ((i % cells) + 0.5) * w, (Math.floor(i / cells) + 0.5) * h, w / 2, h / 2),
  );
}

/** Pearson correlation between a window's cells and the target's. */
function correlate(source: Integral, { side, angle, x, y }: Window, target: Float64Array, cells: number): number {
  const [w, h] = [(side * source.width) / cells, (side * source.height) / cells];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const sums: Sums = { a: 0, b: 0, aa: 0, bb: 0, ab: 0 };
  for (let j = 0, i = 0; j < cells; j++)
    for (let k = 0; k < cells; k++, i++) {
      const dx = (k + 0.5 - cells / 2) * w;
      const dy = (j + 0.5 - cells / 2) * h;
      count(sums, boxAt(source, x + dx * cos - dy * sin, y + dx * sin + dy * cos, w / 2, h / 2), target[i] as number);
    }
  return pearson(sums, cells * cells);
}
