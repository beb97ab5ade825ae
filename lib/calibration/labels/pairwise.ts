/** From pairwise votes to scores: Thurstone's model, case V, and Bradley and Terry's. */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { EliqError } from "../../errors.js";
import { normalCdf } from "../normal.js";

/** Votes on one pair; a tie is half a vote for each. */
export interface PairVotes {
  readonly a: string;
  readonly b: string;
  /** Votes for `a`, at least 0. */
  readonly winsA: number;
  readonly winsB: number;
}

/** How the probability of a vote depends on the difference of two strengths. */
export type PairwiseModel = "thurstone" | "bradley-terry";

/** An item's place. */
export interface ItemStrength {
  readonly item: string;
  /** Higher is better; the mean over all items is 0. Thurstone: in deviations of one item's impression; Bradley-Terry: in logits. */
  readonly strength: number;
  /** From the curvature of the likelihood (the observed information), against the mean of all items. */
  readonly standardError: number;
  /** Votes that the item took part in. */
  readonly votes: number;
}

/** What the votes say. */
export interface PairwiseFit {
  readonly model: PairwiseModel;
  /** In order of first appearance. */
  readonly items: readonly ItemStrength[];
  /** Log-likelihood of the votes under the fit. */
  readonly logLikelihood: number;
  /**
   * True when no finite strengths are most likely, because some items only won or only lost against all others: each item was then
   * given half a vote won and half a vote lost against an imagined item of mean strength, which draws extremes in.
   */
  readonly regularised: boolean;
}

/** The work grows with the cube of the number: half a minute for so many. */
const mostItems = 1000;

/** Votes for and against the imagined item. */
const imaginedVotes = 0.5;

/**
 * Maximum-likelihood strengths. P(a beats b) = Phi((s_a - s_b) / sqrt 2) for Thurstone's case V (L. L. Thurstone, A law of comparative
 * judgment, Psychological Review 34, 1927, with unit deviations), 1 / (1 + exp(s_b - s_a)) for Bradley and Terry (Rank analysis of
 * incomplete block designs I, Biometrika 39, 1952). Both log-likelihoods are concave; Newton's method with halved steps finds the maximum.
 * It is finite exactly when every item can be reached from every other along pairs in which the first won a vote (L. R. Ford, Solution of
 * a ranking problem from binary comparisons, American Mathematical Monthly 64(8), 1957); otherwise the fit is regularised, and says so.
 *
 * @throws EliqError ERR_CALIBRATION when there are no votes, too many items, or the items fall into groups that no vote compares;
 *   ERR_INVALID_ARGUMENT for votes that are no counts, or of an item against itself.
 */
export function fitPairwise(votes: readonly PairVotes[], model: PairwiseModel): PairwiseFit {
  const { names, pairs } = index(votes);
  requireConnected(names, pairs);
  const count = names.length;
  const regularised = components(count, pairs, true) > 1;
  const objective = new Objective(count, pairs, links[model], regularised ? imaginedVotes : 0);
  const strengths = maximise(objective, count);
  const mean = strengths.reduce((sum, value) => sum + value, 0) / count;
  const errors = standardErrors(objective, strengths);
  const taken = new Float64Array(count);
  for (const { a, b, winsA, winsB } of pairs) {
    taken[a] = (taken[a] as number) + winsA + winsB;
    taken[b] = (taken[b] as number) + winsA + winsB;
  }
  const items = names.map((item, i) => ({
    item,
    strength: (strengths[i] as number) - mean,
    standardError: errors[i] as number,
    votes: taken[i] as number,
  }));
  return { model, items, logLikelihood: objective.logLikelihood(strengths), regularised };
}

interface IndexedPair {
  readonly a: number;
  readonly b: number;
  winsA: number;
  winsB: number;
}

/** Votes on one pair together, items by number. */
function index(votes: readonly PairVotes[]): { names: string[]; pairs: IndexedPair[] } {
  const numbers = new Map<string, number>();
  const numberOf = (name: string) => {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  };
  const pairs = new Map<string, IndexedPair>();
  for (const { a: nameA, b: nameB, winsA, winsB } of votes) {
    if (nameA === nameB) throw new EliqError("ERR_INVALID_ARGUMENT", `"${nameA}" was compared with itself.`);
    if (!(winsA >= 0 && winsB >= 0 && Number.isFinite(winsA + winsB)))
      throw new EliqError(
        "ERR_INVALID_ARGUMENT",
        `The votes on "${nameA}" and "${nameB}" must be numbers of at least 0.`,
      );
    if (winsA + winsB === 0) continue;
    const [first, second] = [numberOf(nameA), numberOf(nameB)];
    const [a, b] = [Math.min(first, second), Math.max(first, second)];
    const pair = pairs.get(`${a} ${b}`) ?? { a, b, winsA: 0, winsB: 0 };
    pair.winsA += first === a ? winsA : winsB;
    pair.winsB += first === a ? winsB : winsA;
    pairs.set(`${a} ${b}`, pair);
  }
  if (numbers.size === 0) throw new EliqError("ERR_CALIBRATION", "There are no votes to fit.");
  if (numbers.size > mostItems)
    throw new EliqError(
      "ERR_CALIBRATION",
      `There are ${numbers.size} items, and this fit takes at most ${mostItems}. Fit parts that share some items.`,
    );
  return { names: [...numbers.keys()], pairs: [...pairs.values()] };
}

function requireConnected(names: readonly string[], pairs: readonly IndexedPair[]): void {
  const parts = components(names.length, pairs, false);
  if (parts === 1) return;
  throw new EliqError(
    "ERR_CALIBRATION",
    `The votes fall into ${parts} groups of items that nobody compared with each other, so their strengths have no common scale. Collect votes between the groups, or fit each by itself.`,
  );
}

/**
 * Parts of the comparison graph.
 *
 * @param strongly an edge leads from winner to loser only; Tarjan's strongly connected components.
 */
function components(count: number, pairs: readonly IndexedPair[], strongly: boolean): number {
  const next: number[][] = Array.from({ length: count }, () => []);
  for (const { a, b, winsA, winsB } of pairs) {
    if (!strongly || winsA > 0) next[a]?.push(b);
    if (!strongly || winsB > 0) next[b]?.push(a);
  }
  const found = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const open = new Uint8Array(count);
  const stack: number[] = [];
  let [number, parts] = [0, 0];
  for (let root = 0; root < count; root++) {
    if ((found[root] as number) >= 0) continue;
    // Frames in place of recursion, since a chain of items can be long.
    const frames = [{ node: root, edge: 0 }];
    found[root] = low[root] = number++;
    stack.push(root);
    open[root] = 1;
    while (frames.length > 0) {
      const frame = frames.at(-1) as { node: number; edge: number };
      const { node } = frame;
      const to = next[node]?.[frame.edge++];
      if (to === undefined) {
        frames.pop();
        const parent = frames.at(-1)?.node;
        if (parent !== undefined) low[parent] = Math.min(low[parent] as number, low[node] as number);
        if (low[node] !== found[node]) continue;
        parts++;
        for (let member = -1; member !== node; ) {
          member = stack.pop() as number;
          open[member] = 0;
        }
      } else if ((found[to] as number) < 0) {
        found[to] = low[to] = number++;
        stack.push(to);
        open[to] = 1;
        frames.push({ node: to, edge: 0 });
      } else if (open[to]) low[node] = Math.min(low[node] as number, found[to] as number);
    }
  }
  return parts;
}

/** log P(win) at a difference of strengths, with its first and second derivative; P(loss) is the same at minus the difference. */
type Link = (difference: number) => readonly [log: number, slope: number, curvature: number];

const links: Record<PairwiseModel, Link> = {
  "bradley-terry": (d) => {
    const loss = 1 / (1 + Math.exp(d));
    const log = d < 0 ? d - Math.log1p(Math.exp(d)) : -Math.log1p(Math.exp(-d));
    return [log, loss, -loss * (1 - loss)];
  },
  thurstone: (d) => {
    const x = d / Math.SQRT2;
    // Beyond, Phi leaves float64 (x < -38); the ratio density / Phi is -x - 1 / x there to within 1e-5.
    if (x < -35) {
      const ratio = -x - 1 / x;
      return [(-x * x) / 2 - Math.log(-x * Math.sqrt(2 * Math.PI)), ratio / Math.SQRT2, (-ratio * (ratio + x)) / 2];
    }
    const p = normalCdf(x);
    const ratio = Math.exp((-x * x) / 2) / (Math.sqrt(2 * Math.PI) * p);
    return [Math.log(p), ratio / Math.SQRT2, (-ratio * (ratio + x)) / 2];
  },
};

/** The log-likelihood and what Newton's method needs of it. */
class Objective {
  constructor(
    readonly count: number,
    private readonly pairs: readonly IndexedPair[],
    private readonly link: Link,
    private readonly imagined: number,
  ) {}

  /** Of the votes alone. */
  logLikelihood(s: Float64Array): number {
    let sum = 0;
    for (const { a, b, winsA, winsB } of this.pairs) {
      const d = (s[a] as number) - (s[b] as number);
      if (winsA > 0) sum += winsA * this.link(d)[0];
      if (winsB > 0) sum += winsB * this.link(-d)[0];
    }
    return sum;
  }

  /** With the imagined votes. */
  value(s: Float64Array): number {
    let sum = this.logLikelihood(s);
    if (this.imagined > 0) for (const x of s) sum += this.imagined * (this.link(x)[0] + this.link(-x)[0]);
    return sum;
  }

  /** Gradient, and the negative second derivatives. */
  derivatives(s: Float64Array): { gradient: Float64Array; information: Matrix } {
    const gradient = new Float64Array(this.count);
    const information = Matrix.zeros(this.count, this.count);
    const add = (i: number, j: number, by: number) => information.set(i, j, information.get(i, j) + by);
    for (const { a, b, winsA, winsB } of this.pairs) {
      const d = (s[a] as number) - (s[b] as number);
      const [won, lost] = [this.link(d), this.link(-d)];
      const slope = winsA * won[1] - winsB * lost[1];
      const curvature = -(winsA * won[2] + winsB * lost[2]);
      gradient[a] = (gradient[a] as number) + slope;
      gradient[b] = (gradient[b] as number) - slope;
      add(a, a, curvature);
      add(b, b, curvature);
      add(a, b, -curvature);
      add(b, a, -curvature);
    }
    if (this.imagined > 0)
      for (let i = 0; i < this.count; i++) {
        const [won, lost] = [this.link(s[i] as number), this.link(-(s[i] as number))];
        gradient[i] = (gradient[i] as number) + this.imagined * (won[1] - lost[1]);
        add(i, i, -this.imagined * (won[2] + lost[2]));
      }
    // Votes say nothing of the mean strength: holding it in place makes the matrix regular.
    else information.add(1 / this.count);
    return { gradient, information };
  }
}

function maximise(objective: Objective, count: number): Float64Array {
  let strengths = new Float64Array(count);
  let value = objective.value(strengths);
  for (let iteration = 0; iteration < 200; iteration++) {
    const { gradient, information } = objective.derivatives(strengths);
    const step = solve(information, Matrix.columnVector(gradient)).to1DArray();
    if (step.every((change) => Math.abs(change) < 1e-8)) return strengths;
    for (let scale = 1; ; scale /= 2) {
      const tried = strengths.map((s, i) => s + scale * (step[i] as number));
      const reached = objective.value(tried);
      // Near the maximum the gain is less than the rounding of a sum of thousands of logarithms.
      if (reached >= value - 1e-12 * Math.abs(value) || scale < 1e-6) {
        strengths = tried;
        value = reached;
        break;
      }
    }
  }
  throw notFound();
}

/** @param information positive definite but for rounding, which very unlike counts can carry over the brink. */
function solve(information: Matrix, right: Matrix): Matrix {
  const factors = new CholeskyDecomposition(information);
  if (!factors.isPositiveDefinite()) throw notFound();
  return factors.solve(right);
}

function notFound(): EliqError {
  return new EliqError("ERR_CALIBRATION", "The strengths did not converge. Are some votes counted in the millions?");
}

/** Roots of the diagonal of the information's pseudo-inverse. */
function standardErrors(objective: Objective, strengths: Float64Array): number[] {
  const { information } = objective.derivatives(strengths);
  const { count } = objective;
  const inverse = solve(information, Matrix.eye(count));
  // Against the mean of all: the projection (I - J / n) on both sides.
  const rows = Array.from(
    { length: count },
    (_, i) => inverse.getRow(i).reduce((sum, value) => sum + value, 0) / count,
  );
  const all = rows.reduce((sum, value) => sum + value, 0) / count;
  return rows.map((row, i) => Math.sqrt(Math.max(0, inverse.get(i, i) - 2 * row + all)));
}
