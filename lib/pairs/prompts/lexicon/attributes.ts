/** Words for how a thing looks, with what contradicts them. */

export type AttributeKind = "colour" | "material" | "size" | "texture" | "age" | "state" | "shape";

export interface AttributeWord {
  readonly subkind: AttributeKind;
  /** Words of one group are never exchanged for one another. */
  readonly group: string;
  /** What contradicts it; empty when the word is only recognised. */
  readonly opposites: readonly string[];
}

/** Hues as prompts name them: basic colour, shades of it, basic colours that are too near to contradict it. */
const hues: readonly (readonly [basic: string, shades: string, near: string])[] = [
  ["red", "crimson scarlet maroon burgundy ruby vermilion cherry-red blood-red brick-red", "orange pink brown purple"],
  [
    "orange",
    "tangerine amber apricot rust-coloured rust-colored coral coral-coloured peach-coloured terracotta-coloured",
    "red yellow brown pink",
  ],
  [
    "yellow",
    "golden-yellow lemon-yellow mustard mustard-yellow ochre honey-coloured saffron lemon-coloured",
    "orange brown white green",
  ],
  [
    "green",
    "emerald lime lime-green olive-green mint-green dark-green sage-green jade-green bottle-green moss-green",
    "turquoise yellow blue",
  ],
  ["turquoise", "teal cyan aquamarine", "blue green"],
  [
    "blue",
    "navy azure cobalt indigo sky-blue navy-blue cobalt-blue ultramarine pale-blue ice-blue",
    "turquoise purple grey green black",
  ],
  ["purple", "violet lavender lilac mauve magenta plum-coloured", "blue pink red"],
  ["pink", "fuchsia salmon-pink rose-pink hot-pink", "red purple orange"],
  ["brown", "beige tan chestnut chocolate-brown russet sepia-toned khaki", "orange red yellow black grey"],
  ["black", "jet-black pitch-black", "grey brown blue purple"],
  ["white", "ivory snow-white cream-coloured off-white whitewashed chalk-white", "grey yellow"],
  ["grey", "gray slate-grey charcoal-grey silver-grey steel-grey", "black white brown blue"],
];
const replacementHues = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white"];

const materials: Record<string, readonly (readonly string[])[]> = {
  rigid: [
    [
      "wooden",
      "oak",
      "pine",
      "walnut",
      "mahogany",
      "teak",
      "birch",
      "bamboo",
      "timber",
      "wicker",
      "driftwood",
      "plywood",
    ],
    [
      "metal",
      "steel",
      "iron",
      "brass",
      "copper",
      "bronze",
      "tin",
      "aluminium",
      "aluminum",
      "silver",
      "gold",
      "metallic",
      "pewter",
      "wrought-iron",
      "cast-iron",
      "chrome",
      "titanium",
      "zinc",
      "enamel",
    ],
    ["glass", "crystal", "cut-glass"],
    ["stone", "marble", "granite", "concrete", "brick", "sandstone", "limestone", "slate", "cobblestone", "terrazzo"],
    ["plastic", "rubber", "acrylic", "vinyl"],
    ["cardboard", "paper", "papier-mâché", "papier-mache", "origami"],
    ["~ceramic", "porcelain", "clay", "terracotta", "earthenware", "stoneware"],
  ],
  soft: [
    ["leather", "suede"],
    ["velvet", "silk", "satin"],
    ["woollen", "woolen", "wool", "tweed", "felt", "cashmere", "fleece"],
    ["denim", "cotton", "linen", "canvas", "fabric", "flannel", "corduroy", "hessian", "burlap", "calico"],
    ["~nylon", "polyester"],
    ["~straw", "raffia"],
    ["~lace", "lacy"],
    ["~fur", "sheepskin"],
  ],
};

/** Nouns of materials after "made of": the adjective and the noun differ for these. */
export const materialNouns: Readonly<Record<string, string>> = { wooden: "wood", woollen: "wool", metallic: "metal" };

/** `kind | words -> opposites`. */
const contrasts = `
size | big large huge giant enormous gigantic massive immense colossal oversized vast towering gargantuan -> tiny small
size | small tiny little miniature minuscule pocket-sized palm-sized -> huge enormous
size | tall -> short
size | long -> short
size | short -> long
size | wide broad -> narrow
size | narrow slender -> wide
size | thick chunky -> thin
size | thin slim -> thick
texture | smooth sleek velvety satiny -> rough bumpy
texture | rough coarse rugged gnarled bumpy jagged pitted -> smooth
texture | fluffy furry fuzzy woolly shaggy hairy -> hairless smooth
texture | shiny glossy polished gleaming glittering sparkling lacquered varnished glazed burnished -> matt dull
texture | matte matt dull -> glossy shiny
texture | rusty rusted corroded tarnished -> gleaming polished
texture | striped stripy -> spotted checked
texture | spotted dotted polka-dot polka-dotted speckled dappled -> striped
texture | checked chequered checkered plaid tartan patterned floral flowery embroidered paisley quilted patchwork gingham -> plain
texture | plain -> striped patterned
texture | transparent see-through translucent -> opaque
texture | opaque -> transparent
texture | wrinkled crumpled creased wrinkly rumpled -> smooth
texture | cracked chipped crackled crazed -> flawless unbroken
texture | spiky prickly thorny -> smooth
texture | frayed tattered torn ragged threadbare worn -> pristine
texture | knitted crocheted woven braided -> 
texture | soft crispy crunchy hard sticky fuzzy-edged peeling weathered -> 
age | old elderly aged -> young
age | young -> old elderly
age | ancient antique vintage old-fashioned -> modern brand-new
age | modern new brand-new contemporary futuristic -> ancient antique
state | open -> closed
state | closed shut -> open
state | empty deserted -> crowded full
state | crowded busy packed bustling -> empty deserted
state | wet soaked rain-soaked damp drenched -> dry
state | dry -> wet
state | clean spotless -> dirty filthy
state | dirty muddy dusty grimy filthy grubby -> clean spotless
state | broken shattered smashed dented -> intact undamaged
state | lit burning flaming -> unlit
state | unlit -> lit
state | ripe -> unripe
state | unripe -> ripe
state | fresh -> withered rotten
state | wilted withered rotten dried -> fresh
state | happy smiling cheerful laughing grinning joyful -> sad frowning crying
state | sad angry frowning crying grumpy gloomy scowling weeping -> smiling cheerful
state | sunny sunlit cloudless -> rainy foggy
state | rainy foggy misty stormy overcast cloudy snowy -> sunny cloudless
state | snowy snow-covered snow-capped frozen icy frosty -> sun-baked
state | hot steaming -> ice-cold frozen
state | cold chilled ice-cold iced -> hot steaming
state | calm still -> stormy
state | sleeping asleep napping -> wide-awake
state | bare leafless -> leafy
state | folded -> unfolded
state | unmade untidy messy cluttered -> tidy neat
state | tidy neat made-up -> messy untidy
state | full closed-up upturned raw cooked fried boiled baked melted bright dim half-empty blooming -> 
shape | round circular spherical -> square triangular
shape | square rectangular cubic -> round
shape | triangular hexagonal oval heart-shaped star-shaped octagonal conical cylindrical domed -> square
shape | straight -> crooked curved
shape | curved crooked winding curly twisted wavy spiral -> straight
shape | pointed sharp -> blunt
shape | flat steep -> 
`;

/** Colours of more than one hue, recognised only. */
const mixedColours =
  "colourful colorful multicoloured multicolored multi-coloured multi-colored rainbow-coloured pastel golden silvery monochrome bicoloured two-tone neon fluorescent iridescent";

export const attributeWords: ReadonlyMap<string, AttributeWord> = build();

/** Words that shade a colour and belong to its slot. */
export const shadeModifiers = new Set(
  "light dark bright pale deep vivid dull soft faded dusty electric neon pastel milky sky navy burnt mint lime olive hot royal baby brilliant".split(
    " ",
  ),
);

/** Basic hues that contradict a colour word, none of them near it. */
function opposingHues(basic: string, near: string): string[] {
  const excluded = new Set([basic, ...near.split(" ")]);
  return replacementHues.filter((hue) => !excluded.has(hue));
}

function build(): Map<string, AttributeWord> {
  const words = new Map<string, AttributeWord>();
  for (const [basic, shades, near] of hues) {
    const word = { subkind: "colour" as const, group: basic, opposites: opposingHues(basic, near) };
    for (const name of [basic, ...shades.split(" ")]) words.set(name, word);
  }
  for (const name of mixedColours.split(" ")) words.set(name, { subkind: "colour", group: name, opposites: [] });
  for (const groups of Object.values(materials)) addMaterials(words, groups);
  for (const line of contrasts.trim().split("\n")) {
    const [subkind, rest] = line.split(" | ") as [AttributeKind, string];
    const [names, opposites] = rest.split("->").map((part) => part.trim().split(" ").filter(Boolean)) as [
      string[],
      string[],
    ];
    for (const name of names) if (!words.has(name)) words.set(name, { subkind, group: names[0] as string, opposites });
  }
  return words;
}

function addMaterials(words: Map<string, AttributeWord>, groups: readonly (readonly string[])[]): void {
  for (const group of groups) {
    const heads = groups.map((names) => names[0] as string);
    const own = group[0] as string;
    const word = {
      subkind: "material" as const,
      group: own.replace("~", ""),
      opposites: heads.filter(
        (head) => head !== own && !head.startsWith("~") && !(own === "~ceramic" && head === "stone"),
      ),
    };
    for (const name of group) words.set(name.replace("~", ""), word);
  }
}

/** Phrases in which a word of the lexicons has a meaning of its own; their words are no slots. */
export const fixedPhrases: readonly string[] = `
black and white; black-and-white; white wine; red wine; green tea; black tea; black coffee; red panda; polar bear; brown bear; black bear; blue whale; blue cheese; brown rice; white chocolate; dark chocolate; green beans; red carpet; black hole; white house; golden retriever; golden hour; blue hour;
golden gate; blue jeans; red onion; red cabbage; spring onion; white noise; green screen; orange juice; white bread; brown bread; brown sugar; red light; green light; black belt; gold medal; silver medal; bronze medal; silver lining; goldfish; red cross; orange tree; olive tree; olive oil; olives;
crystal ball; cotton candy; metal detector; rubber duck; rubber ducks; rubber stamp; paper plane; paper planes; paper boat; paper boats; paper crane; paper cranes; ice cream; ice skating; hot dog; hot dogs; hot chocolate; hot spring; hot springs; hot air balloon; hot air balloons; cold brew; tin foil; glass blower; stained glass; stained-glass; new year; new year's eve; new york; new town; old town; old master; big wheel; big top; small talk;
wide shot; wide angle; wide-angle; long exposure; long-exposure; short story; full moon; full bloom; full colour; full length; still life; still-life; soft focus; soft light; bright light; high street; living room; rocking horse; wide open; open air; open fire; open sea; open water; open field; open fields; open road; open book; close up; young adult; dry ice; dry stone; dry dock; dry dock; fresh water; fresh air; raw material; ivory tower; iron age; stone age; bronze age; rose garden; tan line; clay court; hard hat; red deer; grey heron; grey wolf; barn owl; great white shark; red fox; green fingers; wet market; thin air; thin ice; big cat; little by little; a little; at long last; before long; as long as; no longer; all along; so long; street art; pop art; spring roll; spring rolls; spring onions; play dough; wind chime; christmas tree; christmas market; felt tip; felt pen; lead singer; copper beech; silver birch; silver birches; pine cone; pine cones; pine needles; walnut tree; oak tree; birch tree; slate roof; wool shop; cotton wool; plastic surgery; rough and ready; a good deal;
flat lay; flat-lay; blue ribbon; tea light; tea lights; red squirrel; black swan; grand piano; upright piano; shallow depth of field; drum kit; deep sea; open plan; open-plan; square metre; square metres; square kilometre; long jump; high jump; tug of war; tug-of-war; merry-go-round; straight ahead; straight lines; lit by; lit only by; lit from; lit up; open to; open onto; full of; empty of; bare of; dry stone wall; at rest; clean shaven; round the; around the clock; sharp focus; full sun; short sleeve; short sleeves; long sleeve; long sleeves; worn out; silk road; paper lantern festival; milky way; orange blossom; lime tree; lime trees; coral reef; coral reefs; rust belt; mustard seed; amber light; brass band; brass bands; steel band; iron curtain; straw poll; paper trail; paper round; gold rush; silver screen; glass ceiling; stone circle; stone circles; big dipper; short cut; long johns; long weekend; small hours
`
  .split(/[;\n]/)
  .map((phrase) => phrase.trim())
  .filter(Boolean);
