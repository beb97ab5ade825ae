// @ts-check
// Models of the shipped architecture whose weights mean nothing: what a map shows in them, the architecture shows by itself.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadAddon } from "../../dist/native/load.js";
import { Random } from "../../dist/pairs/random.js";

/**
 * @typedef {{ shape: number[], values: Float32Array }} Tensor
 * @typedef {{ data: Uint8Array, width: number, height: number }} Pixels
 */

/**
 * Writes a model directory with the configuration of another and weights without meaning: every learned tensor of fusion, queries
 * and heads has its values shuffled, so that a weight keeps its size and loses its place. With `tower` the convolutions are drawn
 * anew too (normal with variance 2 / fan-in, biases 0; He et al., arXiv 1502.01852), and the statistics that the fusion standardises
 * by are those of the new tower on `pool`.
 *
 * @param {string} from model directory @param {string} to
 * @param {{ seed: number, tower: boolean, pool: readonly Pixels[] }} options
 */
export async function writeRandomModel(from, to, { seed, tower, pool }) {
  await mkdir(to, { recursive: true });
  const tensors = readSafetensors(await readFile(join(from, "model.safetensors")));
  for (const [name, tensor] of tensors) {
    const random = new Random("random model", seed, name);
    if (name.startsWith("backbone.")) {
      if (tower) tensor.values = drawConvolution(tensor, random);
    } else if (name !== "fusion.mean" && name !== "fusion.std") {
      tensor.values = Float32Array.from(random.shuffle([...tensor.values]));
    }
  }
  const config = JSON.parse(await readFile(join(from, "config.json"), "utf8"));
  if (tower) await standardise(tensors, config, to, pool);
  const weights = writeSafetensors(tensors);
  const revision = createHash("sha256").update(weights).digest("hex").slice(0, 12);
  await writeFile(join(to, "model.safetensors"), weights);
  await writeFile(join(to, "config.json"), JSON.stringify({ ...config, name: `random-${seed}`, revision }));
  const calibration = JSON.parse(await readFile(join(from, "calibration.json"), "utf8"));
  await writeFile(
    join(to, "calibration.json"),
    JSON.stringify({ ...calibration, model: `random-${seed}@${revision}` }),
  );
}

/** @param {Tensor} tensor @param {Random} random */
function drawConvolution({ shape, values }, random) {
  if (shape.length === 1) return new Float32Array(values.length);
  const fan = shape.slice(1).reduce((a, b) => a * b, 1);
  return Float32Array.from(values, () => normal(random) * Math.sqrt(2 / fan));
}

/** Box-Muller. @param {Random} random */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

/** Takes `fusion.mean` and `fusion.std` from a trainer that has seen the pool. @param {Map<string, Tensor>} tensors @param {object} config @param {string} folder @param {readonly Pixels[]} pool */
async function standardise(tensors, config, folder, pool) {
  const path = join(folder, "fit.safetensors");
  await writeFile(path, writeSafetensors(tensors));
  const options = {
    config: JSON.stringify(config),
    initialWeights: path,
    initialPrefix: "backbone.",
    seed: 1,
    threads: 0,
  };
  const trainer = await loadAddon().createTrainer(options);
  try {
    for (const image of pool) await trainer.add(image);
    await trainer.fitStandardization(Int32Array.from(pool, (_, i) => i));
    await trainer.saveModel(path, false, {});
  } finally {
    await trainer.dispose();
  }
  const fitted = readSafetensors(await readFile(path));
  for (const name of ["fusion.mean", "fusion.std"]) tensors.set(name, /** @type {Tensor} */ (fitted.get(name)));
}

/** Tensors of a safetensors file of F32 or F16 values. @param {Buffer} file @returns {Map<string, Tensor>} */
export function readSafetensors(file) {
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__, ...entries } = JSON.parse(file.toString("utf8", 8, 8 + length));
  const tensors = new Map();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    const bytes = file.subarray(8 + length + data_offsets[0], 8 + length + data_offsets[1]);
    const size = dtype === "F16" ? 2 : 4;
    const read = (/** @type {number} */ i) => (size === 2 ? half(bytes.readUInt16LE(i * 2)) : bytes.readFloatLE(i * 4));
    tensors.set(name, { shape, values: Float32Array.from({ length: bytes.length / size }, (_, i) => read(i)) });
  }
  return tensors;
}

/** IEEE 754 binary16. @param {number} bits */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** @param {Map<string, Tensor>} tensors */
function writeSafetensors(tensors) {
  /** @type {Record<string, unknown>} */
  const header = {};
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const bodies = [...tensors.values()].map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  );
  return Buffer.concat([length, padded, ...bodies]);
}
