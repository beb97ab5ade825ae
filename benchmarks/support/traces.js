// @ts-check
import sharp from "sharp";
import { luma } from "../../dist/pairs/kernels/planes.js";
import { collect } from "../../dist/pairs/raster.js";

/** What a file gives away about how it was made, in the order of `fileTraces`: a critic could learn these instead of quality. */
export const TRACES = /** @type {const} */ ([
  "log of file size",
  "width",
  "height",
  "JPEG luma table",
  "JPEG chroma table",
  "blockiness across columns",
  "blockiness across rows",
]);

/** The indices of the traces that `wholeRatio` takes the place of, and of its own: it is measured beside them. */
export const WHOLE_RATIO = /** @type {const} */ ({ replaced: [5, 6], own: [7, 8] });

/** Side of the blocks of JPEG; other coders' blocks are its multiples or halves. */
const BLOCK = 8;

/** The traces of an encoded picture. @param {Buffer} file @returns {Promise<number[]>} as many as `TRACES`, and the two of `wholeRatio` */
export async function fileTraces(file) {
  const raster = await collect(sharp(file));
  const tables = quantisation(file);
  const { columns, rows } = blockiness(raster);
  const whole = wholeRatio(raster);
  const sizes = [Math.log(file.length), raster.width, raster.height];
  return [...sizes, tables.luma, tables.chroma, columns, rows, whole.columns, whole.rows];
}

/**
 * Mean entries of a JPEG file's quantisation tables 0 (luma) and 1 (chroma), as DQT segments give them (ITU-T T.81, B.2.4.1);
 * 0 for a table that is not there, and for other formats.
 *
 * @param {Buffer} file
 */
export function quantisation(file) {
  const means = [0, 0, 0, 0];
  let at = file.readUInt16BE(0) === 0xffd8 ? 2 : file.length;
  while (at + 4 <= file.length) {
    const marker = file.readUInt16BE(at);
    const length = file.readUInt16BE(at + 2);
    if (marker === 0xffda) break; // from the scan on, there are no segments to walk
    if (marker === 0xffdb) readTables(file.subarray(at + 4, at + 2 + length), means);
    at += 2 + length;
  }
  return { luma: means[0] ?? 0, chroma: means[1] ?? 0 };
}

/** @param {Buffer} segment one or more tables @param {number[]} means by table number */
function readTables(segment, means) {
  for (let at = 0; at < segment.length; ) {
    const [precision, number] = [segment.readUInt8(at) >> 4, segment.readUInt8(at) & 15];
    const size = precision === 0 ? 1 : 2;
    let sum = 0;
    for (let i = 0; i < 64; i++) sum += segment.readUIntBE(at + 1 + size * i, size);
    means[number] = sum / 64;
    at += 1 + 64 * size;
  }
}

/**
 * How much stronger luma differences are across lines at multiples of 8 px than across the three lines on either side of each: mean
 * over the lines of the logarithm of the ratio. Above 0 where the traces of a block coder lie on the picture's grid; 0 on average
 * where they do not. The logarithm of each line by itself keeps single long edges from deciding. The outer eighth does not count,
 * where blur with repeated borders, or a vignette, would show as well.
 *
 * @param {import("../../dist/pairs/raster.js").Raster} raster @returns {{ columns: number, rows: number }}
 */
export function blockiness(raster) {
  const { columns, rows } = lineDifferences(raster);
  return { columns: onGrid(columns), rows: onGrid(rows) };
}

/**
 * A cruder blockiness: the logarithm of the mean difference across all lines at multiples of 8 px over that across all others. What
 * changes towards the border moves it without any coding, because the outermost lines are never on the grid.
 *
 * @param {import("../../dist/pairs/raster.js").Raster} raster @returns {{ columns: number, rows: number }}
 */
export function wholeRatio(raster) {
  const { columns, rows } = lineDifferences(raster);
  return { columns: ratioOf(columns), rows: ratioOf(rows) };
}

/** Mean absolute luma difference across the line before each column and each row. @param {import("../../dist/pairs/raster.js").Raster} raster */
function lineDifferences(raster) {
  const { width, height } = raster;
  const bright = luma(raster);
  const columns = new Float64Array(width);
  const rows = new Float64Array(height);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const here = Number(bright[p]);
      if (x > 0) columns[x] = Number(columns[x]) + Math.abs(here - Number(bright[p - 1])) / height;
      if (y > 0) rows[y] = Number(rows[y]) + Math.abs(here - Number(bright[p - width])) / width;
    }
  return { columns, rows };
}

/** @param {Float64Array} differences mean across the line before each column or row */
function ratioOf(differences) {
  const [grid, other] = [0, 1].map((side) => {
    const lines = differences.filter((_, line) => line > 0 && (line % BLOCK === 0 ? 0 : 1) === side);
    return lines.reduce((sum, value) => sum + value, 0) / Math.max(1, lines.length);
  });
  return Math.log((Number(grid) + 0.05) / (Number(other) + 0.05));
}

/** @param {Float64Array} differences mean across the line before each column or row */
function onGrid(differences) {
  // A twentieth of a grey level keeps lines without any detail from having a say.
  const strength = (/** @type {number} */ line) => Math.log(Number(differences[line]) + 0.05);
  let [sum, lines] = [0, 0];
  const margin = differences.length / BLOCK;
  for (
    let line = BLOCK * Math.max(1, Math.ceil(margin / BLOCK));
    line + 3 < differences.length - margin;
    line += BLOCK
  ) {
    const around = [-3, -2, -1, 1, 2, 3].reduce((total, away) => total + strength(line + away), 0);
    sum += strength(line) - around / 6;
    lines++;
  }
  return sum / Math.max(1, lines);
}
