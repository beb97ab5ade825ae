/** A spatial relation becomes its opposite or another one; an action becomes another one in the same form. */
import { verbForm } from "../grammar.js";
import { isAnimate, type Noun } from "../lexicon/nouns.js";
import { type ActionVerb, type Ground, particleVerbs, type SpatialWord } from "../lexicon/relations.js";
import type { ParsedPrompt, Slot } from "../parse.js";
import type { NounPhrase, Word } from "../phrases.js";
import { isPlace, isShielded, type Proposal, replacing } from "./proposal.js";

/** @returns a proposal for each relation that something contradicts in its place. */
export function relationProposals(parsed: ParsedPrompt): Proposal[] {
  return parsed.slots.flatMap((slot) => {
    if (slot.kind !== "relation" || isShielded(parsed, ...slot.tokens)) return [];
    const options = slot.subkind === "spatial" ? spatialOptions(parsed, slot) : actionOptions(parsed, slot);
    const used = ` ${parsed.text.toLowerCase()} `;
    const fresh = options.filter((option) => !used.includes(` ${option} `));
    return replacing(parsed, "relation", slot.subkind, slot.tokens, fresh);
  });
}

function spatialOptions(parsed: ParsedPrompt, slot: Slot): string[] {
  const { words } = parsed;
  const [at, end] = slot.tokens;
  const { group, opposites } = (words[at] as Word & { spatial: SpatialWord }).spatial;
  if (opposites.length === 0 || !standsAfterThing(words[at - 1], group)) return [];
  const phrase = slot.phrase;
  if (!phrase)
    return isObjectPronoun(words[end]) ? opposites.filter(([ground]) => ground === "any").map(([, text]) => text) : [];
  if (phrase.doubtful || isShielded(parsed, phrase.start, phrase.end)) return [];
  if (words[phrase.end]?.lower === "of" && !phrase.head) return [];
  return opposites.filter(([ground]) => fits(ground, phrase, group)).map(([, text]) => text);
}

function isObjectPronoun(word: Word | undefined): boolean {
  return word !== undefined && /^(it|them|him|her)$/.test(word.lower);
}

/** Not "from above", "right next to", "dressed in" or "written on". */
function standsAfterThing(previous: Word | undefined, group: string): boolean {
  if (!previous) return false;
  if (["preposition", "adverb", "conjunction", "determiner"].includes(previous.role)) return false;
  if (group !== "on" && group !== "in") return true;
  if (particleVerbs.has(previous.lower) || /^(body|scenery)$/.test(previous.noun?.noun.objectClass.name ?? ""))
    return false;
  return previous.role === "noun" || (previous.verb !== undefined && previous.verb.verb.frame === "place");
}

const containers = new Set(["vase", "bathtub", "basket", "birdcage", "frying pan", "aquarium", "tray"]);
const enclosures = new Set(["room", "dwelling", "road vehicle", "rail vehicle"]);
const legged = new Set(["table", "chair", "bench", "bed", "piano"]);
const solid = new Set([
  "furniture",
  "structure",
  "dwelling",
  "road vehicle",
  "rail vehicle",
  "water vehicle",
  "tree",
  "case",
]);
const surfaces = new Set(
  "furniture,furnishing,vessel,case,tableware,road vehicle,water vehicle,baked goods,dish,decoration,paper goods,device,sports thing,pet,beast".split(
    ",",
  ),
);

function fits(ground: Ground, phrase: NounPhrase, group: string): boolean {
  const noun = phrase.head?.noun;
  if (!noun || noun.objectClass.name === "scenery") return false;
  if (noun.objectClass.name === "body" && ground !== "any") return false;
  if (ground === "legged") return legged.has(noun.group);
  if (ground === "container")
    return noun.objectClass.name === "vessel" || noun.objectClass.name === "case" || containers.has(noun.group);
  if (ground === "enclosure") return enclosures.has(noun.objectClass.name);
  if (ground === "solid") return solid.has(noun.objectClass.name);
  if (ground === "any") return noun.objectClass.name !== "event";
  return group === "on" ? surfaces.has(noun.objectClass.name) && phrase.start < phrase.nounsStart : !isPlace(noun);
}

/** Prepositions of a way, which only verbs of motion take. */
const ways = new Set(
  "through across along into onto towards toward past up down over off from to away out around after against beyond ahead back for with".split(
    " ",
  ),
);
const motion = new Set(["cycle", "crawl", "limp", "stroll", "run", "jump"]);

function actionOptions(parsed: ParsedPrompt, slot: Slot): string[] {
  const { words } = parsed;
  const [at, end] = slot.tokens;
  const action = (words[at] as Word).verb;
  if (!action || action.form === "past" || action.verb.opposites.length === 0) return [];
  const subject = subjectOf(parsed, at);
  if (!subject) return [];
  const options =
    action.verb.frame === "object"
      ? objectOptions(parsed, action.verb, subject, slot.phrase, words[end])
      : placeOptions(parsed, action.verb, subject, end);
  return options.map((base) => verbForm(base, action.form));
}

/** The noun that acts: the one before the verb, past the phrases that a preposition hangs on it. */
function subjectOf({ words, phrases }: ParsedPrompt, at: number): Noun | undefined {
  let before = at - 1;
  while (words[before]?.role === "adverb" || words[before]?.role === "auxiliary" || words[before]?.text === ",")
    before--;
  let index = phrases.findLastIndex(({ end }) => end <= before + 1);
  if (index < 0 || phrases[index]?.end !== before + 1) return undefined;
  for (; index >= 0; index--) {
    const phrase = phrases[index] as NounPhrase;
    const noun = phrase.head?.noun;
    if (noun && isAnimate(noun)) return noun;
    const hangs = words[phrase.start - 1]?.role === "preposition";
    if (!hangs) return noun;
    if (phrases[index - 1]?.end !== (words[phrase.start - 1] as Word).phraseStart) return undefined;
  }
  return undefined;
}

function placeOptions(parsed: ParsedPrompt, verb: ActionVerb, subject: Noun, end: number): string[] {
  const next = parsed.words[end];
  const ground = next && parsed.phrases.find(({ start }) => start === next.phraseEnd);
  if (next?.role === "preposition" && (!ground?.head || ground.head.noun.objectClass.name === "body")) return [];
  if (next && next.role !== "preposition" && next.role !== "punctuation") return [];
  const options = isAnimate(subject)
    ? verb.opposites
    : ["stand", "lie"].includes(verb.base) && !isPlace(subject)
      ? verb.opposites.filter((base) => base === "stand" || base === "lie")
      : [];
  if (!next || !ways.has(next.lower)) return [...options];
  if (
    ["smile", "laugh", "cry", "frown"].includes(verb.base) ||
    (next.lower === "with" && !motion.has(options[0] as string))
  )
    return next.lower === "with" ? [...options] : [];
  return options.filter(
    (base) =>
      motion.has(base) &&
      (motion.has(verb.base) ||
        [
          "walk",
          "hike",
          "march",
          "sprint",
          "gallop",
          "race",
          "rush",
          "hurry",
          "trudge",
          "wander",
          "jog",
          "creep",
        ].includes(verb.base)),
  );
}

/** "carry a chair on his head", "hold a cup against the light" */
const attached = /^(on|against|under|above|around|with|by|as|at)$/;
/** "carry a pan into the plaza": only what moves a thing may take its place. */
const directions = /^(into|onto|across|through|up|down|over|to|towards?|along|away|off|out|from|past|between)$/;
const worn = new Set(["garment", "headwear", "footwear", "accessory"]);

function objectOptions(
  { words }: ParsedPrompt,
  verb: ActionVerb,
  subject: Noun,
  phrase: NounPhrase | undefined,
  next: Word | undefined,
): string[] {
  if (!isAnimate(subject)) return [];
  if (!phrase)
    return isObjectPronoun(next) && ["catch", "throw", "kick", "push", "pull"].includes(verb.base)
      ? [...verb.opposites]
      : [];
  const noun = phrase.head?.noun;
  if (
    phrase.doubtful ||
    !noun ||
    isPlace(noun) ||
    noun.objectClass.name === "body" ||
    noun.objectClass.name === "scenery"
  )
    return [];
  if (verb.opposites.includes("kick") && attached.test(words[phrase.end]?.lower ?? "")) return [];
  if (directions.test(words[phrase.end]?.lower ?? ""))
    return verb.opposites.filter(
      (base) => ["throw", "kick", "push", "pull", "lift"].includes(base) && !isAnimate(noun),
    );
  if (verb.base === "wear") return worn.has(noun.objectClass.name) ? [...verb.opposites] : [];
  if (verb.base === "ride") return isAnimate(noun) ? ["feed", "lead", "wash"] : ["push", "wash", "repair"];
  if (isAnimate(noun))
    return verb.opposites.filter((base) => !["kick", "throw", "burn", "steal", "juggle", "smash"].includes(base));
  return [...verb.opposites];
}
