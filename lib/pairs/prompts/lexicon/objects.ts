/**
 * Things that prompts name, in classes whose members can stand for one another in a picture.
 *
 * Notation of `words`: groups are separated by commas; the words of a group (separated by `/`) are synonyms or kinds of one another
 * and never replace each other; the first word of a group may replace words of other groups unless the group starts with `~`.
 * `*word` has no plural (a mass), `+word` is a mass or a piece, `#word` has no singular, `word=words` gives an irregular plural, `word(m)` and `word(f)` a gender.
 */
export interface ObjectClass {
  readonly name: string;
  /** Classes of one parent are kinds of the same thing. */
  readonly parent: string;
  /** Words for any member of the class; they are replaced by members of the other classes of the parent only. */
  readonly generic?: string;
  readonly words: string;
}

export const objectClasses: readonly ObjectClass[] = [
  {
    name: "pet",
    parent: "animal",
    words: `dog/puppy/hound/golden retriever/labrador/corgi/poodle/dachshund/border collie/husky/sheepdog/terrier/bulldog/beagle/retriever/spaniel/dalmatian/greyhound/pug/chihuahua/collie/shiba inu/labradoodle,
      cat/kitten/tabby/tabby cat/siamese cat/persian cat, rabbit/bunny/hare, ~hamster/guinea pig, hedgehog, squirrel/chipmunk, mouse/rat, fox/fox cub, raccoon, otter/sea otter, ~mole/badger/weasel/ferret, monkey/chimpanzee/chimp/baboon/ape, ~lemur, ~sloth, ~koala, ~meerkat, ~beaver, ~capybara, ~bat, ~porcupine`,
  },
  {
    name: "beast",
    parent: "animal",
    words: `horse/pony/foal/stallion/mare/racehorse, cow/calf/bull/ox=oxen/cattle=cattle/highland cow, sheep=sheep/lamb/ram, goat/kid goat, pig/piglet/boar/hog, donkey/mule, elephant/elephant calf, lion/lioness/lion cub, tiger/tiger cub, leopard/snow leopard/cheetah/jaguar/panther, bear/polar bear/brown bear/grizzly bear/grizzly/bear cub/black bear,
      panda/giant panda, wolf/coyote, deer=deer/stag/fawn/doe/reindeer=reindeer, ~moose=moose/elk=elk, giraffe, zebra, camel, ~llama/alpaca, kangaroo/wallaby, hippopotamus/hippo, rhinoceros=rhinoceroses/rhino, gorilla/orangutan, ~buffalo/bison=bison/yak, ~antelope/gazelle/impala`,
  },
  {
    name: "bird",
    parent: "animal",
    generic: "bird/songbird/seabird",
    words: `owl/barn owl/snowy owl, eagle/hawk/falcon/kestrel/bald eagle, parrot/macaw/parakeet/cockatoo/budgie, penguin/emperor penguin/king penguin, swan/goose=geese, duck/duckling/mallard, flamingo, peacock, ~crow/raven/magpie/jackdaw, pigeon/dove, ~seagull/gull, ~pelican, ~heron/egret/stork/crane bird, chicken/hen/rooster/cockerel/chick/turkey bird, ~robin/sparrow/finch/blue tit/wren/blackbird/nightingale/canary,
      ~hummingbird, ~kingfisher, ~puffin, ~ostrich/emu, ~toucan, ~woodpecker, ~swallow/swift, ~hornbill`,
  },
  {
    name: "sea animal",
    parent: "animal",
    generic: "fish=fish",
    words: `dolphin/porpoise, whale/humpback whale/orca/blue whale, shark/great white shark, octopus=octopuses/squid=squid, sea turtle, ~goldfish=goldfish/koi=koi/clownfish=clownfish/salmon=salmon/trout=trout/tuna=tuna, jellyfish=jellyfish, crab/lobster/hermit crab, seal/sea lion/walrus, seahorse, starfish=starfish, ~stingray/manta ray`,
  },
  {
    name: "insect",
    parent: "animal",
    generic: "insect/bug",
    words: `butterfly/moth/monarch butterfly, bee/bumblebee/honeybee/honey bee/wasp, dragonfly, ladybird/ladybug, beetle, ~ant, grasshopper/cricket, spider, ~firefly, snail/slug, ~caterpillar`,
  },
  {
    name: "reptile",
    parent: "animal",
    generic: "reptile",
    words: `snake/python/cobra, lizard/gecko/iguana/chameleon, crocodile/alligator, frog/tree frog/toad, turtle/tortoise, ~dinosaur/tyrannosaurus`,
  },
  {
    name: "creature",
    parent: "creature",
    generic: "creature/monster/alien",
    words: `dragon, unicorn, ~ghost, ~mermaid(f), ~wizard(m)/witch=witches(f), ~fairy, ~goblin/troll, ~giant, ~yeti, ~griffin, ~phoenix, ~teddy bear, centaur`,
  },
  {
    name: "figure",
    parent: "everyone",
    words: "robot/android/cyborg, scarecrow, snowman=snowmen, skeleton, mannequin",
  },
  {
    name: "person",
    parent: "person",
    words: `man=men(m)/gentleman=gentlemen(m)/guy(m)/grandfather(m)/father(m)/dad(m)/husband(m)/groom(m)/grandpa(m), woman=women(f)/lady(f)/grandmother(f)/mother(f)/mum(f)/mom(f)/wife=wives(f)/bride(f)/grandma(f),
      boy(m)/son(m)/brother(m)/schoolboy(m), girl(f)/daughter(f)/sister(f)/schoolgirl(f), ~child=children/kid/toddler/infant/baby/schoolchild=schoolchildren/grandchild=grandchildren`,
  },
  {
    name: "everyone",
    parent: "everyone",
    generic:
      "person=people/adult/teenager/student/commuter/friend/guest/visitor/tourist/spectator/passenger/customer/commuter/pedestrian/shopper/villager/worker/local/player/performer/figure/stranger/colleague/traveller/hiker/dancer/runner/swimmer/skater/skier/rider/racer/athlete/cyclist/climber/surfer/walker/jogger/musician/drummer/guitarist/violinist/pianist/singer/busker/juggler/reader/photographer/vendor/seller/stallholder/shopkeeper/crew member/parent/grandparent/teammate/fan/reveller/marcher/protester/camper/worshipper/monk/nun/twin/sibling",
    words: "~nobody",
  },
  {
    name: "group",
    parent: "group",
    words: "~couple/crowd/family/group/team/audience/band/choir/orchestra/class/queue/crew/army/jury/herd/flock",
  },
  {
    name: "occupation",
    parent: "person at work",
    words: `chef/cook/baker/sushi chef/pizza maker/pastry chef, firefighter/fireman=firemen(m), astronaut/cosmonaut, police officer/policeman=policemen(m)/policewoman=policewomen(f), doctor/surgeon, nurse, farmer/shepherd(m)/beekeeper/rice farmer, ~painter/artist/sculptor/street artist, ballerina(f)/ballet dancer, knight/samurai, ~king(m)/emperor(m), ~queen(f)/princess(f), ~prince(m), clown/jester, soldier/guard, pirate, ~cowboy(m), ~ninja, ~viking, ~scientist/engineer, waiter(m)/waitress(f)/bartender/barista,
      ~carpenter/builder/construction worker/bricklayer, mechanic/blacksmith, ~sailor/fisherman=fishermen(m)/fishmonger, ~tailor/weaver/potter/glassblower/watchmaker/cobbler, ~pilot, ~bus driver/taxi driver/driver/train driver, ~teacher/professor/librarian, ~postman=postmen(m)/mail carrier/postwoman=postwomen(f), ~gardener/florist, ~footballer/soccer player/basketball player/tennis player/goalkeeper/baseball player/boxer/wrestler, ~barber/hairdresser, ~magician, ~judge/lawyer, ~businessman=businessmen(m)/businesswoman=businesswomen(f), ~diver/scuba diver, ~acrobat/gymnast, ~butcher, ~welder, ~conductor, ~referee, ~vet`,
  },
  {
    name: "fruit",
    parent: "produce",
    generic: "fruit=fruit",
    words: `apple, banana, pear, orange/mandarin/tangerine/clementine, lemon/lime, strawberry, ~raspberry/blackberry/blueberry/berry/cranberry, cherry, ~grape, pineapple, watermelon/melon, peach/apricot/nectarine, plum, mango=mangoes, ~kiwi, ~fig, ~pomegranate, coconut, ~grapefruit, ~papaya, ~avocado, ~olive, ~date, ~dragon fruit=dragon fruits`,
  },
  {
    name: "vegetable",
    parent: "produce",
    generic: "vegetable",
    words: `tomato/cherry tomato, potato/sweet potato, carrot, onion/red onion/spring onion, pepper/bell pepper/chilli/chilli pepper, cucumber, pumpkin/squash=squashes, cabbage/cauliflower/lettuce, ~*broccoli, mushroom, ~courgette/zucchini, ~aubergine/eggplant, ~radish/beetroot/turnip, ~*garlic, ~*corn, ~*spinach/*kale, ~leek, ~artichoke, ~pea/bean/chickpea/lentil`,
  },
  {
    name: "baked goods",
    parent: "food",
    words: `*bread/*sourdough bread/*garlic bread/*toast/baguette/loaf of bread=loaves of bread/flatbread, +pizza, +chocolate cake/+cake/birthday cake/wedding cake/layer cake/carrot cake, +pie/+apple pie/tart/lemon tart/cherry pie/quiche, croissant/pastry, doughnut/donut/bagel/pretzel, muffin/cupcake/scone, cookie/biscuit, pancake/waffle/crepe, ~+cheesecake, ~sandwich/toastie/club sandwich, *cheese, ~brownie, ~bun/roll/cinnamon bun/cinnamon roll, ~lasagne`,
  },
  {
    name: "dish",
    parent: "food",
    generic: "*food/meal/dish/lunch/dinner/breakfast/snack",
    words: `*soup/*tomato soup/*pumpkin soup/*broth/*miso soup/*stew/*goulash/*chowder/*borscht/*gazpacho, *ramen/#noodles/*pho/*udon, *pasta/*spaghetti/*lasagna/*macaroni/*ravioli/*carbonara/*gnocchi, *rice/*fried rice/*risotto/*paella, *curry/*chicken curry, *salad/*fruit salad/*greek salad/*coleslaw, *porridge/*oatmeal/*muesli/*granola/*cereal, *popcorn, *ice cream/*gelato/*sorbet/*frozen yogurt, #chips/#fries/#french fries, *sushi/*sashimi, ~*steak/*beef/*roast beef/*meat/*lamb chops, ~*roast chicken/*fried chicken, ~hamburger/burger/cheeseburger, ~hot dog, ~taco/burrito, ~dumpling/dim sum=dim sum/pierogi=pierogi, ~sausage, ~omelette, ~kebab, ~*yogurt/*yoghurt, ~*chocolate, ~*jelly/pudding/*custard,
      ~egg, ~*bacon, ~*salmon fillet, ~*hummus, ~*butter, ~*jam, ~*honey, ~*cream, ~*salt, ~*sugar, ~*sauce/*tomato sauce/*syrup/*maple syrup/*gravy, ~*flour, ~*dough, ~*basil/*parsley/*mint/*rosemary/herb, ~nut/almond/walnut/hazelnut/peanut, ~spice, ~sweet/candy, ~*candyfloss, ~macaron, ~pickle, ~*tofu`,
  },
  {
    name: "drink",
    parent: "beverage",
    generic: "drink",
    words: `*coffee/*espresso/*cappuccino/*latte/*black coffee/*iced coffee, *tea/*green tea/*mint tea/*iced tea/*black tea/*chai, *milk, *orange juice/*juice/*apple juice/smoothie, *wine/*red wine/*white wine/*champagne/*mulled wine, *beer/*ale, *lemonade, ~*hot chocolate/*cocoa, ~cocktail/martini/mojito, ~*whisky, ~milkshake, ~*cola/*soda, ~*cider, ~*sake`,
  },
  {
    name: "road vehicle",
    parent: "vehicle",
    generic: "vehicle",
    words: `car/sports car/convertible/limousine/sedan/race car/racing car/police car/taxi/taxicab/cab/jeep/vintage car/classic car/hatchback, truck/lorry/pickup truck/fire truck/fire engine/dump truck/garbage truck/pickup/tow truck/food truck, bus/school bus/double-decker bus/minibus/coach bus, van/camper van/campervan/delivery van/ice cream van/ambulance, motorcycle/motorbike/scooter/moped/vespa, tractor/bulldozer/excavator/combine harvester, bicycle/bike/cycle/mountain bike/tricycle/road bike, ~carriage/cart/wagon/rickshaw/horse-drawn carriage/wheelbarrow/pram/pushchair/shopping trolley, ~caravan, ~sledge/sled/sleigh, ~wheelchair`,
  },
  {
    name: "rail vehicle",
    parent: "vehicle",
    words:
      "train/steam train/locomotive/steam locomotive/bullet train/freight train/commuter train/metro train, tram/streetcar/trolley, ~cable car/funicular",
  },
  {
    name: "water vehicle",
    parent: "vehicle",
    words:
      "sailboat/sailing boat/sailing ship/yacht/boat/tall ship, ~ship/container ship/cargo ship, ferry, rowing boat/rowboat/dinghy, canoe/kayak/gondola, cruise ship, submarine, ~raft, ~fishing boat/trawler, ~lifeboat, ~houseboat/barge/narrowboat, motorboat/speedboat, ~junk",
  },
  {
    name: "air vehicle",
    parent: "vehicle",
    words:
      "aeroplane/airplane/plane/jet/biplane/seaplane/aircraft=aircraft/passenger jet, helicopter, hot air balloon/hot-air balloon, rocket/spaceship/spacecraft=spacecraft/space shuttle, drone, airship/blimp/zeppelin, glider/hang glider/paraglider",
  },
  {
    name: "furniture",
    parent: "furniture",
    words: `chair/armchair/rocking chair/wing chair/deckchair/deck chair/recliner/high chair/stool/bar stool/footstool, table/desk/coffee table/dining table/kitchen table/picnic table/workbench/bedside table/nightstand/side table, sofa/couch/loveseat/settee, bench/park bench/pew, bed/four-poster bed/bunk bed/cot/cradle/crib/hammock, bookcase/bookshelf/shelf/shelves/shelving unit, wardrobe/cupboard/cabinet/dresser/sideboard/chest of drawers=chests of drawers, ~counter/worktop/countertop/kitchen counter/bar counter`,
  },
  {
    name: "fixture",
    parent: "furniture",
    words: "bathtub/tub, sink/washbasin, fridge/refrigerator/freezer, stove/oven/cooker/hob, fireplace, ~toilet",
  },
  {
    name: "furnishing",
    parent: "furnishing",
    words: `cushion/pillow, blanket/quilt/duvet/throw/bedspread, curtain/blind/drape, rug/carpet/doormat/mat/bath mat/yoga mat, towel/beach towel/tea towel, tablecloth, ~mattress, ~napkin, tapestry, ~placemat/coaster`,
  },
  {
    name: "decoration",
    parent: "household object",
    words: `clock/grandfather clock/alarm clock/wall clock/cuckoo clock, mirror, vase/flower vase, candle/candlestick, lamp/table lamp/floor lamp/desk lamp/lampshade/chandelier/street lamp/streetlamp/lamp post/lamppost/streetlight, lantern/paper lantern, ~picture frame, globe, ~figurine/statuette, music box, ~ornament/bauble, ~wreath/garland, ~dreamcatcher, ~hourglass, ~birdcage/cage, ~snow globe, ~aquarium/fish tank, ~flag/pennant/bunting`,
  },
  {
    name: "vessel",
    parent: "container",
    words: `cup/mug/teacup/coffee cup/coffee mug/tea cup, bowl/mixing bowl/salad bowl/fruit bowl, jar/mason jar, bottle/wine bottle/water bottle/flask/milk bottle, jug/pitcher/carafe, pot/cooking pot/saucepan/cauldron, glass/wine glass/tumbler/goblet/champagne glass/pint glass, teapot/kettle/coffee pot/tea kettle, bucket/pail/ice bucket, basket/picnic basket/wicker basket/hamper/fruit basket, ~can, ~barrel, ~watering can, ~flowerpot/flower pot/plant pot/planter, ~thermos, ~ashtray, ~tureen`,
  },
  {
    name: "case",
    parent: "container",
    words: `box/cardboard box/crate/wooden crate/treasure chest/jewellery box/toolbox/lunch box/lunchbox, suitcase/briefcase, bag/handbag/paper bag/shopping bag/tote bag/sack/purse/satchel, backpack/rucksack, ~umbrella/parasol, ~wallet, ~bin/dustbin/trash can, ~mailbox/letterbox/postbox/post box, ~piggy bank`,
  },
  {
    name: "tableware",
    parent: "kitchenware",
    words: `plate/dinner plate/saucer, tray/platter, frying pan/pan/wok/skillet, chopping board/cutting board, spoon/ladle/teaspoon/wooden spoon, fork, knife=knives/butter knife/chef's knife, ~#chopsticks, ~whisk/spatula, rolling pin, ~corkscrew, ~pepper mill/salt shaker, toaster/microwave/blender/coffee machine/coffee maker/espresso machine, ~sieve/colander, ~straw`,
  },
  {
    name: "garment",
    parent: "clothing",
    words: `jacket/coat/raincoat/overcoat/blazer/parka/trench coat/denim jacket/leather jacket/lab coat/winter coat/anorak, dress/gown/wedding dress/ball gown/evening gown/sundress/sari/kimono, shirt/blouse/t-shirt/t shirt/tee/polo shirt, sweater/jumper/hoodie/cardigan/pullover, skirt/kilt/tutu, apron, suit/tuxedo/spacesuit/uniform, cape/cloak/robe/poncho/bathrobe, ~vest/waistcoat, scarf=scarves/shawl, ~tie/bow tie/bowtie/necktie, ~#jeans/#trousers/#pants/#shorts/#leggings/#dungarees, ~swimsuit/bikini/wetsuit, ~#pyjamas, ~jersey, ~costume, ~belt`,
  },
  {
    name: "headwear",
    parent: "clothing",
    words: `hat/straw hat/top hat/cowboy hat/sun hat/chef's hat/party hat/bowler hat/sombrero/witch hat/cap/baseball cap/fedora/woolly hat/beanie/bobble hat/beret/turban, helmet/hard hat/bicycle helmet/bike helmet, tiara, headscarf=headscarves/bandana, wig, ~mask/carnival mask/gas mask, ~veil, ~hood, ~#headphones`,
  },
  {
    name: "footwear",
    parent: "worn thing",
    generic: "shoe",
    words:
      "boot/rubber boot/wellington boot/cowboy boot/wellington/hiking boot/rain boot, sandal/flip-flop, slipper, trainer/sneaker/running shoe, ~dress shoe/high heel/heel/ballet shoe/clog/loafer, ~sock/stocking, glove/mitten/boxing glove, roller skate/ice skate/skate, ~ski/snowshoe, ~#tights",
  },
  {
    name: "accessory",
    parent: "worn thing",
    words: `necklace/pendant/#pearls, wedding ring/engagement ring, bracelet/bangle, wristwatch/watch/pocket watch, ~earring, brooch/badge/medal, ~#sunglasses/#glasses/#spectacles/#eyeglasses/#reading glasses, ~cane/walking stick, ~hand fan, ~key`,
  },
  {
    name: "instrument",
    parent: "musical instrument",
    generic: "instrument/musical instrument",
    words:
      "guitar/electric guitar/acoustic guitar/bass guitar/banjo/ukulele/lute, violin/fiddle/viola/cello/double bass, piano/grand piano/upright piano/keyboard/organ, trumpet/trombone/tuba/french horn/horn, saxophone/clarinet/flute/oboe/recorder, drum/drum kit/snare drum/bongo, accordion, harp, ~bagpipe, ~tambourine, ~xylophone, ~harmonica",
  },
  {
    name: "tool",
    parent: "tool",
    generic: "tool",
    words:
      "hammer/mallet, saw/handsaw/chainsaw, screwdriver/drill, axe/hatchet, spade/shovel/trowel, rake/pitchfork, wrench/spanner/#pliers, ladder/stepladder, broom/mop, paintbrush/brush/paint roller, ~nail/screw/bolt, ~needle/#knitting needles, ~hose, ~fishing rod/fishing net, ~sword/dagger/spear/shield/bow and arrow, ~anvil, ~plough, ~loom/spinning wheel/sewing machine, ~lawnmower, ~vacuum cleaner, ~iron",
  },
  {
    name: "device",
    parent: "device",
    generic: "device/gadget/machine",
    words:
      "laptop/computer/desktop computer/monitor/tablet, phone/smartphone/telephone/mobile phone/rotary phone/rotary telephone/cell phone, camera/film camera/video camera/polaroid camera, television/tv/tv set/television set, radio/transistor radio/walkie-talkie, typewriter, gramophone/record player/turntable, telescope/#binoculars, microscope, ~projector, ~calculator/abacus, ~printer, ~fan/electric fan, ~loudspeaker/speaker/microphone/megaphone, ~remote control, ~compass, ~satellite, ~solar panel, ~vending machine, ~washing machine, ~circuit board, ~arcade machine, ~jukebox, ~barometer/thermometer, ~sextant/astrolabe",
  },
  {
    name: "paper goods",
    parent: "stationery",
    words:
      "book/notebook/novel/diary/photo album/comic book/cookbook/dictionary/textbook/sketchbook, newspaper/magazine/letter/postcard, map/chart/blueprint, ~poster, ~sign/signpost/road sign/street sign/stop sign/billboard/banner/placard/neon sign/signboard, ~blackboard/chalkboard/whiteboard, ~playing card/card/greeting card, ~ticket, ~easel/canvas=canvases, ~stamp, ~label, ~menu, ~scroll, ~calendar, ~ink bottle/inkwell",
  },
  {
    name: "desk thing",
    parent: "stationery",
    words:
      "pencil/pen/crayon/fountain pen/quill/felt-tip pen, ruler, stapler, ~eraser, ~#scissors/#shears, ~paper clip",
  },
  {
    name: "sports thing",
    parent: "toy",
    words:
      "ball/football/soccer ball/basketball/tennis ball/beach ball/volleyball/rugby ball/baseball/bowling ball/golf ball, skateboard/surfboard/snowboard/longboard, kite/paper plane/paper airplane/paper aeroplane, tennis racket/racket/baseball bat/cricket bat/hockey stick/golf club, ~balloon, frisbee/boomerang, doll/puppet/action figure, rocking horse/toy horse, toy train/model train, toy car/model car, ~toy, ~chessboard/chess set/chess piece/board game, ~dice=dice, ~jigsaw puzzle/jigsaw/puzzle, ~marble, ~swing/slide/seesaw/trampoline, ~trophy, ~bat, ~rubber duck, ~yo-yo/spinning top, ~building block/block/lego brick, ~soap bubble/bubble",
  },
  {
    name: "tree",
    parent: "plant",
    generic: "tree",
    words:
      "oak/oak tree/beech/maple/maple tree/birch/willow/willow tree/elm/chestnut tree/plane tree, palm tree/palm/coconut tree, pine tree/pine/fir/fir tree/spruce/cedar/redwood/christmas tree/sequoia, cherry tree/cherry blossom tree/blossom tree, apple tree/orange tree/lemon tree/olive tree/fruit tree, bush/shrub/hedge, cactus=cacti/saguaro/succulent, ~bonsai/bonsai tree, ~baobab, ~acacia/acacia tree, ~fern",
  },
  {
    name: "flower",
    parent: "plant",
    generic: "flower/wildflower",
    words:
      "rose, tulip, sunflower, daisy, orchid, lily/water lily, poppy, daffodil, ~*lavender, ~peony, ~bluebell, ~dandelion, ~dahlia, ~iris, ~lotus flower/lotus, ~cherry blossom, ~hydrangea, ~geranium, ~magnolia, ~marigold, ~carnation, ~hyacinth, ~snowdrop, ~crocus",
  },
  {
    name: "dwelling",
    parent: "building",
    generic: "building",
    words: `house/cottage/farmhouse/mansion/villa/bungalow/terraced house/townhouse/log cabin/cabin/hut/shack/chalet/treehouse/tree house/igloo, castle/palace/fortress/fort, church/cathedral/chapel/monastery/abbey, lighthouse, barn/stable/shed, windmill/watermill/water mill, skyscraper/tower/bell tower/clock tower/water tower/watchtower/tower block/apartment building/apartment block/high-rise/office building/office block, tent/tipi/yurt, mosque/temple/pagoda/shrine, pyramid, factory/warehouse/power station, ~greenhouse/conservatory, ~garage, ~ruin, ~hotel/inn, ~phone box/phone booth/telephone box/telephone booth/kiosk/newsstand/newspaper stand, ~doll's house, ~birdhouse, ~sandcastle`,
  },
  {
    name: "structure",
    parent: "structure",
    words: `bridge/footbridge/suspension bridge/stone bridge/rope bridge/aqueduct/drawbridge, fountain, statue/sculpture/bust/monument/stone lion, gate/archway, ~fence/railing, ~wall/brick wall, ~pier/jetty/dock, ~well, ~staircase/spiral staircase/escalator, ~ferris wheel, carousel/merry-go-round, ~roller coaster, ~wind turbine, ~crane, ~traffic light/bollard, ~fire hydrant, ~scaffold, ~dam, ~swimming pool/pool, ~bus stop/bus shelter, ~bandstand, ~totem pole, ~gazebo/pergola, ~railway track/railway line`,
  },
  {
    name: "opening",
    parent: "building part",
    words: "door/front door/doorway, window/windowpane/stained glass window/shop window, balcony",
  },
  {
    name: "room",
    parent: "interior",
    generic: "room",
    words: `kitchen, bedroom/hotel room, bathroom/shower room, living room/lounge/sitting room/family room, library/reading room/study, office/home office/open-plan office, classroom/lecture hall/school hall, cafe/café/coffee shop/restaurant/diner/bistro/pub/teahouse/tea house/canteen/food court, workshop/studio/pottery studio/recording studio, bakery, supermarket/grocery store/shop/bookshop/toy shop/flower shop/store/antique shop/corner shop/department store/clothes shop, museum/art gallery/gallery, hospital/hospital ward/waiting room/operating room, gym/gymnasium, laboratory/lab, ~dining room, ~hallway/corridor/hall/entrance hall/lobby, ~attic/loft/basement/cellar, ~nursery/playroom/laundry room, ~theatre/concert hall/cinema/opera house, ~barber shop/barbershop, ~ballroom, ~cave, ~launderette/laundromat, ~dressing room, ~throne room, ~tunnel/subway`,
  },
  {
    name: "landscape",
    parent: "nature",
    generic: "landscape/countryside",
    words: `forest/jungle/rainforest/wood/pine forest/woodland/bamboo forest/birch forest/grove/orchard/bamboo grove, desert, meadow/field/prairie/savanna/savannah/pasture/grassland/wheat field/rice field/lavender field/cornfield/flower meadow/lawn, swamp/marsh/wetland/mangrove, valley/canyon/gorge/ravine, vineyard, ~garden/backyard/yard/courtyard/japanese garden/flower bed/vegetable patch/vegetable garden/allotment, ~park, ~tundra, ~dune/sand dune, ~farm/farmyard/paddock`,
  },
  {
    name: "relief",
    parent: "landform",
    words:
      "mountain/mountain range/snow-capped mountain/hill/hillside, volcano=volcanoes, glacier/iceberg, cliff, ~island, ~beach/shore/coast/shoreline/coastline, ~geyser, ~fjord",
  },
  {
    name: "water",
    parent: "body of water",
    words:
      "lake/pond/lagoon, river/stream/creek/brook/canal, ~sea/ocean, waterfall/cascade, ~wave, ~puddle, ~bay/harbour/port/marina, ~rapid, ~spring/hot spring",
  },
  {
    name: "urban place",
    parent: "outdoor place",
    words: `street/road/avenue/boulevard/high street/side street/lane, alley/alleyway/backstreet, plaza/town square/market square, car park/parking lot, train station/railway station/station/metro station/subway station/bus station/train platform/platform, airport, playground, stadium/football stadium/arena, marketplace/market/street market/night market/farmers' market/fish market, highway/motorway, ~pavement/sidewalk/crosswalk/zebra crossing/zebra stripe/crossing/crossroads=crossroads/intersection/roundabout, ~city/town/village/downtown/suburb/neighbourhood/fishing village/mountain village, ~skyline/cityscape, ~zoo, ~fairground/amusement park/funfair, ~cemetery/graveyard, ~campsite, ~racetrack, ~skate park, ~construction site/building site, ~football pitch/pitch/tennis court/court/basketball court, ~runway, ~stage, ~ice rink/rink`,
  },
  {
    name: "event",
    parent: "event",
    words: `wedding/wedding reception, birthday party, concert/rock concert/jazz concert, parade/carnival/carnival parade/street parade, ~festival/music festival/lantern festival, ~party/tea party/dinner party, ~picnic, ~barbecue, ~graduation ceremony/graduation/ceremony, ~funeral, marathon/race/bicycle race/horse race, ~football match/match/chess tournament/tournament/basketball game/tennis match/game, ~exhibition/art exhibition/opening, ~feast/banquet, ~procession, ~flea market/fair/village fair/science fair, ~protest/demonstration, ~ball, ~regatta, ~snowball fight`,
  },
  {
    name: "body",
    parent: "body",
    words:
      "~hand/finger/thumb/palm/fist, ~face/cheek/mouth/nose/ear/eye/eyebrow/lip/tongue/tooth=teeth/chin/forehead, ~*hair/beard/moustache/mustache/ponytail/braid/bun, ~arm/elbow/shoulder, ~leg/knee/foot=feet/ankle/thigh/toe, ~head/neck/back/chest/waist/lap/hip/belly, ~tail/paw/wing/feather/fur/horn/antler/beak/claw/mane/shell/snout/whisker/tusk/fin/hoof=hooves/trunk, ~skin/muscle/heart",
  },
  {
    name: "scenery",
    parent: "scenery",
    words:
      "~sky=skies/cloud/star/rainbow/*lightning/horizon, ~sun/moon/full moon/crescent moon/planet, ~*snow/*rain/*fog/*mist/*smoke/*steam/*ice/*frost/*dew/icicle/snowflake/raindrop/droplet/water droplet, ~shadow/reflection/silhouette, ~*light/*sunlight/*moonlight/*candlelight/*daylight/*lamplight/string light/fairy light/headlight/spotlight/sunbeam/*lighting, ~*sand/*mud/*dust/*gravel/*soil/*earth, ~*fire/flame/spark/ember/firework/*wind/*shade/*noise/*water/*air/*weather/bonfire/campfire/fireworks display/firework display, ~*luggage/*furniture/*clothing/*laundry/*jewellery/*equipment/*traffic/*cutlery/*washing, ~*paint/*ink/*chalk/*graffiti, ~*wood/*metal/*plastic/*paper/*leather/*cloth/*fabric/*cardboard/*gold/*silver/*wool/*foil, ~*yarn/thread/ribbon/string, ~sunset/sunrise/dawn/dusk/morning/evening/afternoon/day/night/winter/summer/autumn/spring day",
  },
  {
    name: "part of land",
    parent: "part",
    words:
      "~rock/boulder/stone/pebble/reef/coral reef/*coral/path/trail/track/footpath/crater/ridge/summit/peak/mountain peak/slope/cliff edge/log/branch/twig/trunk/stump/tree stump/leaf=leaves/petal/blossom/bouquet/crop/*wheat/*barley/*seaweed/*hay/haystack/hay bale/*bamboo/*ivy/vine/houseplant/potted plant/plant/*moss/*grass/seed/root/weed",
  },
  {
    name: "part of building",
    parent: "part",
    words:
      "~drawer/stair/step/stall/market stall/street stall/rope/roof/rooftop/roof tile/floor/floorboard/ceiling/column/pillar/arch/dome/spire/facade/tile/brick/beam/windowsill/terrace/porch/veranda/gateway/doorstep/shutter/awning/hinge/handle/lid/rim/wheel/sail/mast/deck/page/lens/button/pocket/sleeve/collar/lace",
  },
  {
    name: "shape",
    parent: "shape",
    words: "cube, sphere, cone, cylinder",
  },
];

/** Nouns that name a part, place, amount or view of another thing and are no object themselves. */
export const relationalNouns = new Set(
  `top bottom side front back middle centre center edge corner end left right rest inside outside part piece slice bit half pair couple number lot
   kind sort type view scene shot close-up closeup image picture photo photograph portrait shape style form background foreground row stack pile heap
   bunch bundle group herd flock school swarm pack set series collection array line circle handful dozen hundred thousand scoop drop pinch
   way time moment angle distance level depth look colour color size amount variety range mix setting atmosphere mood arrangement tower-like`
    .split(/\s+/)
    .filter(Boolean),
);

/** Groups whose members are of one kind: what they hold is not exchanged. */
export const collectiveNouns = new Set(
  "herd flock school swarm pack pride litter loaf loaves bunch bunches ear ears clove cloves head heads pod grain grains kernel brood team gang deck nest colony sheet".split(
    " ",
  ),
);
