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

/** Side of the blocks of JPEG; other coders' blocks are its multiples or halves. */
const BLOCK = 8;

/** The traces of an encoded picture. @param {Buffer} file @returns {Promise<number[]>} as many as `TRACES` */
export async function fileTraces(file) {
  const raster = await collect(sharp(file));
  const tables = quantisation(file);
  const { columns, rows } = blockiness(raster);
  return [Math.log(file.length), raster.width, raster.height, tables.luma, tables.chroma, columns, rows];
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
 * Logarithm of the mean absolute luma difference across lines at multiples of 8 px, over that across the three lines on either side of
 * each: above 0 where the traces of a block coder lie on the picture's grid. Only lines with all their neighbours count, so that
 * neither kind lies nearer to the borders: otherwise a vignette would change the figure.
 *
 * @param {import("../../dist/pairs/raster.js").Raster} raster @returns {{ columns: number, rows: number }}
 */
export function blockiness(raster) {
  const { width, height } = raster;
  const bright = luma(raster);
  const columns = new Float64Array(width);
  const rows = new Float64Array(height);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const here = Number(bright[p]);
      if (x > 0) columns[x] = Number(columns[x]) + Math.abs(here - Number(bright[p - 1]));
      if (y > 0) rows[y] = Number(rows[y]) + Math.abs(here - Number(bright[p - width]));
    }
  return { columns: onGrid(columns), rows: onGrid(rows) };
}

/** @param {Float64Array} differences across the line before each column or row */
function onGrid(differences) {
  // A little of everything keeps pictures of one colour, and tiny ones, finite.
  let [on, off] = [1e-6, 1e-6];
  for (let line = BLOCK; line + 3 < differences.length; line += BLOCK) {
    on += Number(differences[line]);
    for (const away of [-3, -2, -1, 1, 2, 3]) off += Number(differences[line + away]) / 6;
  }
  return Math.log(on / off);
}
