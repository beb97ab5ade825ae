/** Collecting the lines of a table into an opinion set: what every reader checks of a line. */
import { setImmediate } from "node:timers/promises";
import type { DatasetLayout, DatasetProblem, OpinionItem, OpinionSet } from "./dataset.js";
import type { DatasetFolder } from "./folder.js";

/** A line of a table as a reader understands it; nothing is checked yet. */
export interface OpinionLine {
  /** As the data set calls the image: its path from one of the image folders. */
  readonly name: string;
  readonly prompt?: string | undefined;
  readonly generator?: string | undefined;
  readonly variant?: string | undefined;
  /** The prompt where absent; the name where there is no prompt either. */
  readonly group?: string | undefined;
  /** undefined: not asked; NaN: asked, but what is there is no number. */
  readonly quality?: number | undefined;
  readonly alignment?: number | undefined;
}

const linesPerTurn = 500;

/** Makes an opinion set line by line; a line that cannot serve becomes a problem. */
export class OpinionSetBuilder {
  readonly #items: OpinionItem[] = [];
  readonly #problems: DatasetProblem[] = [];
  readonly #paths = new Set<string>();
  #added = 0;

  /** @param imageFolders where images lie, from the folder's root; "" is the root itself. */
  constructor(
    readonly name: string,
    readonly layout: DatasetLayout,
    readonly folder: DatasetFolder,
    readonly imageFolders: readonly string[],
  ) {}

  /** Adds a line, or a problem in its place. */
  async add(line: OpinionLine): Promise<void> {
    // Listings are remembered, so that nothing else here would ever let timers and signals have their turn.
    if (++this.#added % linesPerTurn === 0) await setImmediate();
    const { name } = line;
    const place =
      name === "" ? { reason: "the line names no image" } : await this.folder.findImage(name, this.imageFolders);
    if ("reason" in place) return this.leaveOut(name, place.reason);
    const opinions = { ...given("quality", line.quality), ...given("alignment", line.alignment) };
    const numbers = Object.values(opinions);
    if (numbers.length === 0) return this.leaveOut(name, "there is no opinion");
    if (!numbers.every(Number.isFinite)) return this.leaveOut(name, "an opinion is no number");
    if (this.#paths.has(place.path)) return this.leaveOut(name, "it is listed twice; the first line counts");
    this.#paths.add(place.path);
    const prompt = textOf(line.prompt);
    this.#items.push({
      name,
      path: place.path,
      ...given("prompt", prompt),
      ...given("generator", textOf(line.generator)),
      ...given("variant", textOf(line.variant)),
      group: textOf(line.group) ?? prompt ?? name,
      opinions,
    });
  }

  /** @param reason a clause: "the image is missing". */
  leaveOut(name: string, reason: string): void {
    this.#problems.push({ name, reason });
  }

  finish(): OpinionSet {
    return { name: this.name, items: this.#items, problems: this.#problems, layout: this.layout };
  }
}

function textOf(text: string | undefined): string | undefined {
  return text?.trim() || undefined;
}

/** A property that is left out when there is nothing to put into it. */
function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
