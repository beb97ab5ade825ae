/** What a viewer looks at first: how much each piece of a picture stands out, and the group of pieces that makes its subject. */
import { neighbours, type Segmentation } from "./segments.js";

/** Colour distance (CIELAB) at which two pieces count as clearly unlike. */
const colourReach = 22;
/** Distance, in diagonals, over which unlike pieces heighten each other's contrast. */
const placeReach = 0.25;
/** Colour distance (CIELAB) of neighbouring pieces of one surface. */
const smallStep = 5;

/** What a viewer looks at, piece by piece. */
export interface Attention {
  /** Saliency of every piece, 0..1; the most salient one has 1. */
  readonly scores: Float64Array;
  /** For every piece, the pieces that touch it, ascending. */
  readonly touching: readonly (readonly number[])[];
}

/**
 * Saliency as the product of five cues: contrast of colour with other pieces, nearer ones counting more, and compactness of the
 * colour's spread (F. Perazzi et al., "Saliency filters: contrast based filtering for salient region detection", CVPR 2012);
 * steps of colour on the way from the picture's border (Y. Wei et al., "Geodesic saliency using background priors", ECCV 2012); a
 * colour that is rare along that border (after the boundary connectivity of W. Zhu et al., "Saliency optimization from robust
 * background detection", CVPR 2014); nearness to the picture's centre. Then each piece takes a part of its like neighbours' value.
 */
export function attend(segmentation: Segmentation): Attention {
  const { count, width, height } = segmentation;
  const touching = neighbours(segmentation);
  const places = normalisedCentres(segmentation);
  const { contrast, spread } = contrastAndSpread(segmentation, places);
  const apart = scaled(borderDistance(segmentation, touching));
  const common = borderLikeness(segmentation);
  const scores = new Float64Array(count);
  const diagonal = Math.hypot(width, height);
  for (let k = 0; k < count; k++) {
    const dx = (places[2 * k] as number) - width / diagonal / 2;
    const dy = (places[2 * k + 1] as number) - height / diagonal / 2;
    const central = Math.exp(-(dx * dx + dy * dy) / (2 * 0.2 ** 2));
    const compact = Math.exp(-2 * (spread[k] as number));
    const foreground = (0.1 + Math.sqrt(apart[k] as number)) * (1 - 0.75 * (common[k] as number));
    scores[k] = Math.sqrt(contrast[k] as number) * compact * foreground * central;
  }
  return { scores: scaled(shared(scores, segmentation, touching)), touching };
}

/** Half a piece's own value, half the mean of its neighbours', those of like colour counting more. */
function shared(scores: Float64Array, { colours, areas }: Segmentation, touching: Attention["touching"]): Float64Array {
  return scores.map((score, i) => {
    let [sum, weights] = [0, 1e-9];
    for (const j of touching[i] as readonly number[]) {
      const weight =
        (areas[j] as number) * (0.15 + Math.exp(-colourDistance(colours, i, j) / (2 * colourReach * colourReach)));
      sum += weight * (scores[j] as number);
      weights += weight;
    }
    return 0.5 * score + (0.5 * sum) / weights;
  });
}

/** Centres in units of the diagonal. */
function normalisedCentres({ centres, width, height }: Segmentation): Float64Array {
  const diagonal = Math.hypot(width, height);
  return centres.map((value) => value / diagonal);
}

/** Perazzi et al.'s uniqueness (their equation 1) and distribution (3), both 0..1; pieces weigh as much as they are large. */
function contrastAndSpread(
  { areas, colours, count }: Segmentation,
  places: Float64Array,
): { contrast: Float64Array; spread: Float64Array } {
  const contrast = new Float64Array(count);
  const spread = new Float64Array(count);
  const alike = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let [near, unlike, like, mx, my] = [0, 0, 0, 0, 0];
    for (let j = 0; j < count; j++) {
      const area = areas[j] as number;
      const dx = (places[2 * i] as number) - (places[2 * j] as number);
      const dy = (places[2 * i + 1] as number) - (places[2 * j + 1] as number);
      const colour = colourDistance(colours, i, j);
      const weight = area * Math.exp(-(dx * dx + dy * dy) / (2 * placeReach * placeReach));
      near += weight;
      unlike += weight * colour;
      const likeness = area * Math.exp(-colour / (2 * colourReach * colourReach));
      alike[j] = likeness;
      like += likeness;
      mx += likeness * (places[2 * j] as number);
      my += likeness * (places[2 * j + 1] as number);
    }
    contrast[i] = unlike / near;
    let variance = 0;
    for (let j = 0; j < count; j++) {
      const dx = (places[2 * j] as number) - mx / like;
      const dy = (places[2 * j + 1] as number) - my / like;
      variance += (alike[j] as number) * (dx * dx + dy * dy);
    }
    spread[i] = variance / like;
  }
  return { contrast: scaled(contrast), spread: scaled(spread) };
}

/** Squared distance in CIELAB. */
function colourDistance(colours: Float64Array, i: number, j: number): number {
  const dl = (colours[3 * i] as number) - (colours[3 * j] as number);
  const da = (colours[3 * i + 1] as number) - (colours[3 * j + 1] as number);
  const db = (colours[3 * i + 2] as number) - (colours[3 * j + 2] as number);
  return dl * dl + da * da + db * db;
}

/**
 * Least sum of colour steps on a way from the picture's border to each piece (Dijkstra's algorithm). Steps that are as small as
 * those inside one surface cost nothing; the piece's own contact with the border costs nothing either.
 */
function borderDistance(
  { boxes, colours, width, height, count }: Segmentation,
  touching: Attention["touching"],
): Float64Array {
  const distances = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  for (let k = 0; k < count; k++) {
    const across = (boxes[4 * k] as number) === 0 || boxes[4 * k + 2] === width;
    const down = (boxes[4 * k + 1] as number) === 0 || boxes[4 * k + 3] === height;
    if (across || down) distances[k] = 0;
  }
  const open = new Set(distances.keys());
  while (open.size > 0) {
    let nearest = -1;
    for (const k of open) if (nearest < 0 || (distances[k] as number) < (distances[nearest] as number)) nearest = k;
    open.delete(nearest);
    for (const k of touching[nearest] as readonly number[]) {
      const step = Math.max(0, Math.sqrt(colourDistance(colours, nearest, k)) - smallStep);
      distances[k] = Math.min(distances[k] as number, (distances[nearest] as number) + step);
    }
  }
  return distances;
}

/**
 * How much a piece's colour is the border's, 0..1: border length of the pieces of like colour, over the square root of their area.
 */
function borderLikeness({ areas, boxes, colours, width, height, count }: Segmentation): Float64Array {
  const border = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const [left, top] = [boxes[4 * k] as number, boxes[4 * k + 1] as number];
    const [right, bottom] = [boxes[4 * k + 2] as number, boxes[4 * k + 3] as number];
    border[k] =
      (left === 0 || right === width ? bottom - top : 0) + (top === 0 || bottom === height ? right - left : 0);
  }
  return border.map((own, i) => {
    let [length, area] = [own, areas[i] as number];
    for (let j = 0; j < count; j++) {
      if (j === i) continue;
      const likeness = Math.exp(-colourDistance(colours, i, j) / (2 * 8 * 8));
      length += likeness * (border[j] as number);
      area += likeness * (areas[j] as number);
    }
    return 1 - Math.exp(-((length / Math.sqrt(area)) ** 2) / 2);
  });
}

/** Stretched so that the smallest value is 0 and the largest 1; all 1 where they are equal. */
function scaled(values: Float64Array): Float64Array {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return values.map((value) => (high > low ? (value - low) / (high - low) : 1));
}

/** Limits of a subject, as shares of the picture's area. */
export interface SubjectSize {
  readonly smallest: number;
  readonly largest: number;
  /** Pieces join down to this share of the group's mean saliency; .5 unless told. */
  readonly outstanding?: number;
}

/**
 * The picture's subject: the most salient piece and, one by one, the pieces that touch it, salient and enclosed ones first, as long
 * as they stand out or the group is smaller than wanted, and it stays within the
 * largest size; last, pieces that the group encloses.
 *
 * @returns pieces in the order in which they joined, so that the first few are a connected part of the subject; never empty.
 */
export function subject(
  segmentation: Segmentation,
  { scores, touching }: Attention,
  { smallest, largest, outstanding = 0.5 }: SubjectSize,
): number[] {
  const { areas, width, height } = segmentation;
  const total = width * height;
  const chosen = [scores.indexOf(Math.max(...scores))];
  const inside = new Set(chosen);
  let area = areas[chosen[0] as number] as number;
  let sum = 1;
  for (;;) {
    const next = best(candidates(chosen, inside, touching), (k) => {
      const beside = touching[k] as readonly number[];
      return (scores[k] as number) * (0.5 + beside.filter((j) => inside.has(j)).length / beside.length);
    });
    if (next === undefined) break;
    const wanted = area < smallest * total || (scores[next] as number) >= (outstanding * sum) / chosen.length;
    if (!wanted || area + (areas[next] as number) > largest * total) break;
    inside.add(next);
    chosen.push(next);
    area += areas[next] as number;
    sum += scores[next] as number;
  }
  return [...chosen, ...enclosed(segmentation, inside, touching, largest * total - area)];
}

function candidates(
  chosen: readonly number[],
  inside: ReadonlySet<number>,
  touching: Attention["touching"],
): Set<number> {
  const found = new Set<number>();
  for (const member of chosen) for (const k of touching[member] as readonly number[]) if (!inside.has(k)) found.add(k);
  return found;
}

/** The item of the highest score; the first of several. */
function best(items: Iterable<number>, score: (item: number) => number): number | undefined {
  let [found, highest]: [number | undefined, number] = [undefined, Number.NEGATIVE_INFINITY];
  for (const item of items) {
    const value = score(item);
    if (value > highest) [found, highest] = [item, value];
  }
  return found;
}

/** Pieces from which no way leads to the picture's border but through the group; none where they are too large. */
function enclosed(
  { boxes, areas, width, height, count }: Segmentation,
  group: ReadonlySet<number>,
  touching: Attention["touching"],
  room: number,
): number[] {
  const outside: number[] = [];
  const reached = new Set(group);
  for (let k = 0; k < count; k++) {
    const [left, top, right, bottom] = boxes.subarray(4 * k, 4 * k + 4);
    if (!reached.has(k) && (left === 0 || top === 0 || right === width || bottom === height)) outside.push(k);
  }
  for (const k of outside) reached.add(k);
  for (const k of outside)
    for (const j of touching[k] as readonly number[])
      if (!reached.has(j)) {
        reached.add(j);
        outside.push(j);
      }
  const within: number[] = [];
  for (let k = 0; k < count; k++) if (!reached.has(k)) within.push(k);
  return within.reduce((sum, k) => sum + (areas[k] as number), 0) <= room ? within : [];
}
