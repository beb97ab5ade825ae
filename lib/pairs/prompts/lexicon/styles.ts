/** Looks and techniques that prompts ask for. */

export interface StyleWord {
  readonly phrase: string;
  /** Styles of one family look too much alike to contradict one another. */
  readonly family: string;
}

/** `family: phrases that name a picture of that kind`; each can stand before "of", and as a tag. The first two are replacements. */
const media = `
photo: photograph; photo; colour photograph; close-up photograph; macro photograph; photorealistic photo; wide-angle photograph; aerial photograph; polaroid photo; polaroid; snapshot; film photograph; macro photo; macro shot; close-up photo; low-angle photo; wide-angle photo; aerial photo; drone photograph; drone photo; street photograph; studio photograph; studio photo; long-exposure photograph; black-and-white photograph; black and white photograph; black-and-white photo; black and white photo; product photo; product photograph; portrait photograph; documentary photograph; press photo; press photograph; telephoto shot; wide-angle shot; group photo; food photograph; polaroid picture; infrared photograph; candid photo; flash photograph; analogue photograph; satellite photograph; tilt-shift photograph; photo portrait; underwater photograph; underwater photo; night photograph; drone shot; cinematic still; film still; movie still; film noir still; daguerreotype; tintype; tintype portrait; cyanotype; sepia photograph; realistic photo
watercolour: watercolour painting; watercolour; watercolor painting; watercolor; loose watercolour; loose watercolour painting; watercolour sketch; watercolour illustration; gouache painting; gouache; gouache illustration
oil: oil painting; impressionist painting; acrylic painting; impressionist oil painting; romantic oil painting; baroque painting; baroque oil painting; renaissance painting; impasto oil painting; expressionist painting; cubist painting; surrealist painting; fresco; old master painting; oil portrait; dutch still-life painting; baroque still life; pointillist painting; oil sketch; fauvist painting; cubist portrait; abstract painting; painting; mural; egg tempera panel
drawing: pencil drawing; charcoal drawing; pencil sketch; charcoal sketch; ink drawing; line drawing; single-line drawing; ink sketch; pen-and-ink drawing; chalk drawing; pastel drawing; crayon drawing; child's crayon drawing; sketch; drawing; red chalk drawing; chalk pastel drawing; pen and ink drawing; botanical drawing; coloured pencil drawing; ballpoint drawing; technical drawing; architectural drawing; graphite drawing; scribble; doodle; soft pastel drawing; ballpoint pen drawing; coloured-pencil drawing
print: woodcut print; linocut print; woodblock print; linocut; woodcut; etching; engraving; lithograph; screen print; screenprint; ukiyo-e print; ukiyo-e woodblock print; copper engraving; risograph print; copperplate engraving; japanese woodblock print; silkscreen print; steel engraving; wood engraving
pixel: pixel art; ~8-bit pixel art; ~16-bit pixel art; ~pixel-art; ~isometric pixel art
render: 3d render; 3d rendering; cgi render; low-poly render; low-poly 3d render; low poly render; isometric render; isometric 3d render; clay render; octane render; digital rendering; isometric illustration; voxel art; unreal engine render; cgi still
cartoon: cartoon; comic book illustration; cartoon drawing; comic book panel; comic strip; comic panel; manga panel; manga drawing; anime illustration; anime still; caricature; manga page; newspaper cartoon; anime screenshot; anime-style illustration; cel-shaded illustration
vector: flat vector illustration; vector illustration; vector drawing; flat illustration; infographic; icon; logo; pictogram; minimalist vector illustration; minimalist poster; minimal vector poster; flat vector art
craft: embroidery; mosaic; paper collage; tapestry; stained-glass window; stained glass window; origami; papercut; collage; needlepoint; roman mosaic; cross-stitch; paper-cut illustration; mosaic panel; felt diorama; clay model; claymation still; paper cutout; paper diorama; tile mosaic; patchwork quilt; stained-glass design
illustration: ~illustration; ~children's book illustration; ~storybook illustration; ~digital painting; ~digital illustration; ~concept art; ~digital art; ~magazine illustration; ~fantasy illustration; ~synthwave illustration; ~art nouveau poster; ~art deco poster; ~travel poster; ~vintage travel poster; ~poster; ~blueprint; ~picture-book illustration; ~scientific illustration; ~botanical illustration; ~mid-century illustration; ~ink wash painting; ~sumi-e ink painting; ~ink painting; ~sumi-e; ~sumi-e painting; ~chinese ink painting; ~graffiti
`;

export const mediumWords: readonly StyleWord[] = media
  .trim()
  .split("\n")
  .flatMap((line) => {
    const [family, phrases] = line.split(": ") as [string, string];
    return phrases.split("; ").map((phrase) => ({ phrase: phrase.replace("~", ""), family }));
  });

/** What may replace a medium before "of"; each takes "a" or "an". */
export const mediumTargets: readonly StyleWord[] = [
  { phrase: "photograph", family: "photo" },
  { phrase: "watercolour painting", family: "watercolour" },
  { phrase: "oil painting", family: "oil" },
  { phrase: "pencil drawing", family: "drawing" },
  { phrase: "charcoal drawing", family: "drawing" },
  { phrase: "woodcut print", family: "print" },
  { phrase: "3D render", family: "render" },
  { phrase: "cartoon", family: "cartoon" },
  { phrase: "flat vector illustration", family: "vector" },
  { phrase: "paper collage", family: "craft" },
  { phrase: "mosaic", family: "craft" },
];

/** Media that take no article. */
export const massMedia = new Set([
  "pixel art",
  "8-bit pixel art",
  "16-bit pixel art",
  "pixel-art",
  "isometric pixel art",
  "digital art",
  "concept art",
  "voxel art",
  "flat vector art",
  "graffiti",
  "origami",
  "embroidery",
]);

/** Styles after "in the style of" or before "style": an art or a maker's manner. */
export const mannerWords: readonly StyleWord[] = `
oil: impressionism; baroque; impressionist; renaissance; cubism; cubist; surrealism; surrealist; expressionism; expressionist; pointillism; pointillist; fauvism; rococo; romanticism; van gogh; monet; rembrandt; picasso; vermeer; old master; dutch golden age
print: ukiyo-e; woodcut; linocut; hokusai; woodblock; copperplate
cartoon: comic book; anime; manga; cartoon; comic; cel-shaded; newspaper comic
pixel: pixel-art; 8-bit; pixel art; 16-bit; retro video game
render: low-poly; claymation; isometric; voxel; low poly; vaporwave; synthwave; cyberpunk; steampunk
design: art deco; art nouveau; bauhaus; pop art; pop-art; constructivist; minimalist; mid-century; psychedelic
photo: film noir; photorealistic; documentary; polaroid; noir; cinematic; hyperrealistic
drawing: charcoal; pencil sketch; ink wash; line art; blueprint; sumi-e; pencil; technical drawing
watercolour: watercolour; watercolor; gouache
craft: stained glass; mosaic; papercut; origami; stained-glass; embroidery; felt; byzantine; illuminated manuscript; folk art; mosaic
`
  .trim()
  .split("\n")
  .flatMap((line) => {
    const [family, phrases] = line.split(": ") as [string, string];
    return phrases.split("; ").map((phrase) => ({ phrase, family }));
  });

/** Replacements before the word "style". */
export const mannerTargets: readonly StyleWord[] = [
  { phrase: "impressionist", family: "oil" },
  { phrase: "comic-book", family: "cartoon" },
  { phrase: "pixel-art", family: "pixel" },
  { phrase: "low-poly", family: "render" },
  { phrase: "Art Deco", family: "design" },
  { phrase: "photorealistic", family: "photo" },
  { phrase: "charcoal-sketch", family: "drawing" },
  { phrase: "woodcut", family: "print" },
  { phrase: "watercolour", family: "watercolour" },
  { phrase: "stained-glass", family: "craft" },
];

/** Replacements after "in the style of". */
export const styleOfTargets: readonly StyleWord[] = [
  { phrase: "an impressionist painting", family: "oil" },
  { phrase: "a comic book", family: "cartoon" },
  { phrase: "pixel art", family: "pixel" },
  { phrase: "a low-poly video game", family: "render" },
  { phrase: "an Art Deco poster", family: "design" },
  { phrase: "a charcoal sketch", family: "drawing" },
  { phrase: "a Japanese woodblock print", family: "print" },
  { phrase: "a stained-glass window", family: "craft" },
];

/** Views and light that are part of a style: `phrase -> contradictions`, of the same grammatical form. */
export const lookContrasts: ReadonlyMap<string, readonly string[]> = new Map(
  `
black-and-white -> full-colour
black and white -> full-colour
monochrome -> full-colour
sepia -> full-colour
full-colour -> black-and-white
photorealistic -> cartoonish
hyperrealistic -> cartoonish
minimalist -> cluttered
cinematic lighting -> flat lighting
dramatic lighting -> flat lighting
studio lighting -> candlelight
soft lighting -> harsh lighting
harsh lighting -> soft lighting
soft light -> harsh light
soft morning light -> harsh midday light
golden-hour light -> moonlight
golden hour light -> moonlight
neon lighting -> candlelight
natural light -> neon light
warm light -> cold light
warm lighting -> cold lighting
low light -> bright light
harsh light -> soft light
harsh flash -> soft daylight
bird's-eye view -> worm's-eye view
worm's-eye view -> bird's-eye view
aerial view -> close-up view
top-down view -> low-angle view
side view -> top-down view
close-up view -> aerial view
extreme close-up -> wide aerial view
tight close-up -> wide aerial view
close-up -> wide aerial view
wide shot -> close-up shot
wide-angle shot -> close-up shot
close-up shot -> wide-angle shot
low-angle shot -> high-angle shot
high-angle shot -> low-angle shot
aerial shot -> close-up shot
shallow depth of field -> deep focus
high contrast -> low contrast
pastel colours -> neon colours
muted colours -> neon colours
neon colours -> muted colours
vivid colours -> muted colours
bright colours -> muted colours
`
    .trim()
    .split("\n")
    .map((line) => {
      const [phrase, targets] = line.split(" -> ") as [string, string];
      return [phrase, targets.split(", ")];
    }),
);
