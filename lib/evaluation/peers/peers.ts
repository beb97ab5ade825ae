/** Quality metrics of Python libraries (pyiqa, torchmetrics), where a Python has them, computed beside the critic. */
import { join } from "node:path";
import { z } from "zod";
import { EliqError, throwIfAborted } from "../../errors.js";
import { packageRoot } from "../../native/paths.js";
import { describeIssue } from "../../schema-issue.js";
import { type LineProcess, startLineProcess } from "./line-process.js";

/** Metrics that were loaded. */
export interface Peers {
  /** For instance "pyiqa niqe"; empty when none was loaded. */
  readonly names: readonly string[];
  /** Version of each library. */
  readonly versions: Readonly<Record<string, string>>;
  /** Libraries and metrics that did not load, and why. */
  readonly leftOut: Readonly<Record<string, string>>;
  /**
   * Every metric of one image, higher is better; null where it is undefined.
   *
   * @throws EliqError ERR_IO when the process ended.
   */
  measure(path: string): Promise<Record<string, number | null>>;
  /** Ends the process. */
  close(): void;
}

const loadedSchema = z.object({
  metrics: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  left_out: z.record(z.string(), z.string()),
});

const measuredSchema = z.object({ scores: z.record(z.string(), z.number().nullable()) });

const script = join(packageRoot, "lib", "evaluation", "peers", "peer_metrics.py");

/**
 * Starts the process and loads what it has. A Python that is not there, or has neither library, is no error: `names` is empty then
 * and `leftOut` says why.
 *
 * @param python command or path. @param signal ends the process.
 * @throws EliqError ERR_ABORTED.
 */
export async function startPeers(python: string, signal?: AbortSignal): Promise<Peers> {
  throwIfAborted(signal);
  // Paths are sent as UTF-8, whatever the system's own encoding is.
  const child = startLineProcess(python, ["-u", script], { PYTHONIOENCODING: "utf-8" }, signal);
  try {
    const loaded = checked(loadedSchema, await child.ask({ op: "load" }));
    if (loaded.metrics.length === 0) child.close();
    return {
      names: loaded.metrics,
      versions: loaded.versions,
      leftOut: loaded.left_out,
      measure: (path) => measure(child, loaded.metrics, path, python),
      close: () => child.kill(),
    };
  } catch (error) {
    child.kill();
    throwIfAborted(signal);
    const leftOut = { [python]: (error as Error).message };
    return { names: [], versions: {}, leftOut, measure: async () => ({}), close() {} };
  }
}

async function measure(
  child: LineProcess,
  names: readonly string[],
  path: string,
  python: string,
): Promise<Record<string, number | null>> {
  if (names.length === 0) return {};
  const answer = await child.ask({ op: "measure", path }).catch((error: Error) => {
    // An answer that says why is about this image; a process that ended says nothing about any.
    if (child.ended()) {
      throw new EliqError(
        "ERR_IO",
        `${python}, which computes the peers' metrics, ended: ${error.message}. The same command goes on where this one ended; without --peer, choose another --out.`,
        { cause: error },
      );
    }
    return { scores: {} };
  });
  const { scores } = checked(measuredSchema, answer);
  return Object.fromEntries(names.map((name) => [name, scores[name] ?? null]));
}

function checked<S extends z.ZodType>(schema: S, answer: unknown): z.infer<S> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new EliqError(
    "ERR_INTERNAL",
    `The process for the peers' metrics gave an answer of another form${describeIssue(parsed.error)}.`,
  );
}
