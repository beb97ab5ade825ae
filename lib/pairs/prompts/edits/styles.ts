/** A style becomes one of another family. */
import {
  lookContrasts,
  mannerTargets,
  mannerWords,
  massMedia,
  mediumTargets,
  mediumWords,
  type StyleWord,
  styleOfTargets,
} from "../lexicon/styles.js";
import type { ParsedPrompt, Slot } from "../parse.js";
import type { Word } from "../phrases.js";
import { type Proposal, replacing } from "./proposal.js";

const families: ReadonlyMap<string, string> = new Map(
  [...mannerWords, ...mediumWords].map(({ phrase, family }) => [phrase, family]),
);

/** @returns a proposal for each style that has another to stand against it. */
export function styleProposals(parsed: ParsedPrompt): Proposal[] {
  return parsed.slots.flatMap((slot) =>
    slot.kind === "style" ? replacing(parsed, "style", slot.subkind, slot.tokens, optionsFor(parsed, slot)) : [],
  );
}

function optionsFor(parsed: ParsedPrompt, slot: Slot): string[] {
  const text = slot.text.toLowerCase();
  if (slot.subkind === "look") return lookOptions(parsed, slot, text);
  const noun = parsed.words[slot.tokens[1] + 1];
  if (slot.subkind === "style" && (noun?.role === "noun" || noun?.role === "adjective")) return [];
  if (slot.subkind === "style") return others(mannerTargets, families.get(text), text);
  if (goesOnTechnically(parsed, slot)) return [];
  if (slot.subkind === "manner") return mannerOptions(text);
  return mediumOptions(parsed, slot, text);
}

/** Words of a technique: where the prompt goes on in them, another medium would not fit. */
const techniques =
  /^(lens|lenses|telephoto|flash|exposure|aperture|bokeh|grain|grainy|pen|brush|pencil|chalk|taken|shot|still|figure|brushstrokes?|strokes?|impasto|stitch(es|ed)?|pixels?|photographed|painted|drawn|printed|engraved|hatching|crosshatching|shading|outlines?)$/;

/** Only at the beginning of a phrase and where the prompt does not go on in words of its own medium. */
function mediumOptions(parsed: ParsedPrompt, slot: Slot, text: string): string[] {
  const { words } = parsed;
  const previous = words[slot.tokens[0] - 1];
  if (previous && previous.role !== "determiner" && previous.role !== "punctuation") return [];
  return massMedia.has(text) && previous?.role === "determiner" ? [] : others(mediumTargets, families.get(text), text);
}

function goesOnTechnically({ words }: ParsedPrompt, { tokens: [start, end] }: Slot): boolean {
  return words.some(({ lower }, at) => (at < start || at >= end) && techniques.test(lower));
}

/** The style after "in the style of": known families are kept apart, and words of it are not repeated. */
function mannerOptions(text: string): string[] {
  const family =
    families.get(text.replace(/^(an?|the) /, "")) ??
    [...families].find(([phrase]) => phrase.length > 4 && text.includes(phrase))?.[1];
  return others(styleOfTargets, family, text);
}

function others(targets: readonly StyleWord[], family: string | undefined, text: string): string[] {
  const own = new Set(text.split(/\W+/).filter((word) => word.length > 2));
  return targets
    .filter(
      (target) =>
        target.family !== family &&
        !target.phrase
          .toLowerCase()
          .split(/\W+/)
          .some((word) => own.has(word)),
    )
    .filter(
      (target) =>
        !(
          family === "illustration" &&
          (target.family === "vector" ||
            target.family === "cartoon" ||
            target.family === "drawing" ||
            target.family === "watercolour")
        ),
    )
    .map(({ phrase }) => phrase);
}

const adjectives = new Set([
  "black-and-white",
  "black and white",
  "monochrome",
  "sepia",
  "full-colour",
  "photorealistic",
  "hyperrealistic",
  "minimalist",
]);

function lookOptions(parsed: ParsedPrompt, slot: Slot, text: string): string[] {
  const next = parsed.words[slot.tokens[1]] as Word | undefined;
  if (/^(adjective|verb|noun)$/.test(parsed.words[slot.tokens[0] - 1]?.role ?? "")) return [];
  const beforeNoun = next?.role === "noun" || next?.role === "adjective";
  if (adjectives.has(text) !== beforeNoun) return [];
  return [...(lookContrasts.get(text) ?? [])];
}
