/** One training run, from a folder of good images to a model directory; resumable at any moment. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { leastPopulation } from "../calibration/anchored.js";
import type { Calibration } from "../calibration/calibration.js";
import { writeCalibration } from "../calibration/read.js";
import { EliqError } from "../errors.js";
import { readJsonIfThere, readTextIfThere, writeAtomically } from "../files/atomic.js";
import { hashFile } from "../files/hashes.js";
import type { NativeAddon, NativeStepResult, NativeTrainer } from "../native/addon.js";
import { loadAddon } from "../native/load.js";
import { PairSampler, Random } from "../pairs/index.js";
import { calibrate } from "./calibration.js";
import { renderCard } from "./card.js";
import { evaluatePairs, type PairReport, samplesOf } from "./evaluate.js";
import type { TrainOptions, TrainProgress } from "./options.js";
import { planRun, type RunPlan } from "./plan.js";
import { fillPool, openPoolRecord, type PooledImage, throwIfAborted } from "./pool.js";
import { type LogLine, makeRecord, type TrainingRecord } from "./record.js";
import { oneCycle } from "./schedule.js";

export interface TrainHooks {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
  /** Takes the place of the addon's trainer, in tests of this driver. */
  createTrainer?: NativeAddon["createTrainer"];
}

export interface TrainResult {
  record: TrainingRecord;
  /** First 12 hex digits of the SHA-256 of model.safetensors. */
  revision: string;
}

/** The state that outlives a kill, beside the checkpoint's own metadata. */
interface RunState {
  identity: string;
  step: number;
  untrained: PairReport | null;
}

/** At most this many images are scored for the calibration. */
const calibrationImages = 1000;

/**
 * Trains a critic and writes its model directory. Started again after an abort, a crash or a kill, the same options go on from the
 * feature cache and the last checkpoint; with one thread the weights come out bit for bit as in an unbroken run.
 *
 * @throws EliqError ERR_ABORTED when the signal fires (a checkpoint is written first); ERR_INVALID_ARGUMENT for senseless options,
 *   evaluation data, or a run directory of another run; ERR_IO, ERR_MODEL_*, ERR_ADDON_* as they arise.
 */
export async function train(options: TrainOptions, hooks: TrainHooks = {}): Promise<TrainResult> {
  const plan = await planRun(options);
  await mkdir(options.run, { recursive: true });
  await mkdir(options.out, { recursive: true });
  await openRun(options, plan);
  const poolRecord = `${options.features}.json`;
  await mkdir(dirname(options.features), { recursive: true });
  await openPoolRecord(poolRecord, plan.poolKey);
  const create = hooks.createTrainer ?? loadAddon().createTrainer;
  const trainer = await create({
    config: JSON.stringify(plan.config),
    initialWeights: join(options.backbone, "model.safetensors"),
    cache: options.features,
    cacheKey: plan.poolKey,
    tuneBackbone: options.tuneBackbone,
    learningRateBackbone: options.learningRateBackbone,
    weightDecay: options.weightDecay,
    invarianceWeight: options.invarianceWeight,
    diversityWeight: options.diversityWeight,
    ...options.regularization,
    seed: options.seed,
    threads: options.threads,
  });
  try {
    const pool = await fillPool(trainer, plan.planned, {
      key: plan.poolKey,
      record: poolRecord,
      signal: hooks.signal,
      onProgress: (done, total) => hooks.onProgress?.({ phase: "features", done, total }),
    });
    return await new Run(options, hooks, plan, trainer, pool).finish();
  } finally {
    await trainer.dispose();
  }
}

/** Claims the run directory, or finds that it is this run's already. */
async function openRun(options: TrainOptions, plan: RunPlan): Promise<void> {
  const path = join(options.run, "run.json");
  const there = await readJsonIfThere<{ identity: string }>(path);
  if (there && there.identity !== plan.identity)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `${options.run} holds a run with other images or options. Give another --run, or remove that directory.`,
    );
  if (!there)
    await writeAtomically(path, `${JSON.stringify({ identity: plan.identity, command: options.command }, null, 2)}\n`);
}

type Pool = Awaited<ReturnType<typeof fillPool>>;

class Run {
  private readonly trained: PooledImage[];
  private readonly heldOut: PooledImage[];
  private readonly checkpoint: string;
  private readonly state: string;
  private readonly logPath: string;
  private log: LogLine[] = [];
  private untrained: PairReport | null = null;

  constructor(
    private readonly options: TrainOptions,
    private readonly hooks: TrainHooks,
    private readonly plan: RunPlan,
    private readonly trainer: NativeTrainer,
    private readonly pool: Pool,
  ) {
    this.trained = pool.images.filter((image) => !image.heldOut);
    this.heldOut = pool.images.filter((image) => image.heldOut);
    this.checkpoint = join(options.run, "checkpoint.safetensors");
    this.state = join(options.run, "state.json");
    this.logPath = join(options.run, "log.jsonl");
    if (this.trained.length === 0)
      throw new EliqError("ERR_INVALID_ARGUMENT", "No image is left to train on: all are held out or unreadable.");
  }

  async finish(): Promise<TrainResult> {
    const first = await this.resume();
    await this.steps(first);
    return this.write();
  }

  /** @returns the step to go on with. */
  private async resume(): Promise<number> {
    const state = await readJsonIfThere<RunState>(this.state);
    if (state && state.identity === this.plan.identity) {
      // The checkpoint is renamed into place before the state is, so it may be one ahead; its own metadata decide.
      const metadata = await this.trainer.loadCheckpoint(this.checkpoint);
      const step = Number(metadata.step);
      this.untrained = state.untrained;
      this.log = (await this.readLog()).filter((line) => line.step < step);
      await writeAtomically(this.logPath, this.log.map((line) => `${JSON.stringify(line)}\n`).join(""));
      return step;
    }
    await this.trainer.fitStandardization(Int32Array.from(samplesOf(this.trained)));
    if (this.heldOut.length > 0) this.untrained = await evaluatePairs(this.trainer, this.heldOut);
    await writeFile(this.logPath, "");
    return 0;
  }

  private async readLog(): Promise<LogLine[]> {
    const lines = ((await readTextIfThere(this.logPath)) ?? "").split("\n");
    // A killed process may leave half a line at the end; its step is run again.
    return lines.flatMap((line) => {
      try {
        return [JSON.parse(line) as LogLine];
      } catch {
        return [];
      }
    });
  }

  private async steps(first: number): Promise<void> {
    const { steps, batch, learningRate, seed, checkpointEvery } = this.options;
    const sampler = new PairSampler(this.trained, seed, batch);
    this.hooks.onProgress?.({ phase: "steps", done: first, total: steps });
    for (let step = first; step < steps; step++) {
      if (this.hooks.signal?.aborted) await this.save(step);
      throwIfAborted(this.hooks.signal);
      const rate = oneCycle(step, steps, learningRate);
      const result = await this.trainer.step(sampler.batch(step), rate);
      await this.append({ step, learningRate: rate, ...result });
      if ((step + 1) % checkpointEvery === 0 || step + 1 === steps) await this.save(step + 1);
      this.hooks.onProgress?.({ phase: "steps", done: step + 1, total: steps, note: note(result) });
    }
  }

  private async append(line: LogLine): Promise<void> {
    this.log.push(line);
    await writeFile(this.logPath, `${JSON.stringify(line)}\n`, { flag: "a" });
  }

  private async save(step: number): Promise<void> {
    const temporary = `${this.checkpoint}.new`;
    await this.trainer.saveCheckpoint(temporary, { step: String(step) });
    await rename(temporary, this.checkpoint);
    const state: RunState = { identity: this.plan.identity, step, untrained: this.untrained };
    await writeAtomically(this.state, `${JSON.stringify(state)}\n`);
  }

  private async write(): Promise<TrainResult> {
    const { options, trainer } = this;
    const progress = (done: number) => this.hooks.onProgress?.({ phase: "evaluation", done, total: 3 });
    progress(0);
    const trained = this.heldOut.length > 0 ? await evaluatePairs(trainer, this.heldOut) : null;
    progress(1);
    const created = new Date().toISOString().slice(0, 10);
    progress(2);
    const heldOut = trained && this.untrained ? { untrained: this.untrained, trained } : null;
    const all = samplesOf(this.pool.images).length;
    const record = makeRecord(options, this.plan, { ...this.pool, samples: all }, heldOut, this.log, created);
    const revision = await this.writeModel();
    const calibration = await this.calibrate(`${options.name}@${revision}`, created);
    const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
    await writeCalibration(join(options.out, "calibration.json"), calibration);
    await writeAtomically(join(options.out, "training.json"), json(record));
    await writeAtomically(join(options.out, "README.md"), renderCard({ ...this.plan.config, revision }, record));
    await writeAtomically(join(options.out, "config.json"), json({ ...this.plan.config, revision }));
    progress(3);
    return { record, revision };
  }

  /** On images that were not trained on, where they are enough to say something. */
  private calibrate(model: string, created: string): Promise<Calibration> {
    const { seed, name } = this.options;
    const apart = this.heldOut.length >= leastPopulation;
    const all = apart ? this.heldOut : this.trained;
    const images = new Random(seed, "calibration").shuffle(all).slice(0, calibrationImages);
    const description = `${images.length} ${apart ? "held-out images, not trained on," : "images of the training pool"} and their negatives`;
    return calibrate(this.trainer, images, { id: `${name}-${created}`, model, created, description });
  }

  private async writeModel(): Promise<string> {
    const path = join(this.options.out, "model.safetensors");
    await this.trainer.saveModel(`${path}.new`, true, { format: "eliq-model", name: this.options.name });
    await rename(`${path}.new`, path);
    return (await hashFile(path)).slice(0, 12);
  }
}

function note({ loss, accuracy }: NativeStepResult): string {
  return `loss ${loss.toFixed(3)}, ${Math.round(100 * accuracy)} % of pairs`;
}
