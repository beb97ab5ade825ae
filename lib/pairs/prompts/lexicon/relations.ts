/** Spatial prepositions and verbs of action, with what contradicts them in the same grammatical place. */

/** What the ground of a spatial relation must be for a replacement to make sense. */
export type Ground = "any" | "thing" | "solid" | "legged" | "container" | "enclosure";

export interface SpatialWord {
  readonly phrase: string;
  /** Phrases of one group mean nearly the same. */
  readonly group: string;
  readonly opposites: readonly (readonly [ground: Ground, phrase: string])[];
}

/** `phrases -> ground:replacement`, several of them separated by commas. */
const spatial = `
to the left of, left of, on the left of, on the left side of -> any:to the right of
to the right of, right of, on the right of, on the right side of -> any:to the left of
in front of -> any:behind
behind, at the back of -> any:in front of
on top of, atop -> thing:underneath, thing:next to
under, underneath, beneath -> solid:on top of, any:far away from
below -> any:above
above, high above -> any:below
next to, beside, alongside -> any:far away from, legged:underneath, legged:on top of
near, close to, by the side of -> any:far away from
inside, inside of -> enclosure:outside, container:next to, container:behind
outside, outside of -> enclosure:inside
far from, far away from -> any:right next to
on -> legged:under, thing:next to, thing:behind
in -> container:next to, container:behind, enclosure:outside
between, among, amid, amidst, over, around, against, across, along, through, beyond, towards, toward, opposite, onto, into, past, upon, within, at, by, up, down, off, from, out of, across from, in the middle of, in the centre of, in the corner of, at the foot of, at the edge of, at the end of, at the top of, on the edge of, on the side of, in the back of, in the shape of, at the bottom of, beside of ->
`;

export const spatialWords: readonly SpatialWord[] = spatial
  .trim()
  .split("\n")
  .flatMap((line) => {
    const [phrases, opposites] = line.split("->").map((part) =>
      part
        .split(",")
        .map((item) => item.trim())
        .filter(Boolean),
    ) as [string[], string[]];
    const pairs = opposites.map((item) => item.split(":") as [Ground, string]);
    return phrases.map((phrase) => ({ phrase, group: phrases[0] as string, opposites: pairs }));
  });

/** Verbs before "on" or "in" that make the preposition a part of the verb. */
export const particleVerbs = new Set(
  `based focused depends depend depending written painted printed drawn lettered carved engraved projected spelled spelt printed embroidered tattooed stamped stitched
   switched turned dressed covered wrapped engaged lost working works work switch turn turning passed passes carrying carry goes go going holding hold dropped interested lit bathed
   reflected mirrored clad arranged arrives arrive coming come set sets cut caught catches catch rolled poured painting drawing writes writing pulls pulling puts putting hanging hangs hang hung lean leans leaning leaned hold`.split(
    /\s+/,
  ),
);

export interface ActionVerb {
  readonly base: string;
  /** Base forms of verbs that may take its place and rule it out. */
  readonly opposites: readonly string[];
  /** What may follow: an object, a place, or nothing. */
  readonly frame: "object" | "place";
}

/** `frame | verbs -> replacements`: each replacement takes the same objects or places as the verbs. */
const verbs = `
place | sit perch -> stand lie kneel
place | stand -> sit lie kneel
place | lie recline lounge -> stand sit
place | sleep nap doze snooze -> dance jump stand
place | kneel crouch squat -> stand jump
place | lean rest -> 
place | walk stroll wander hike trudge march -> cycle crawl dance
place | run sprint jog race gallop rush hurry -> crawl limp stroll
place | crawl creep -> run jump
place | jump leap hop bounce -> sit lie
place | dance twirl -> sleep sit
place | swim paddle wade -> stand sit
place | fly soar glide hover -> 
place | play -> sleep rest
place | wait queue -> dance fight
place | laugh smile grin -> cry frown
place | cry weep frown -> laugh smile
place | climb float sail cycle ski skate surf gather stroll rest shine glow hang burn grow bloom stretch rise fall drift pose work talk chat sing shout whisper cheer look stare gaze peer point wave bow graze huddle cling drip steam travel arrive leave hover flow spill pour swing roll slide spin lead -> 
object | hold carry clutch grip grasp cradle -> kick throw wash
object | wear -> carry fold wash
object | ride -> feed lead wash
object | push -> pull lift
object | pull drag tow haul -> push lift
object | eat bite devour nibble chew munch taste -> serve throw photograph
object | drink sip -> spill pour
object | read -> burn tear throw
object | write -> read burn
object | paint draw sketch -> photograph sell
object | photograph film -> paint draw
object | cook bake fry grill roast stir -> eat serve photograph
object | chop slice cut peel dice -> eat juggle wash
object | kick -> hold carry
object | throw toss hurl -> hold catch
object | catch -> throw drop
object | chase pursue follow -> ignore feed
object | feed -> chase wash
object | hug embrace kiss cuddle -> photograph ignore
object | drive -> wash push repair
object | repair fix mend -> smash paint
object | build construct assemble -> 
object | wash scrub clean polish wipe -> paint hide
object | open -> close
object | close shut -> open
object | lift raise -> lower drop
object | plant -> 
object | sell -> steal juggle
object | buy -> sell
object | juggle -> eat wash
object | pour -> drink spill
object | watch face cross touch pass reach fill cover frame use make take have give show play join share blow light lay put set hang sew knit weave fold carve sharpen measure weigh mix roll press squeeze beat strike hit pick gather collect sort check examine inspect guard greet lead help steady hoist bring drop spread tie wrap balance wave support serve deliver -> 
`;

export const actionVerbs: ReadonlyMap<string, ActionVerb> = buildVerbs();

function buildVerbs(): Map<string, ActionVerb> {
  const all = new Map<string, ActionVerb>();
  for (const line of verbs.trim().split("\n")) {
    const [frame, rest] = line.split(" | ") as ["object" | "place", string];
    const [names, opposites] = rest.split("->").map((part) => part.trim().split(" ").filter(Boolean)) as [
      string[],
      string[],
    ];
    for (const base of names) if (!all.has(base)) all.set(base, { base, opposites, frame });
  }
  return all;
}

/** Forms that rules and the tagging library do not give for the sense meant here: base, third person, -ing, past. */
export const irregularVerbs: Readonly<Record<string, readonly [third: string, ing: string, past: string]>> = {
  lie: ["lies", "lying", "lay"],
  hang: ["hangs", "hanging", "hung"],
  shine: ["shines", "shining", "shone"],
  wave: ["waves", "waving", "waved"],
  dive: ["dives", "diving", "dived"],
  queue: ["queues", "queuing", "queued"],
  ski: ["skis", "skiing", "skied"],
  leap: ["leaps", "leaping", "leapt"],
  kneel: ["kneels", "kneeling", "knelt"],
  limp: ["limps", "limping", "limped"],
  photograph: ["photographs", "photographing", "photographed"],
  feed: ["feeds", "feeding", "fed"],
  lead: ["leads", "leading", "led"],
  fly: ["flies", "flying", "flew"],
  wash: ["washes", "washing", "washed"],
};
