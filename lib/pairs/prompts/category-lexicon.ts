/** Words that tell a prompt's category: a lexicon of eliq's own, in the singular, for a heuristic and nothing else. */
import type { PromptCategory } from "./prompt.js";

/** Words and phrases of a category; a phrase's words are joined by a space. */
export const categoryLexicon: Readonly<Record<PromptCategory, ReadonlySet<string>>> = {
  indoor: phrases(`
    indoor | indoors | interior | room | bedroom | bathroom | kitchen | living room | dining room | drawing room | attic | cellar |
    basement | pantry | hallway | hall | corridor | lobby | foyer  | stairwell | ceiling | floorboard | parquet |
    wallpaper | carpet | hearth | fireplace | mantelpiece | windowsill  | radiator | curtain | sofa | couch | armchair |
    bookcase | bookshelf | wardrobe | desk | bathtub | bath | sink | kitchen counter | fridge | refrigerator | oven | stove |
    library | museum | gallery  | cinema | backstage | ballroom | classroom | lecture | school desk | laboratory | lab |
    office  | workshop | workbench | ward | hospital | operating theatre | waiting room | church | chapel | nave | altar |
    gym | gymnasium | locker | nursery | playroom | restaurant | café | cafe | bar | pub | tavern | diner | canteen |
    cockpit | cabin | compartment | submarine | lift | elevator | greenhouse | glasshouse | conservatory | sunroom |
    warehouse | hangar | data centre | supermarket | shop floor  | bunk | bed | tiled floor | terrarium | aquarium | vault |
    loft | apartment | barber | salon | swimming hall | village hall | refectory | scullery | window seat | stage | breakfast table | counter | wing chair | table lamp | seen through a window
  `),
  urban: phrases(`
    city | town | village street | urban | street | avenue | boulevard | alley | alleyway | lane | pavement | sidewalk | kerb |
    curb | crosswalk | zebra crossing | zebra stripe | junction | crossroads | roundabout  | traffic light | road sign |
    street sign | motorway | highway | tarmac | asphalt | cobble | cobbled | cobblestone | plaza | town square | public square |
    busy square | skyscraper | skyline | tower | tower block | office block | block of flats | rooftop | chimney | balcony |
    façade | facade | shopfront | shop | shop window | bakery | storefront | market stall | street stall | night market |
    street market | bus | bus stop | bus shelter | tram | tram stop | taxi | cab | lorry | truck | scooter | subway | metro |
    underground station | railway station | train station | platform | bridge | viaduct | canal | quay | harbour | harbor | port |
    dock | dry dock | pier | embankment | fountain | statue | town hall | city hall | courthouse | cathedral | car park |
    parking lot | petrol station | gas station | factory | warehouse | graffiti | mural | billboard | neon sign | street lamp |
    lamp post | lamppost | streetlight | fire escape | post box | mailbox | telephone box | park bench | city park | playground |
    terrace | seafront | promenade | suburb | downtown | scaffolding | stadium | drain | railing | awning | commuter | high street | construction worker | marching band | brass band | brick alley | square | tour guide | street cook
  `),
  nature: phrases(`
    nature | natural | landscape | wilderness | forest  | woodland | jungle | rainforest | grove | orchard | meadow | field |
    prairie | steppe | savannah | moor | heath | marsh | swamp | bog | wetland | mountain | summit | peak | ridge | hill | hillside |
    valley | canyon | gorge | ravine | cliff | cave | dune | desert | volcano | lava | glacier | iceberg | snowfield | tundra |
    fjord | river | riverbed | stream | brook | creek | waterfall | lake | loch | pond | lagoon | sea | ocean | beach | shore |
    coast | coastline | island | reef | coral | tide  | surf | sand | pebble | boulder | rock  | sandstone | limestone |
    cloud | cumulus | rainbow | lightning | northern lights | aurora | milky way | horizon | sunrise | sunset |
    tree   | spruce  | birch | maple | willow | poplar | redwood | cherry tree   | hawthorn   | branch | twig  | leaves | fern | moss | lichen | ivy | vine | bracken | grass | reed | weed | flower | blossom |
    petal | sunflower | lavender | foxglove | tulip | orchid | daisy | wildflower | mushroom | toadstool | pollen | seedling | cactus |
    animal | wildlife | herd | flock | bird | owl | eagle | hawk | heron | egret | kingfisher | hummingbird | flamingo | penguin |
    puffin | gull | goose | geese  | swan | wren | sparrow | crow | raven | deer | stag | reindeer | elk | moose | bear | wolf |
    fox | hare | squirrel | hedgehog | badger | otter | beaver  | whale | dolphin | shark | fish | salmon | jellyfish | octopus |
    frog | toad | lizard | snake | turtle | tortoise | butterfly | moth | bee | beetle | dragonfly | spider | snail | mite | elephant |
    lion | tiger | zebra | giraffe | buffalo | monkey | goat | sheep | cattle | horse | wild | beekeeper | hive  | footpath | leaves | falling leaves | tree trunk | fallen trunk | oak tree | pine forest | oak leaves | snow | jungle river | riverside | plant | forest floor | rabbit | mouse | mice | raccoon | panda |
    kangaroo | koala | sloth | parrot | peacock | pelican | eel | crab | lobster | starfish | turtle | rhino | rhinoceros | hippo |
    hippopotamus | leopard | cheetah | gorilla | chimpanzee | bat | ant | caterpillar | crocodile | alligator | chameleon
  `),
  people: phrases(`
    person | people | man | men | woman | women | boy | girl | child | children | kid | toddler | baby | teenager | pupil |
    schoolchildren | student | teacher | adult | grown up | elder | grandmother | grandfather | granddaughter | grandson | mother |
    father | mum | dad | parent | sister | brother | daughter | son | twin | family | couple | friend | neighbour | guest | crowd |
    passer by | pedestrian | commuter | traveller | tourist | hiker | climber | mountaineer | cyclist | runner | swimmer | surfer |
    diver | skater | skateboarder | skier | sledging | fencer | boxer | goalkeeper | footballer | athlete | gymnast | vaulter | juggler |
    acrobat | dancer | ballerina | singer | tenor | choir | musician | drummer | cellist | violinist | pianist | guitarist | busker |
    conductor | actor | clown | jester | magician | painter | sculptor | potter | glassblower | blacksmith | welder | carpenter |
    tailor | cobbler | watchmaker | violin maker | upholsterer | weaver | gardener | farmer | shepherd | fisherman | fishermen |
    sailor | captain | pilot | astronaut | driver | rider | postman | vendor | shopkeeper | barber | baker | cook | chef | waiter |
    butcher | cheesemaker | beekeeper | apprentice | worker | builder | engineer | scientist | doctor | nurse | surgeon | patient |
    librarian | receptionist | detective | guard | warden | ranger | guide | lifeguard | soldier | knight | king | queen | wizard | witch |
    bride | groom | cheerleader | villager | monk | judge | referee | spectator | player | crew | band | figure | face | portrait |
    eye | hand | fist | arm | shoulder | someone | somebody | everyone | surgeon | walker | marshal | lady | ladies | gentleman |
    fireman | firefighter | policeman | policewoman | trapeze artist | barista | removal man | sweeper | cleaner
  `),
  objects: phrases(`
    object | artefact | artifact | tool | machine | instrument | toy | teddy bear | doll | puppet | robot | kite | marble | domino |
    chessboard | chess piece | dice | playing card | deck of cards | ball of yarn | balloon | clock | watch | pocket watch |
    alarm clock | hourglass | compass | telescope | sextant | globe | map | lamp | lantern | candle | candlestick | torch |
    light bulb | mirror | comb | brush | key | padlock | lock | bolt | screw | gear | spring | hammer | nail | saw | thimble |
    button | needle | thread | rope | chain | bucket | basket | barrel | crate  | matchbox | chest | suitcase | bag | backpack |
    umbrella    | slipper | glove | ring | necklace | crown | helmet | armour | sword | shield | coin | trophy |
    medal | ticket | envelope | letter | postcard | stamp  | dictionary | newspaper | pen | fountain pen | nib | pencil |
    typewriter | telephone | radio | television | camera | cassette | record player | piano | violin | cello | guitar | accordion |
    drum | trumpet | tuba | bicycle | bike | scooter | car | taxi | truck  | bus | tram | train | locomotive | ship | boat |
    rowing boat | sailing boat | tugboat | canoe | airship | rocket | aeroplane | airplane | pram | wheelbarrow | chair | armchair |
    sofa | table | stool | shelf | bookcase | cabinet | drawer | wardrobe | chest of drawers | door | gate | door handle | blanket |
    quilt | cushion | carpet | curtain | vase  | bottle | jug | mug  | teapot | kettle | goblet | decanter  | wine glass |
    tankard    | knife | fork  | saucepan | pot | ladle | statue | sculpture | figurine | origami | birdcage |
    cage | sign | signpost | milestone | banner | bunting | post box | letterbox | telephone box | petrol pump | skip | bench |
    tent | dinghy | anchor | wheel | tyre | engine | typewriter | microphone | headphones | skull | amethyst | crystal | brick |
    battery | button | switch | switchboard | ladder | rug | lighthouse lamp | samovar | piñata | menorah | present | parcel | pocket watch | book cover | hat stand | glass marble | hat | book | jar | spoon | box | bowl | cup | van | boot
  `),
  food: phrases(`
    food | meal | breakfast | lunch | dinner | supper | feast | banquet | picnic | snack | dish | dessert | bread | loaf | loaves |
    toast | sourdough | baguette | croissant | bun | pretzel | doughnut | donut | cake | cupcake | pie | tart | pastry | biscuit |
    cookie | macaron | pancake | waffle | icing | chocolate | cocoa | caramel | honey | honeycomb | jam | preserves | sugar | sweet |
    candy | marshmallow | popcorn | popping corn | ice cream | ice lolly | popsicle | sundae | trifle | egg | omelette | bacon |
    sausage | ham | steak | beef | lamb chop | roast | barbecue | grill | burger | hamburger | hot dog | sandwich | pizza | pasta |
    spaghetti | noodle | ramen | dumpling | sushi | rice | risotto | paella | curry | soup | broth | stew | fondue | salad | taco |
    burrito | cheese | butter | cream | yoghurt | milk | tea | iced tea | coffee | espresso | juice | wine | beer | champagne |
    cocktail | lemonade | fruit | apple | pear | banana | orange juice | lemon | lime | grapefruit | grape | cherries | strawberry |
    strawberries | raspberry | raspberries | blackberries | blueberry | blueberries | melon | watermelon | mango | pineapple |
    dragon fruit | kiwi | peach | apricot | plum | fig | date | sultana | raisin | avocado | tomato | tomatoes | potato | potatoes |
    carrot | onion | garlic | pepper mill | bell pepper | red pepper | chilli | cucumber | lettuce | cabbage | beetroot | radish |
    radishes | pumpkin | bean | lentil | corn | chestnut | walnut | almond | nut | mushroom soup | truffle | oyster | prawn | herring |
    fish knife | seafood | spice | herb | basil | thyme | mint leaves | flatbread | porridge | bento | menu | gravy | vegetable
  `),
  events: phrases(`
    event | festival | carnival | parade | procession | fair | fairground | funfair | circus | concert | opera | recital | gig |
    performance | puppet show | ceremony | award ceremony | wedding | bride | bouquet | birthday | anniversary | party | graduation |
    funeral | celebration | feast day | new year | christmas | easter | halloween | thanksgiving | hanukkah | menorah | diwali |
    harvest festival | lantern festival | lantern walk | midsummer | solstice | bonfire | bonfire night | firework | fireworks |
    confetti | streamer | bunting | piñata | balloon festival | race | marathon | regatta | tournament | championship | final |
    match | football match | chess tournament | sheepdog trials | relay | lap | finish line | medal | trophy | competition | contest |
    quiz night | protest | protest march | demonstration | rally | march | marching band | exhibition | opening night | premiere |
    auction | bake sale | christmas market | market day | street party | banquet | masked ball | prom | dance floor | maypole |
    tango evening | eclipse | meteor shower | snowball fight | reunion | toast to | karaoke | science fair | holi | colour run |
    color run | scoreboard | mascot | regatta | rodeo | joust | frost fair | float | stilt walker
  `),
};

function phrases(text: string): ReadonlySet<string> {
  return new Set(text.split("|").map((phrase) => phrase.trim()));
}
