/** Checks a set of prompts: each by itself, against the earlier ones, and the balance of all. */
import { createHash } from "node:crypto";
import { DuplicateIndex } from "./duplicates.js";
import type { PromptEntry } from "./load.js";
import {
  categoryIds,
  featureIds,
  isCategory,
  isFeature,
  type PromptCategory,
  type PromptFeature,
  wordsOf,
} from "./prompt.js";

/** What a finding is about. */
export type LintRule =
  | "empty"
  | "length"
  | "characters"
  | "spacing"
  | "duplicate"
  | "near-duplicate"
  | "duplicate-id"
  | "unknown-label"
  | "unlabelled"
  | "balance"
  | "unreadable";

export interface Finding {
  /** An error makes the set unfit; a warning is for a person to judge. */
  readonly severity: "error" | "warning";
  readonly rule: LintRule;
  /** File and line; undefined for what is said of the whole set. */
  readonly place: string | undefined;
  /** A sentence. */
  readonly message: string;
}

export interface LintLimits {
  /** Fewer words than this are a warning; 3 unless told. */
  readonly minWords: number;
  /** More words than this are a warning; 77, the number of tokens that CLIP text encoders read, unless told. */
  readonly maxWords: number;
  /** More characters than this are an error; 4000, as much as image APIs take, unless told. */
  readonly maxCharacters: number;
  /** Jaccard similarity of two sets of words from which they are near-duplicates; 0.8 unless told. */
  readonly similarity: number;
  /** A category or feature in a smaller share of the labelled prompts is a warning; 0.05 unless told. */
  readonly minShare: number;
}

export const defaultLintLimits: LintLimits = {
  minWords: 3,
  maxWords: 77,
  maxCharacters: 4000,
  similarity: 0.8,
  minShare: 0.05,
};

export interface LintSummary {
  /** Prompts read; lines that could not be read are not among them. */
  prompts: number;
  errors: number;
  warnings: number;
  /** Words per prompt. */
  words: { min: number; median: number; max: number };
  /** Prompts without any category. */
  unlabelled: number;
  /** How many prompts have a label. */
  categories: Record<PromptCategory, number>;
  features: Record<PromptFeature, number>;
}

type Problem = Pick<Finding, "severity" | "rule" | "message">;

/** What is wrong with a text by itself. */
export function checkText(text: string, limits: LintLimits = defaultLintLimits): Problem[] {
  if (text.trim() === "") return [{ severity: "error", rule: "empty", message: "The prompt is empty." }];
  return [...checkCharacters(text), ...checkLength(text, limits)];
}

function checkCharacters(text: string): Problem[] {
  const problems: Problem[] = [];
  // Controls, format characters such as zero-width spaces, private use, lone surrogates; joiners are part of emoji and scripts.
  const odd = /[\p{Cc}\p{Co}\p{Cs}\ufffd\ufeff]|(?![\u200c\u200d])\p{Cf}/u.exec(text)?.[0];
  if (odd !== undefined) {
    const code = (odd.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
    const why = odd === "\ufffd" ? "the file is not UTF-8" : "it cannot be seen";
    const message = `The prompt has the character U+${code}: ${why}.`;
    problems.push({ severity: "error", rule: "characters", message });
  }
  if (!/[\p{L}\p{N}]/u.test(text))
    problems.push({ severity: "error", rule: "characters", message: "The prompt has no letter and no digit." });
  if (text !== text.trim() || /[^\S\n]{2}/.test(text)) {
    const message = "The prompt has spaces at its ends, or several in a row.";
    problems.push({ severity: "warning", rule: "spacing", message });
  }
  if ((text.match(/"/g) ?? []).length % 2 === 1)
    problems.push({ severity: "warning", rule: "characters", message: "A double quote is not closed." });
  return problems;
}

function checkLength(text: string, { minWords, maxWords, maxCharacters }: LintLimits): Problem[] {
  if (text.length > maxCharacters) {
    const message = `The prompt has ${text.length} characters; more than ${maxCharacters} are not taken.`;
    return [{ severity: "error", rule: "length", message }];
  }
  const count = wordsOf(text).length;
  if (count >= minWords && count <= maxWords) return [];
  const expected = count < minWords ? `fewer than ${minWords}` : `more than ${maxWords}`;
  return [{ severity: "warning", rule: "length", message: `The prompt has ${expected} words: ${count}.` }];
}

/**
 * Checks prompts as they come. Of the prompts only what finds duplicates is kept, so that a million of them need some hundred
 * megabytes.
 *
 * @param prompts for instance from `loadPrompts`.
 * @param report is called with every finding, in the order of the prompts; what is said of the whole set comes last.
 */
export async function lintPrompts(
  prompts: AsyncIterable<PromptEntry> | Iterable<PromptEntry>,
  report: (finding: Finding) => void = () => {},
  limits: Partial<LintLimits> = {},
): Promise<LintSummary> {
  const linter = new PromptLinter(report, limits);
  for await (const prompt of prompts) linter.check(prompt);
  return linter.finish();
}

/** {@link lintPrompts} for prompts that come one at a time. */
export class PromptLinter {
  readonly #report: (finding: Finding) => void;
  readonly #limits: LintLimits;
  readonly #duplicates: DuplicateIndex;
  readonly #places: string[] = [];
  readonly #ids = new Set<number>();
  readonly #lengths = new Map<number, number>();
  readonly #categories = emptyCounts(categoryIds);
  readonly #features = emptyCounts(featureIds);
  #errors = 0;
  #warnings = 0;
  #prompts = 0;
  #unlabelled = 0;
  #withFeatures = 0;

  constructor(report: (finding: Finding) => void = () => {}, limits: Partial<LintLimits> = {}) {
    this.#report = report;
    this.#limits = { ...defaultLintLimits, ...limits };
    this.#duplicates = new DuplicateIndex(this.#limits.similarity);
  }

  /** Records a line that could not be read. */
  unreadable(place: string, message: string): void {
    this.#say(place, { severity: "error", rule: "unreadable", message });
  }

  check(prompt: PromptEntry): void {
    const { text, place } = prompt;
    this.#prompts++;
    for (const problem of checkText(text, this.#limits)) this.#say(place, problem);
    const length = wordsOf(text).length;
    this.#lengths.set(length, (this.#lengths.get(length) ?? 0) + 1);
    this.#checkDuplicates(prompt);
    this.#checkLabels(prompt);
  }

  #checkDuplicates({ text, place, id }: PromptEntry): void {
    const duplicate = this.#duplicates.add(text);
    this.#places.push(place);
    if (duplicate) {
      const earlier = this.#places[duplicate.index] as string;
      const percent = Math.floor(100 * duplicate.similarity);
      this.#say(
        place,
        duplicate.exact
          ? { severity: "error", rule: "duplicate", message: `The prompt is the same as ${earlier}.` }
          : {
              severity: "warning",
              rule: "near-duplicate",
              message: `${percent} % of its words are those of ${earlier}.`,
            },
      );
    }
    if (id === undefined) return;
    const hash = createHash("sha256").update(id).digest().readUIntBE(0, 6);
    if (this.#ids.has(hash))
      this.#say(place, { severity: "error", rule: "duplicate-id", message: `The id "${id}" was used before.` });
    this.#ids.add(hash);
  }

  #checkLabels({ place, categories = [], features = [] }: PromptEntry): void {
    const unknown = [...categories.filter((name) => !isCategory(name)), ...features.filter((name) => !isFeature(name))];
    if (unknown.length > 0) {
      const message = `There is no label "${unknown[0]}". Categories are ${categoryIds.join(", ")}; features ${featureIds.join(", ")}.`;
      this.#say(place, { severity: "error", rule: "unknown-label", message });
    }
    for (const name of new Set(categories)) if (isCategory(name)) this.#categories[name]++;
    for (const name of new Set(features)) if (isFeature(name)) this.#features[name]++;
    if (categories.length === 0) this.#unlabelled++;
    if (features.length > 0) this.#withFeatures++;
  }

  /** Says what is to be said of the whole set. */
  finish(): LintSummary {
    if (this.#prompts === 0)
      this.#say(undefined, { severity: "error", rule: "empty", message: "There is no prompt in the set." });
    const labelled = this.#prompts - this.#unlabelled;
    if (this.#unlabelled > 0) {
      const message = `${this.#unlabelled} of ${this.#prompts} prompts have no category; eliq will guess it from their words.`;
      this.#say(undefined, { severity: "warning", rule: "unlabelled", message });
    }
    this.#checkBalance("category", this.#categories, labelled);
    this.#checkBalance("feature", this.#features, this.#withFeatures);
    return {
      prompts: this.#prompts,
      errors: this.#errors,
      warnings: this.#warnings,
      words: this.#wordStatistics(),
      unlabelled: this.#unlabelled,
      categories: this.#categories,
      features: this.#features,
    };
  }

  /** A share says nothing where even one prompt is more than the least share. */
  #checkBalance(kind: string, counts: Record<string, number>, total: number): void {
    if (total * this.#limits.minShare < 1) return;
    for (const [name, count] of Object.entries(counts)) {
      if (count >= this.#limits.minShare * total) continue;
      const message = `Few prompts have the ${kind} "${name}": ${count} of ${total}. Add some, or see that none are needed.`;
      this.#say(undefined, { severity: "warning", rule: "balance", message });
    }
  }

  #wordStatistics(): LintSummary["words"] {
    const lengths = [...this.#lengths].sort(([a], [b]) => a - b);
    let seen = 0;
    const median = lengths.find(([, count]) => {
      seen += count;
      return 2 * seen >= this.#prompts;
    });
    return { min: lengths[0]?.[0] ?? 0, median: median?.[0] ?? 0, max: lengths.at(-1)?.[0] ?? 0 };
  }

  #say(place: string | undefined, problem: Problem): void {
    if (problem.severity === "error") this.#errors++;
    else this.#warnings++;
    this.#report({ ...problem, place });
  }
}

/** The summary as text for a terminal: two tables of counts. */
export function formatSummary(summary: LintSummary): string {
  const { prompts, words, unlabelled, errors, warnings } = summary;
  const table = (title: string, counts: Record<string, number>) =>
    [title, ...Object.entries(counts).map(([name, count]) => `  ${name.padEnd(18)} ${String(count).padStart(6)}`)].join(
      "\n",
    );
  return [
    `${prompts} prompts of ${words.min} to ${words.max} words, median ${words.median}; ${unlabelled} without a category.`,
    table("Categories (a prompt may have several)", summary.categories),
    table("Features", summary.features),
    `${errors} errors, ${warnings} warnings.`,
    "",
  ].join("\n");
}

function emptyCounts<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
