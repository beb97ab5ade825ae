// @ts-check
// A whole model directory with tiny random weights, made in plain JavaScript: the native and process rings need no trained
// model. Parameter names and shapes are those of native/backbone, native/fusion and native/query.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

/**
 * The tiny model with an alignment branch and a text side; its tokenizer is test/fixtures/tokenizer.
 * @type {typeof tinyConfig & { backbone: { text: TextSide } }}
 */
export const readingConfig = {
  ...tinyConfig,
  name: "tiny-reading",
  backbone: {
    ...tinyConfig.backbone,
    text: {
      family: "bert",
      weights: "text.safetensors",
      layers: 1,
      width: 8,
      heads: 2,
      ffn: 16,
      vocabulary: 173,
      positions: 16,
      maxTokens: 12,
    },
  },
  query: { ...tinyConfig.query, alignmentQueries: 2 },
  alignment: { trained: true, reason: "" },
};

/**
 * @typedef {{ family: string, weights: string, layers: number, width: number, heads: number, ffn: number, vocabulary: number,
 *   positions: number, maxTokens: number }} TextSide
 */

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
  const { qualityQueries } = config.query;
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
  all.push(...queryGroup("quality", qualityQueries, config), { name: "query.position_gain", shape: [1], fill: 0.1 });
  for (const name of ["quality", "technical", "aesthetic"]) all.push(...head(name, qualityQueries, config));
  const text = textOf(config);
  if (text === undefined) return all;
  const { alignmentQueries } = config.query;
  all.push(...queryGroup("alignment", alignmentQueries, config), ...head("alignment", alignmentQueries, config));
  return [...all, ...linear("query.text_projection", text.width, width), ...norm("query.text_norm", width)];
}

/** @param {typeof tinyConfig} config @returns {TextSide | undefined} */
function textOf({ backbone }) {
  return /** @type {{ text?: TextSide }} */ (backbone).text;
}

/** @param {string} name @param {number} queries @param {typeof tinyConfig} config @returns {Parameter[]} */
function queryGroup(name, queries, { fusion: { width }, query: { depth, ffn } }) {
  /** @type {Parameter[]} */
  const all = [{ name: `query.${name}.queries`, shape: [queries, width], fan: 8 }];
  for (let i = 0; i < depth; i++) {
    const block = `query.${name}.blocks.${i}`;
    for (const part of ["self_norm", "cross_norm", "ffn_norm"]) all.push(...norm(`${block}.${part}`, width));
    all.push(...linear(`${block}.self_qkv`, width, 3 * width), ...linear(`${block}.self_out`, width, width));
    all.push(...linear(`${block}.cross_q`, width, width), ...linear(`${block}.cross_kv`, width, 2 * width));
    all.push(...linear(`${block}.cross_out`, width, width));
    all.push(...linear(`${block}.ffn_in`, width, ffn), ...linear(`${block}.ffn_out`, ffn, width));
  }
  return [...all, ...norm(`query.${name}.norm`, width)];
}

/** @param {string} name @param {number} queries @param {typeof tinyConfig} config @returns {Parameter[]} */
function head(name, queries, { fusion: { width }, heads: { hidden } }) {
  return [...linear(`heads.${name}.hidden`, queries * width, hidden), ...linear(`heads.${name}.output`, hidden, 1)];
}

/** @param {TextSide} text @returns {Parameter[]} */
function sentenceEncoderParameters({ layers, width, ffn, vocabulary, positions }) {
  /** @type {Parameter[]} */
  const all = [
    { name: "words", shape: [vocabulary, width], fan: 2 },
    { name: "positions", shape: [positions, width], fan: 2 },
    ...norm("norm", width),
  ];
  for (let i = 0; i < layers; i++) {
    const layer = `layers.${i}`;
    all.push(...linear(`${layer}.qkv`, width, 3 * width), ...linear(`${layer}.attention_out`, width, width));
    all.push(...linear(`${layer}.ffn_in`, width, ffn), ...linear(`${layer}.ffn_out`, ffn, width));
    all.push(...norm(`${layer}.attention_norm`, width), ...norm(`${layer}.ffn_norm`, width));
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
  return draw(parameters(tinyConfig), seed);
}

/** @param {Parameter[]} parameters @param {number} seed */
function draw(parameters, seed) {
  const random = seeded(seed);
  const uniform = (/** @type {number} */ fan) => (random() * 2 - 1) * Math.sqrt(6 / fan); // variance 2 / fan
  /** @type {Map<string, { shape: number[], values: Float32Array }>} */
  const tensors = new Map();
  for (const { name, shape, fan, fill } of parameters) {
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
 * @param {{ seed?: number, reading?: boolean }} [options] `reading`: a model that reads prompts
 */
export function writeTinyModel(directory, { seed = 1, reading = false } = {}) {
  const config = reading ? readingConfig : tinyConfig;
  const weights = safetensors(draw(parameters(config), seed));
  const revision = createHash("sha256").update(weights).digest("hex").slice(0, 12);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "config.json"), JSON.stringify({ ...config, revision }, null, 2));
  const { scales, percentiles } = tinyCalibration;
  const calibration = {
    ...tinyCalibration,
    model: `${config.name}@${revision}`,
    scales: reading ? { ...scales, alignment: tinyScale } : scales,
    percentiles: reading ? { ...percentiles, alignment: tinyTable } : percentiles,
  };
  writeFileSync(join(directory, "calibration.json"), JSON.stringify(calibration, null, 2));
  writeFileSync(join(directory, "model.safetensors"), weights);
  if (reading) writeTextSide(directory, readingConfig.backbone.text, seed);
  return directory;
}

/** @param {string} directory @param {TextSide} text @param {number} seed */
function writeTextSide(directory, text, seed) {
  writeFileSync(join(directory, text.weights), safetensors(draw(sentenceEncoderParameters(text), seed + 1)));
  const tokenizer = new URL("../fixtures/tokenizer/tokenizer.json", import.meta.url);
  copyFileSync(tokenizer, join(directory, "tokenizer.json"));
}

/**
 * A tiny model directory that lives as long as the test.
 * @param {{ teardown: (handler: () => void) => void }} t
 * @param {{ seed?: number, reading?: boolean }} [options]
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
