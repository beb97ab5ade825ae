import { lerp } from "../../kernels/scalars.js";
import { findSubject, quantile, type Spread, spreadOf } from "../../kernels/subjects.js";
import { enlargeWindow, windowOf } from "../../kernels/windows.js";
import { type DegradationFamily, tidy } from "../family.js";

/** Deepest cut that leaves a picture worth calling one, as a share of its side. */
const deepest = 0.6;
/** The mildest and the severest level differ by this at least, as shares of a side. */
const leastRange = 0.25;

type Edge = "left" | "right" | "top" | "bottom";

/** The frame runs through the subject: a crop whose edge leaves part of it outside. */
export const cutOffSubject: DegradationFamily<{ progress: number; first: number; last: number; rank: number }> = {
  name: "cut-off-subject",
  summary: "The frame's edge runs through the subject (found by saliency), so that a growing part of it is outside.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "seen-share", direction: "falls" },
  keeps: [
    { what: "at least a twelfth of the picture is seen", measure: "seen-share", atLeast: 0.08 },
    { what: "what is seen is the original's", measure: "registered-correlation", atLeast: 0.85 },
  ],
  parameters(severity, random) {
    const [first, last, rank] = [random.uniform(0.08, 0.16), random.uniform(0.68, 0.78), random.integer(2)];
    return { progress: severity, first: tidy(first), last: tidy(last), rank };
  },
  async apply(raster, { progress, first, last, rank }) {
    const spread = spreadOf(await findSubject(raster, { smallest: 0.06, largest: 0.4 }));
    const edge = easiestEdges(spread)[rank] as Edge;
    const upright = edge === "left" || edge === "right";
    const most = Math.max(leastRange + 0.05, Math.min(deepest, depthOf(spread, edge, last)));
    const least = Math.min(most - leastRange, Math.max(0.05, depthOf(spread, edge, first)));
    const depth = lerp(least, most, progress);
    const middle = quantile(upright ? spread.y : spread.x, 0.5);
    // Across the cut the window is centred on the subject.
    const across = (middle - (1 - depth) / 2) / depth;
    const along = edge === "left" || edge === "top" ? 1 : 0;
    return enlargeWindow(raster, windowOf(raster, 1 - depth, upright ? along : across, upright ? across : along));
  },
};

/** How far the picture's edge must move in, as a share of its side, to leave a share of the subject's pixels outside. */
function depthOf(spread: Spread, edge: Edge, share: number): number {
  const along = edge === "left" || edge === "right" ? spread.x : spread.y;
  return edge === "left" || edge === "top" ? quantile(along, share) : 1 - quantile(along, 1 - share);
}

/** The edges in the order of how little else is lost by cutting half of the subject. */
function easiestEdges(spread: Spread): Edge[] {
  const edges: Edge[] = ["left", "right", "bottom", "top"];
  return edges.sort((a, b) => depthOf(spread, a, 0.5) - depthOf(spread, b, 0.5));
}
