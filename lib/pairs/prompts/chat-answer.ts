/** Reads the prompts in a chat model's answer, however it wrapped them. */

/** A prompt as a model gave it; labels may be unknown. */
export interface Candidate {
  readonly text: string;
  readonly categories: readonly string[];
  readonly features: readonly string[];
}

/** The text of an OpenAI-compatible chat completion; undefined when the answer is of another shape. */
export function completionText(answer: unknown): string | undefined {
  const message = (answer as { choices?: { message?: { content?: unknown } }[] } | null)?.choices?.[0]?.message
    ?.content;
  if (typeof message === "string") return message;
  if (!Array.isArray(message)) return undefined;
  const parts = message as { text?: unknown }[];
  return parts.map(({ text }) => (typeof text === "string" ? text : "")).join("");
}

/**
 * The prompts in a text that should be JSON: `{"prompts": [{"text", "categories", "features"}]}`, a bare list, or strings in
 * place of objects. Reasoning, fences and words around the JSON are passed over; of JSON that is cut off or broken, the
 * objects that are whole are kept.
 */
export function readCandidates(text: string): Candidate[] {
  const answer = text.replaceAll(/<think>[\s\S]*?<\/think>/g, "");
  for (const part of [answer, ...fenced(answer)]) {
    const found = collect(parse(part));
    if (found.length > 0) return found;
  }
  return wholeObjects(answer).flatMap((part) => collect(parse(part)));
}

function fenced(text: string): string[] {
  return [...text.matchAll(/```[\w-]*\s*\n?([\s\S]*?)(?:```|$)/g)].map((match) => match[1] as string);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.trim()) as unknown;
  } catch {
    return undefined;
  }
}

/** The prompts of parsed JSON; of an object that is no prompt, those of its first list that has any. */
function collect(value: unknown): Candidate[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) =>
      typeof item === "string" ? [toCandidate({ text: item })] : asPrompt(item),
    );
  }
  const own = asPrompt(value);
  if (own.length > 0 || typeof value !== "object" || value === null) return own;
  for (const list of Object.values(value)) {
    const found = Array.isArray(list) ? collect(list) : [];
    if (found.length > 0) return found;
  }
  return [];
}

function asPrompt(value: unknown): Candidate[] {
  if (typeof value !== "object" || value === null) return [];
  const { text, prompt, caption, categories, category, features } = value as Record<string, unknown>;
  const given = text ?? prompt ?? caption;
  return typeof given === "string" ? [toCandidate({ text: given, categories: categories ?? category, features })] : [];
}

function toCandidate(fields: { text: string; categories?: unknown; features?: unknown }): Candidate {
  const labels = (value: unknown) =>
    (Array.isArray(value) ? value : [value]).filter((label): label is string => typeof label === "string");
  const text = fields.text.replaceAll(/\s+/g, " ").trim();
  return { text, categories: labels(fields.categories), features: labels(fields.features) };
}

/** The innermost {…} of a text, so that one broken object does not take the others with it. Braces in strings do not count. */
function wholeObjects(text: string): string[] {
  const objects: string[] = [];
  let start = -1;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[{}]/g)) {
    if (token === "{") start = index;
    if (token !== "}" || start < 0) continue;
    objects.push(text.slice(start, index + 1));
    start = -1;
  }
  return objects;
}
