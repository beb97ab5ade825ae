/** Guesses the categories of a prompt that has none. */
import { categoryLexicon } from "./category-lexicon.js";
import { categoryIds, type PromptCategory, wordsOf } from "./prompt.js";

/** An artefact further on is more often a prop than a subject. */
const subjectWords = 9;
/** The longest phrase of the lexicon. */
const phraseWords = 3;
const negations = new Set(["no", "not", "without", "nor", "never"]);

/**
 * The categories that a prompt's words speak for, in the order of `promptCategories`; none when no word is known.
 *
 * A heuristic: it looks words and short phrases up in a lexicon. Words in double quotes, which are to be read in the picture,
 * and words that follow a negation ("no people") do not count, and objects only count near the beginning. It knows nothing of
 * meaning; docs/prompts.md says how often it is right.
 */
export function categorisePrompt(text: string): PromptCategory[] {
  const found = new Set<PromptCategory>();
  const words = wordsOf(text.replaceAll(/["“][^"”]*["”]/g, " "));
  for (const [position, phrase] of keptPhrases(words)) {
    for (const category of categoryIds) {
      if (category === "objects" && (position >= subjectWords || found.has("people") || found.has("food"))) continue;
      if (categoryLexicon[category].has(phrase)) found.add(category);
    }
  }
  return categoryIds.filter((category) => found.has(category));
}

/** Phrases of one to three words with their positions; a longer phrase that is known hides the words it is made of. */
function* keptPhrases(words: readonly string[]): Generator<[position: number, phrase: string], void, void> {
  for (let i = 0; i < words.length; i++) {
    const negated = words.slice(Math.max(0, i - 2), i).some((word) => negations.has(word));
    for (let length = Math.min(phraseWords, words.length - i); length > 0; length--) {
      const phrase = knownForm(words.slice(i, i + length));
      if (phrase === undefined) continue;
      if (!negated) yield [i, phrase];
      i += length - 1;
      break;
    }
  }
}

const known = new Set(Object.values(categoryLexicon).flatMap((phrases) => [...phrases]));

/** The phrase as the lexicon has it, its last word in the singular if need be. */
function knownForm(words: readonly string[]): string | undefined {
  const phrase = words.join(" ").replace(/'s$/, "");
  return [phrase, ...singulars(phrase)].find((form) => known.has(form));
}

function singulars(phrase: string): string[] {
  if (!phrase.endsWith("s") || phrase.endsWith("ss")) return [];
  const without = [phrase.slice(0, -1)];
  if (phrase.endsWith("ies")) without.push(`${phrase.slice(0, -3)}y`);
  if (phrase.endsWith("es")) without.push(phrase.slice(0, -2));
  return without;
}
