import { lerp } from "../../kernels/scalars.js";
import { findSubject, quantiles, type Subject } from "../../kernels/subjects.js";
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
    const found = await findSubject(raster, { smallest: 0.06, largest: 0.4 });
    const edge = easiestEdges(found)[rank] as Edge;
    const upright = edge === "left" || edge === "right";
    const most = Math.max(leastRange + 0.05, Math.min(deepest, depthOf(found, edge, last)));
    const least = Math.min(most - leastRange, Math.max(0.05, depthOf(found, edge, first)));
    const depth = lerp(least, most, progress);
    const [middle] = quantiles(found, upright ? "y" : "x", [0.5]) as [number];
    // Across the cut the window is centred on the subject.
    const across = (middle - (1 - depth) / 2) / depth;
    const along = edge === "left" || edge === "top" ? 1 : 0;
    return enlargeWindow(raster, windowOf(raster, 1 - depth, upright ? along : across, upright ? across : along));
  },
};

/** How far the picture's edge must move in, as a share of its side, to leave a share of the subject's pixels outside. */
function depthOf(found: Subject, edge: Edge, share: number): number {
  const axis = edge === "left" || edge === "right" ? "x" : "y";
  const [at] = quantiles(found, axis, [edge === "left" || edge === "top" ? share : 1 - share]) as [number];
  return edge === "left" || edge === "top" ? at : 1 - at;
}

/** The edges in the order of how little else is lost by cutting half of the subject. */
function easiestEdges(found: Subject): Edge[] {
  const edges: Edge[] = ["left", "right", "bottom", "top"];
  const costs = new Map(edges.map((edge) => [edge, depthOf(found, edge, 0.5)]));
  return edges.sort((a, b) => (costs.get(a) as number) - (costs.get(b) as number));
}
