/** An attribute becomes one that contradicts it: another colour or material, the opposite size, texture, age, state or shape. */
import { type AttributeWord, attributeWords, materialNouns } from "../lexicon/attributes.js";
import { isAnimate, isHuman, type Noun } from "../lexicon/nouns.js";
import { materialAdjective, type ParsedPrompt, type Slot } from "../parse.js";
import { isShielded, mentions, type Proposal, replacing } from "./proposal.js";

/** @returns a proposal for each attribute that has an opposite for what it describes. */
export function attributeProposals(parsed: ParsedPrompt): Proposal[] {
  return parsed.slots.flatMap((slot) => {
    if (slot.kind !== "attribute" || isShielded(parsed, ...slot.tokens)) return [];
    const options = opposites(parsed, slot).filter((option) => !mentions(parsed, option));
    if (slot.subkind === "material" && isNamedAgain(parsed, slot)) return [];
    return replacing(parsed, "attribute", slot.subkind, slot.tokens, options);
  });
}

/** Whether the prompt speaks of the same kind of material elsewhere, perhaps of the same thing. */
function isNamedAgain({ words }: ParsedPrompt, slot: Slot): boolean {
  const group = attributeWords.get(materialAdjective((words[slot.tokens[1] - 1] as { lower: string }).lower))?.group;
  return words.some(
    ({ lower }, at) => at !== slot.tokens[1] - 1 && attributeWords.get(materialAdjective(lower))?.group === group,
  );
}

function opposites(parsed: ParsedPrompt, slot: Slot): readonly string[] {
  const lower = (parsed.words[slot.tokens[1] - 1] as { lower: string }).lower;
  const attribute = attributeWords.get(materialAdjective(lower)) as AttributeWord;
  const graded = parsed.words[slot.tokens[0] - 1]?.role === "adverb";
  if (!slot.phrase) return predicateOpposites(attribute, lower);
  if (slot.phrase.doubtful || parsed.words[slot.phrase.end]?.role === "possessive") return [];
  const noun = slot.phrase.head?.noun;
  if (attribute.subkind === "size" && isMeasured(parsed)) return [];
  if (emptiness.test(lower) && parsed.words.some(({ role }) => role === "negator")) return [];
  const options = noun
    ? nounOpposites(attribute, lower, noun)
    : attribute.subkind === "colour"
      ? attribute.opposites
      : [];
  return graded
    ? options.flatMap((option) => plainDegrees[option] ?? (attribute.subkind === "colour" ? option : []))
    : options;
}

/** "the size of a biscuit", "as tall as a house": the size is said again. */
function isMeasured({ words }: ParsedPrompt): boolean {
  return words.some(({ lower }, at) => lower === "size" || (lower === "as" && words[at + 2]?.lower === "as"));
}

/** What a "no people" elsewhere in the prompt already says. */
const emptiness = /^(empty|deserted|crowded|busy|packed|bustling)$/;

/** After "very": words that can be graded. */
const plainDegrees: Readonly<Record<string, string>> = {
  tiny: "small",
  huge: "large",
  enormous: "large",
  short: "short",
  narrow: "narrow",
  wide: "wide",
  thick: "thick",
  thin: "thin",
  young: "young",
  old: "old",
};

/** Without the noun at hand, only what fits anything: "made of ..." and "is red". */
function predicateOpposites(attribute: AttributeWord, lower: string): readonly string[] {
  if (attribute.subkind === "material") return attribute.opposites.map((word) => materialNouns[word] ?? word);
  if (attribute.subkind === "colour" || ["open", "closed", "wet", "dry"].includes(lower)) return attribute.opposites;
  return [];
}

/** Times of day and parts of light, whose attributes are moods. */
const moods =
  /^(sky|sun|moon|afternoon|morning|evening|night|day|spring day|winter|summer|autumn|dawn|dusk|sunset|sunrise|light|sunlight|lighting|shadow|horizon)$/;

function nounOpposites(attribute: AttributeWord, lower: string, noun: Noun): readonly string[] {
  const { subkind, opposites: options } = attribute;
  const mood = moods.test(noun.group) || moods.test(noun.singular);
  if (subkind === "state") return stateOpposites(lower, options, noun);
  if (subkind === "colour")
    return isHuman(noun) || noun.group === "skin" || noun.group === "face" || mood ? [] : options;
  if (mood || noun.objectClass.name === "event") return [];
  if (subkind === "material") return materialOpposites(lower, options, noun);
  if (subkind === "size") return sizeOpposites(lower, options, noun);
  if (subkind === "age") return ageOpposites(lower, options, noun);
  return isHuman(noun) || noun.objectClass.name === "scenery" ? [] : options;
}

const unmade = new Set(
  "pet,beast,bird,sea animal,insect,reptile,person,everyone,group,occupation,fruit,vegetable,baked goods,dish,drink,tree,flower,landscape,relief,water,event,scenery,body,urban place,room".split(
    ",",
  ),
);
const worn = new Set(["garment", "footwear", "headwear", "furnishing"]);

function materialOpposites(lower: string, options: readonly string[], noun: Noun): readonly string[] {
  if (unmade.has(noun.objectClass.name)) return [];
  if (worn.has(noun.objectClass.name) && (lower === "rubber" || lower === "plastic"))
    return ["leather", "woollen", "denim"];
  return options;
}

const upright = new Set(["person", "everyone", "occupation", "dwelling", "tree", "structure"]);

function sizeOpposites(lower: string, options: readonly string[], noun: Noun): readonly string[] {
  if (noun.objectClass.name === "scenery") return [];
  if (lower === "short") return upright.has(noun.objectClass.name) ? ["tall"] : ["long"];
  if (isHuman(noun) && noun.objectClass.name !== "group" && lower !== "tall") return [];
  return options;
}

const timeless = new Set(
  "landscape,relief,water,scenery,body,everyone,group,fruit,vegetable,baked goods,dish,drink,flower,event".split(","),
);

function ageOpposites(lower: string, options: readonly string[], noun: Noun): readonly string[] {
  if (["boy", "girl", "child"].includes(noun.group)) return [];
  if (timeless.has(noun.objectClass.name)) return [];
  const alive = isAnimate(noun) || noun.objectClass.name === "tree";
  if (alive) return lower === "young" ? ["old"] : options.includes("young") || lower === "ancient" ? ["young"] : [];
  if (lower === "young") return [];
  return options.includes("young") ? ["modern", "brand-new"] : options;
}

const classesOfState: readonly (readonly [words: string, classes: string, opposites: string])[] = [
  ["empty deserted", "room,urban place,landscape,structure", "crowded"],
  ["empty", "vessel,case,tableware", "full"],
  ["empty", "furniture", "occupied"],
  ["crowded", "furniture", "empty"],
  ["crowded busy packed bustling", "room,urban place,structure,road vehicle,rail vehicle", "empty deserted"],
  ["hot steaming", "drink,dish,vessel", "ice-cold"],
  ["cold chilled ice-cold iced", "drink,dish,vessel", "steaming"],
  ["calm still", "water", "stormy"],
  ["stormy", "water", "calm"],
  ["sleeping", "pet,beast,bird,person,everyone,occupation,reptile", "wide-awake"],
  ["bare leafless", "tree", "leafy"],
  ["lit burning", "decoration", "unlit"],
  ["unlit", "decoration", "burning"],
  ["fresh", "fruit,vegetable", "rotten"],
  ["fresh", "flower", "withered"],
  ["wilted withered dried", "flower", "fresh"],
  ["rotten", "fruit,vegetable", "fresh"],
  ["ripe", "fruit,vegetable", "unripe"],
  ["unripe", "fruit,vegetable", "ripe"],
  ["sunny sunlit cloudless", "landscape,urban place,relief", "rainy foggy"],
  ["rainy foggy misty stormy overcast", "landscape,urban place,relief", "sunny"],
  ["snowy snow-covered snow-capped", "landscape,relief,dwelling,urban place", "sun-baked"],
  ["folded", "paper goods,furnishing,garment", "unfolded"],
  ["unmade untidy messy cluttered", "furniture,room", "tidy"],
  ["tidy neat", "furniture,room", "messy untidy"],
  [
    "happy smiling cheerful laughing grinning joyful sad angry frowning crying grumpy gloomy scowling weeping",
    "person,everyone,occupation,pet,beast,figure,creature,group",
    "*",
  ],
  ["open closed shut", "opening,paper goods,case,accessory,structure,furniture", "*"],
  [
    "wet soaked rain-soaked damp drenched dry",
    "pet,beast,bird,garment,footwear,headwear,furnishing,urban place,structure,opening,furniture,road vehicle,case,paper goods",
    "*",
  ],
  [
    "clean spotless dirty muddy dusty grimy filthy grubby",
    "garment,footwear,headwear,furnishing,structure,opening,furniture,road vehicle,rail vehicle,case,vessel,tableware,decoration,device,tool,room,urban place,pet,beast,sports thing",
    "*",
  ],
  [
    "broken shattered smashed dented",
    "decoration,vessel,case,tableware,furniture,device,instrument,tool,sports thing,opening,accessory,road vehicle",
    "*",
  ],
  ["sunny rainy foggy misty stormy overcast cloudy snowy cloudless", "scenery", "**"],
];

function stateOpposites(lower: string, options: readonly string[], noun: Noun): readonly string[] {
  for (const [words, classes, opposites] of classesOfState) {
    if (!words.split(" ").includes(lower) || !classes.split(",").includes(noun.objectClass.name)) continue;
    if (opposites === "*") return options;
    if (opposites !== "**") return opposites.split(" ");
    if (/^(day|afternoon|morning)$/.test(noun.singular))
      return lower === "sunny" || lower === "cloudless" ? ["rainy", "foggy"] : ["sunny"];
  }
  return [];
}
