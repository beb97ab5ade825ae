/** Scoring the good images of a pair manifest and their graded damage; goes on where it was stopped. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { mapOrdered } from "../batching/ordered.js";
import { appraise, type Eliq } from "../eliq.js";
import { EliqError, throwIfAborted, toEliqError } from "../errors.js";
import { hashFile } from "../files/hashes.js";
import { LineFile, lastLine } from "../files/line-file.js";
import { withLock } from "../files/lock.js";
import type { PairManifest } from "../pairs/manifest/read.js";
import type { Side, Unit, UnitChain } from "../pairs/manifest/schema.js";
import { encodeEmbedding } from "../results/embedding-text.js";
import { type CalibratedScore, calibratedScores } from "./calibration.js";
import type { GradedImage } from "./label-free.js";
import type { RawScore } from "./score.js";

/** What of a manifest is scored, and where the scores are kept. */
export interface GatherOptions {
  /** Folder of the scores that are done; made if missing. */
  readonly run: string;
  /** Chains of these families only; undefined: of all. */
  readonly families?: readonly string[] | undefined;
}

/** Told as units are done. */
export interface GatherHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
}

/** One good image with its graded damage. */
export interface ScoredUnit {
  readonly kind: string;
  readonly generator?: string | undefined;
  readonly split: "train" | "test";
  /** Images of one group are not independent. */
  readonly group: string;
  /** The good image first. */
  readonly images: readonly GradedImage[];
  /** Of the good image, base64 of little-endian float32. */
  readonly embedding: string;
}

/** What came of a manifest. */
export interface Gathered {
  readonly units: readonly ScoredUnit[];
  /** Units whose pictures could not be made, and why. */
  readonly failed: readonly string[];
}

const raw = z.object({
  quality: z.number(),
  alignment: z.number().nullable(),
  technical: z.number(),
  aesthetic: z.number(),
});

const lineSchema = z.discriminatedUnion("ok", [
  z.object({
    unit: z.int(),
    ok: z.literal(true),
    kind: z.string(),
    generator: z.string().optional(),
    split: z.enum(["train", "test"]),
    group: z.string(),
    images: z.array(
      z.object({ raw, level: z.int().nonnegative(), kind: z.string(), orders: z.array(z.enum(calibratedScores)) }),
    ),
    embedding: z.string(),
  }),
  z.object({ unit: z.int(), ok: z.literal(false), reason: z.string() }),
]);

type Line = z.infer<typeof lineSchema>;

/** Units whose pictures are made or scored at a time. */
const window = 3;

/**
 * Scores, for each unit, the good image and every chain that has all levels of the manifest. Chains that order alignment alone count
 * only where the model scores it. Killed or aborted, the same call goes on where it ended, and tries again what could not be read.
 *
 * @throws EliqError ERR_ABORTED; ERR_IO when another process scores into the folder; ERR_INVALID_ARGUMENT when the folder holds the
 *   scores of another model, manifest or choice of families; ERR_MANIFEST, ERR_SPLIT_LEAK and ERR_IO for the manifest.
 */
export async function gatherGraded(
  eliq: Eliq,
  manifest: PairManifest,
  options: GatherOptions,
  hooks: GatherHooks = {},
): Promise<Gathered> {
  const { run } = options;
  await mkdir(run, { recursive: true }).catch((cause: Error) => {
    throw new EliqError("ERR_IO", `The folder ${run} cannot be made: ${cause.message}.`, { cause });
  });
  const busy = (pid: number) => {
    throw new EliqError("ERR_IO", `Process ${pid} keeps its scores in ${run}. Wait for it, or give another --run.`);
  };
  return withLock(join(run, ".lock"), () => gatherLocked(eliq, manifest, options, hooks), busy);
}

async function gatherLocked(
  eliq: Eliq,
  manifest: PairManifest,
  options: GatherOptions,
  { signal, onProgress }: GatherHooks,
): Promise<Gathered> {
  const identity = {
    model: eliq.model,
    manifest: await hashFile(manifest.path),
    families: options.families === undefined ? null : [...options.families].sort(),
  };
  const { cache, lines } = await openCache(join(options.run, "scores.jsonl"), identity);
  try {
    const units = manifest.units();
    let seen = 0;
    const todo = (async function* () {
      for await (const unit of units) {
        seen++;
        if (!lines.has(unit.id)) yield unit;
      }
    })();
    let done = lines.size;
    const total = await countUnits(manifest);
    onProgress?.(done, total);
    const score = (unit: Unit) => scoreUnit(eliq, manifest, unit, options.families, signal);
    for await (const outcome of mapOrdered(todo, window, (unit) => settle(score(unit)))) {
      if ("error" in outcome) throw outcome.error;
      throwIfAborted(signal);
      await cache.append(outcome.line);
      lines.set(outcome.line.unit, outcome.line);
      onProgress?.(++done, total);
    }
    if (lines.size !== seen) throw new EliqError("ERR_INTERNAL", "The scores and the units of the manifest differ.");
  } finally {
    await cache.close();
  }
  return collect([...lines.values()].sort((a, b) => a.unit - b.unit));
}

/** From the manifest's last line; undefined where that is not whole, which reading the units reports. */
async function countUnits({ path }: PairManifest): Promise<number | undefined> {
  try {
    const { units } = JSON.parse((await lastLine(path)) ?? "") as { units?: unknown };
    return typeof units === "number" ? units : undefined;
  } catch {
    return undefined;
  }
}

/** So that an error ends the work after the units before it were kept. */
function settle(work: Promise<Line>): Promise<{ line: Line } | { error: EliqError }> {
  return work.then(
    (line) => ({ line }),
    (error: unknown) => ({ error: toEliqError(error) }),
  );
}

async function openCache(
  path: string,
  identity: Record<string, unknown>,
): Promise<{ cache: LineFile; lines: Map<number, Line> }> {
  const lines = new Map<number, Line>();
  let header: string | undefined;
  const cache = await LineFile.open(path, (text) => {
    if (header === undefined) header = text;
    else {
      const line = lineSchema.parse(JSON.parse(text));
      // What could not be read is tried again: the file may have come back.
      if (line.ok) lines.set(line.unit, line);
    }
  }).catch((cause: unknown) => {
    throw new EliqError("ERR_IO", `${path} cannot be gone on with; remove it and start again.`, { cause });
  });
  if (header === undefined) await cache.append(identity);
  else if (header !== JSON.stringify(identity)) {
    await cache.close();
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `${path} holds the scores of another model, manifest or choice of families. Give another --run (or --out), or remove it.`,
    );
  }
  return { cache, lines };
}

async function scoreUnit(
  eliq: Eliq,
  manifest: PairManifest,
  unit: Unit,
  families: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<Line> {
  const picture = manifest.pictures(unit);
  const look = async ({ image, prompt: place }: Side, embedding: boolean) => {
    const prompt = place === undefined ? undefined : unit.prompts[place]?.text;
    const pixels = { ...(await picture(image)), channels: 3 } as const;
    return appraise(eliq, pixels, { embedding }, { prompt, signal });
  };
  try {
    const good = await look({ image: 0, ...(unit.prompts.length > 0 ? { prompt: 0 } : {}) }, true);
    if (!good.result.embedding) throw new EliqError("ERR_INTERNAL", "The addon gave no embedding.");
    const grade = (score: RawScore, level: number, orders: CalibratedScore[]) => ({
      raw: score,
      level,
      kind: unit.kind,
      orders,
    });
    const images = [grade(good.score.raw, 0, [])];
    for (const chain of unit.chains) {
      const orders = ordersOf(chain, eliq);
      const wanted = families === undefined || chain.families.every((family) => families.includes(family));
      if (!wanted || orders.length === 0 || chain.levels.length !== manifest.header.levels) continue;
      const scores = await Promise.all(chain.levels.map(({ side }) => look(side, false)));
      images.push(...scores.map(({ score }, i) => grade(score.raw, i + 1, orders)));
    }
    const { id, kind, generator, split, group } = unit;
    const origin = {
      unit: id,
      ok: true,
      kind,
      ...(generator === undefined ? {} : { generator }),
      split,
      group,
    } as const;
    return { ...origin, images, embedding: encodeEmbedding(good.result.embedding) };
  } catch (error) {
    const { code, message } = toEliqError(error);
    if (!code.startsWith("ERR_IMAGE")) throw error;
    return { unit: unit.id, ok: false, reason: message };
  }
}

/** Damage that orders a visual aspect orders quality. */
function ordersOf({ aspects }: UnitChain, eliq: Eliq): CalibratedScore[] {
  const wanted = aspects.filter((aspect) => aspect !== "alignment" || eliq.alignment.trained);
  const visual = wanted.includes("technical") || wanted.includes("aesthetic");
  return visual && !wanted.includes("quality") ? ["quality", ...wanted] : wanted;
}

function collect(lines: readonly Line[]): Gathered {
  const units: ScoredUnit[] = [];
  const failed: string[] = [];
  for (const line of lines) {
    if (line.ok) units.push(line);
    else failed.push(line.reason);
  }
  return { units, failed };
}
