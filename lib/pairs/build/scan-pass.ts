/** First pass of a build: a line for every input, good or not, and the index of those that are accepted. */
import { mapOrdered } from "../../batching/ordered.js";
import { EliqError, throwIfAborted, toEliqError } from "../../errors.js";
import { LineFile } from "../../files/line-file.js";
import type { Finding } from "../positives/sanity.js";
import { evaluationCopy } from "../sources/evaluation-copies.js";
import { publishingObstacle } from "../sources/provenance.js";
import { streamImages } from "../sources/read.js";
import type { SourceImage } from "../sources/source-image.js";
import type { BuildContext } from "./context.js";
import { type Inspection, type ScanEntry, type ScannedNegative, unreadable } from "./scan.js";
import { ScanIndex } from "./scan-index.js";

/** What the second pass goes by. */
export interface Scan {
  readonly file: LineFile;
  readonly index: ScanIndex;
  /** How many inputs were left out, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

/**
 * Inspects what the file does not hold yet.
 *
 * @param path of the scan file.
 * @throws EliqError ERR_ABORTED between two images; whatever the list throws.
 */
export async function scanImages(context: BuildContext, path: string): Promise<Scan> {
  const pass = new ScanPass(context);
  const file = await LineFile.open(path, (line, offset) => pass.take(JSON.parse(line) as ScanEntry, offset));
  try {
    await pass.goOn(file);
    return { file, index: pass.index, skipped: pass.skipped };
  } catch (error) {
    await file.close();
    throw error;
  }
}

class ScanPass {
  readonly index: ScanIndex;
  readonly skipped: Record<string, number> = {};
  #done = 0;

  constructor(private readonly context: BuildContext) {
    this.index = new ScanIndex(context.options.testShare);
  }

  async goOn(file: LineFile): Promise<void> {
    const { hooks, pool } = this.context;
    const { signal, onProgress } = hooks;
    onProgress?.({ phase: "scan", done: this.#done });
    const rest = this.#inputs(this.#done);
    for await (const inspected of mapOrdered(rest, 4 * pool.size, (image) => this.#inspect(image))) {
      throwIfAborted(signal);
      if (inspected instanceof EliqError) throw inspected;
      const entry = this.#judge(inspected);
      this.take(entry, await file.append(entry));
      onProgress?.({ phase: "scan", done: this.#done });
    }
    throwIfAborted(signal);
  }

  /** Counts a line of the scan file. */
  take(entry: ScanEntry, offset: number): void {
    this.#done++;
    for (const { findings } of leftOut(entry)) {
      const { reason } = findings[0] as Finding;
      this.skipped[reason] = (this.skipped[reason] ?? 0) + 1;
    }
    if (entry.findings.length === 0) this.index.add(entry, offset);
  }

  async *#inputs(skip: number): AsyncGenerator<SourceImage> {
    let number = 0;
    for await (const image of streamImages(this.context.options.data)) {
      if (publishingObstacle(image, this.context.options) !== undefined) continue;
      if (this.context.options.limit > 0 && number >= this.context.options.limit) return;
      if (number++ >= skip) yield { ...image, key: this.context.pathOf(image.path) };
    }
  }

  /** Looks at an image and its given negatives; an error means that a thread ended, or that an image is refused. */
  async #inspect({ path, ...source }: SourceImage): Promise<ScanEntry | EliqError> {
    try {
      const inspection = await this.#inspectFile(path);
      const left = unreadable(inspection) || (this.context.options.filter && inspection.findings.length > 0);
      const negatives = left ? [] : await this.#inspectNegatives(path);
      return { source, ...inspection, ...(negatives.length > 0 ? { negatives } : {}) };
    } catch (error) {
      return toEliqError(error);
    }
  }

  /** @throws EliqError ERR_INVALID_ARGUMENT for a copy of an image that is kept for evaluation. */
  async #inspectFile(path: string): Promise<Inspection> {
    const inspection = await this.context.pool.run("inspect", { path, maxPixels: this.context.options.maxPixels });
    if (inspection.evaluation) throw evaluationCopy(path);
    return inspection;
  }

  async #inspectNegatives(good: string): Promise<ScannedNegative[]> {
    const scanned: ScannedNegative[] = [];
    for (const { path, aspects } of (await this.context.negatives?.of(good)) ?? []) {
      const finding = unreadable(await this.#inspectFile(path));
      const about = finding ? { finding: { ...finding, reason: "unreadable-negative" as const } } : {};
      scanned.push({ path: this.context.pathOf(path), aspects, ...about });
    }
    return scanned;
  }

  /** Adds what only the other images can tell; without the filter only unreadable ones are left out. */
  #judge(entry: ScanEntry): ScanEntry {
    const { findings } = entry;
    if (unreadable(entry)) return entry;
    if (!this.context.options.filter) return { ...entry, findings: [] };
    if (findings.length > 0) return entry;
    const other = this.index.duplicateOf(entry.hash);
    if (other === undefined) return entry;
    const message = `It looks like the accepted image number ${other}.`;
    const { negatives: _, ...alone } = entry;
    return { ...alone, findings: [{ reason: "near-duplicate", value: other, message }] };
  }
}

/** What skipped.jsonl says of an image: itself, or its negatives that are left out. */
export function leftOut({
  source,
  findings,
  negatives = [],
}: ScanEntry): { path: string; findings: readonly Finding[] }[] {
  if (findings.length > 0) return [{ path: source.key, findings }];
  return negatives.flatMap(({ path, finding }) => (finding ? [{ path, findings: [finding] }] : []));
}
