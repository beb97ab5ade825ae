// @ts-check
// A whole model directory with tiny random weights, made in plain JavaScript: the native and process rings need no trained
// model. Parameter names and shapes are those of native/backbone, native/fusion and native/query.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** config.json of the tiny model: five stages, levels at strides 4 to 32, a 128 x 128 pixel budget. */
export const tinyConfig = {
  format: "eliq-model",
  formatVersion: 1,
  name: "tiny",
  revision: "000000000000",
  input: { area: 16384, multiple: 32, maxSide: 512, filter: "bicubic", mean: [127, 127, 127], std: [128, 128, 128] },
  backbone: {
    family: "compact",
    stem: { channels: 8, kernel: 3, stride: 2 },
    stages: [
      { kernel: 3, expansion: 1, channels: 8, stride: 1, repeats: 1 },
      { kernel: 3, expansion: 2, channels: 8, stride: 2, repeats: 2 },
      { kernel: 5, expansion: 2, channels: 12, stride: 2, repeats: 1 },
      { kernel: 3, expansion: 2, channels: 16, stride: 2, repeats: 1 },
      { kernel: 3, expansion: 2, channels: 24, stride: 2, repeats: 1 },
    ],
    headChannels: 0,
    taps: ["stage.1", "stage.2", "stage.3", "stage.4"],
    padding: "same",
    classes: 0,
  },
  fusion: { width: 16, cell: 32, gate: "softmax", dropout: 0.1 },
  query: { qualityQueries: 2, alignmentQueries: 0, depth: 1, heads: 2, ffn: 32, dropout: 0.1, pool: "queries" },
  heads: { hidden: 16, dropout: 0.1 },
  alignment: { trained: false, reason: "This model is random; it exists for tests." },
};

const tinyScale = { kind: "anchored", raw: [-1, 1], score: [0.25, 0.75] };
const tinyTable = Array.from({ length: 201 }, (_, i) => (i - 100) / 50);
const tinyCalibration = {
  format: "eliq-calibration",
  formatVersion: 2,
  id: "tiny-2026-01-01",
  created: "2026-01-01",
  population: { description: "none; the model is random", positives: 0, negatives: 0, kinds: {} },
  scales: { quality: tinyScale, technical: tinyScale, aesthetic: tinyScale },
  percentiles: { quality: tinyTable, technical: tinyTable, aesthetic: tinyTable },
};

/**
 * Uniform numbers in [0, 1) from a seed: a 32-bit linear congruential generator (Numerical Recipes' constants), its high
 * bits mixed by a xorshift.
 * @param {number} seed
 */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    let x = state ^ (state >>> 15);
    x = Math.imul(x, 0x2c1b3c6d) >>> 0;
    return ((x ^ (x >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** @typedef {{ name: string, shape: number[], fan?: number, fill?: number }} Parameter `fan`: random of variance 2 / fan. */

/** @param {string} name @param {number} inputs @param {number} outputs @returns {Parameter[]} */
function linear(name, inputs, outputs) {
  return [
    { name: `${name}.weight`, shape: [outputs, inputs], fan: inputs },
    { name: `${name}.bias`, shape: [outputs], fill: 0.01 },
  ];
}

/** @param {string} name @param {number} width @returns {Parameter[]} */
function norm(name, width) {
  return [
    { name: `${name}.weight`, shape: [width], fill: 1 },
    { name: `${name}.bias`, shape: [width], fill: 0 },
  ];
}

/** @param {string} name @param {number} outputs @param {number} inputs @param {number} kernel @returns {Parameter[]} */
function convolution(name, outputs, inputs, kernel) {
  return [
    { name: `${name}.weight`, shape: [outputs, inputs, kernel, kernel], fan: inputs * kernel * kernel },
    { name: `${name}.bias`, shape: [outputs], fill: 0.01 },
  ];
}

/** @param {typeof tinyConfig.backbone} config @returns {Parameter[]} */
function backboneParameters({ stem, stages }) {
  const all = convolution("backbone.stem", stem.channels, 3, stem.kernel);
  let channels = stem.channels;
  stages.forEach((stage, i) => {
    for (let j = 0; j < stage.repeats; j++) {
      const block = `backbone.stages.${i}.${j}`;
      const hidden = channels * stage.expansion;
      if (stage.expansion !== 1) all.push(...convolution(`${block}.expand`, hidden, channels, 1));
      all.push(...convolution(`${block}.depthwise`, hidden, 1, stage.kernel));
      all.push(...convolution(`${block}.project`, stage.channels, hidden, 1));
      channels = stage.channels;
    }
  });
  return all;
}

/** @param {typeof tinyConfig} config @returns {Parameter[]} */
function parameters(config) {
  const { width } = config.fusion;
  const { qualityQueries, depth, ffn } = config.query;
  const levels = config.backbone.taps.map((tap) => {
    const stage = config.backbone.stages[Number(tap.split(".")[1])];
    if (!stage) throw new Error(`no ${tap}`);
    return stage.channels;
  });
  const values = levels.reduce((sum, channels) => sum + 2 * channels, 0);
  const all = backboneParameters(config.backbone);
  levels.forEach((channels, l) => {
    all.push(...linear(`fusion.projections.${l}`, 2 * channels, width));
  });
  all.push({ name: "fusion.gate.weight", shape: [1, 2 * width], fan: 2 * width });
  all.push({ name: "fusion.gate_bias", shape: [levels.length], fill: 0 }, ...norm("fusion.norm", width));
  all.push({ name: "fusion.mean", shape: [values], fill: 0 }, { name: "fusion.std", shape: [values], fill: 1 });
  all.push({ name: "query.quality.queries", shape: [qualityQueries, width], fan: 8 });
  for (let i = 0; i < depth; i++) {
    const block = `query.quality.blocks.${i}`;
    for (const part of ["self_norm", "cross_norm", "ffn_norm"]) all.push(...norm(`${block}.${part}`, width));
    all.push(...linear(`${block}.self_qkv`, width, 3 * width), ...linear(`${block}.self_out`, width, width));
    all.push(...linear(`${block}.cross_q`, width, width), ...linear(`${block}.cross_kv`, width, 2 * width));
    all.push(...linear(`${block}.cross_out`, width, width));
    all.push(...linear(`${block}.ffn_in`, width, ffn), ...linear(`${block}.ffn_out`, ffn, width));
  }
  all.push(...norm("query.quality.norm", width), { name: "query.position_gain", shape: [1], fill: 0.1 });
  for (const head of ["quality", "technical", "aesthetic"]) {
    all.push(...linear(`heads.${head}.hidden`, qualityQueries * width, config.heads.hidden));
    all.push(...linear(`heads.${head}.output`, config.heads.hidden, 1));
  }
  return all;
}

/**
 * A safetensors file of F32 tensors.
 * @param {Map<string, { shape: number[], values: Float32Array }>} tensors
 */
export function safetensors(tensors) {
  /** @type {Record<string, unknown>} */
  const header = {};
  const buffers = [];
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
    buffers.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  }
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...buffers]);
}

/**
 * The tiny model's tensors.
 * @param {number} [seed]
 */
export function tinyTensors(seed = 1) {
  const random = seeded(seed);
  const uniform = (/** @type {number} */ fan) => (random() * 2 - 1) * Math.sqrt(6 / fan); // variance 2 / fan
  /** @type {Map<string, { shape: number[], values: Float32Array }>} */
  const tensors = new Map();
  for (const { name, shape, fan, fill } of parameters(tinyConfig)) {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (fan === undefined) values.fill(fill ?? 0);
    else for (let i = 0; i < values.length; i++) values[i] = uniform(fan);
    tensors.set(name, { shape, values });
  }
  return tensors;
}

/**
 * Writes a tiny model directory and returns its path.
 * @param {string} directory made if missing
 * @param {{ seed?: number }} [options]
 */
export function writeTinyModel(directory, { seed = 1 } = {}) {
  const weights = safetensors(tinyTensors(seed));
  const revision = createHash("sha256").update(weights).digest("hex").slice(0, 12);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "config.json"), JSON.stringify({ ...tinyConfig, revision }, null, 2));
  const calibration = { ...tinyCalibration, model: `${tinyConfig.name}@${revision}` };
  writeFileSync(join(directory, "calibration.json"), JSON.stringify(calibration, null, 2));
  writeFileSync(join(directory, "model.safetensors"), weights);
  return directory;
}

/**
 * A tiny model directory that lives as long as the test.
 * @param {{ teardown: (handler: () => void) => void }} t
 * @param {{ seed?: number }} [options]
 */
export function tinyModel(t, options) {
  const directory = mkdtempSync(join(tmpdir(), "eliq-tiny-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return writeTinyModel(directory, options);
}

/**
 * Raw RGB of a seeded random texture on a gradient.
 * @param {number} width
 * @param {number} height
 * @param {number} [seed]
 */
export function tinyImage(width, height, seed = 1) {
  const random = seeded(seed);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = Math.floor((i / data.length) * 128 + random() * 127);
  return { data, width, height };
}
