import { lerp } from "../../kernels/scalars.js";
import { separableWarp } from "../../kernels/separable-warp.js";
import { findSubject, quantile, spreadOf } from "../../kernels/subjects.js";
import { type DegradationFamily, tidy } from "../family.js";

/** Half of the subject's extent that is moved without stretching, as a share of the picture: not more than this. */
const stiffest = 0.2;
/** Greatest shift, as a share of the side. */
const furthest = 0.36;

/** The subject pushed into a corner or against an edge, the background behind it stretched into empty space. */
export const offBalanceComposition: DegradationFamily<{ shift: number; drift: number; upright: boolean }> = {
  name: "off-balance-composition",
  summary: "The subject sits far off at the picture's edge, and stretched background gapes on the other side.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "content-shift", direction: "rises" },
  keeps: [
    { what: "the colours", measure: "saturation-ratio", atLeast: 0.45 },
    { what: "the colours", measure: "saturation-ratio", atMost: 2 },
    { what: "the contrast", measure: "contrast-ratio", atLeast: 0.45 },
  ],
  parameters(severity, random) {
    const [upright, across] = [random.uniform() < 0.25, random.uniform(0.1, 0.4)];
    const shift = lerp(0.09, furthest, severity);
    return { shift: tidy(shift), drift: tidy(shift * across * random.sign()), upright };
  },
  async apply(raster, { shift, drift, upright }) {
    const spread = spreadOf(await findSubject(raster, { smallest: 0.05, largest: 0.4 }));
    const columns = { ...extent(spread.x), length: raster.width };
    const rows = { ...extent(spread.y), length: raster.height };
    // A subject that is already aside is pushed further the same way.
    const across = away(columns.middle) * (upright ? Math.abs(drift) : shift);
    const down = upright ? away(rows.middle) * shift : drift;
    return separableWarp(raster, pushed(columns, across), pushed(rows, down));
  },
};

/** The middle of the subject along an axis and half of its extent but for outliers, as shares of the length. */
function extent(shares: Float64Array): { middle: number; half: number } {
  return { middle: quantile(shares, 0.5), half: (quantile(shares, 0.85) - quantile(shares, 0.15)) / 2 };
}

function away(middle: number): number {
  return middle < 0.5 ? -1 : 1;
}

/**
 * Source positions, px, along one axis for a subject that is moved by `shift` (a share of the length, either way): beside the
 * subject, on the side that it moves to, the picture slides out of the frame; on the other side it is stretched, more and more
 * until an even rate.
 */
function pushed(
  { middle, half, length }: { middle: number; half: number; length: number },
  shift: number,
): Float32Array {
  const positions = new Float32Array(length);
  const sign = Math.sign(shift);
  const from = sign < 0 ? 1 - middle : middle;
  // Near the edge the whole chain is compressed, so that its levels still differ.
  const room = Math.max(0.2, 0.97 - from);
  const to = from + Math.abs(shift) * Math.min(1, room / furthest);
  const stiff = Math.min(half, stiffest, from / 2);
  const ramp = 0.3 * (to - stiff);
  const slack = to > from ? (to - from) / (to - stiff - ramp / 2) : 0;
  for (let i = 0; i < length; i++) {
    const at = sign < 0 ? 1 - (i + 0.5) / length : (i + 0.5) / length;
    const behind = to - at;
    const beyond = Math.max(0, behind - stiff);
    // The integral of a rate that rises from 0 to `slack` over the ramp.
    const given = slack * (beyond < ramp ? (beyond * beyond) / (2 * ramp) : beyond - ramp / 2);
    const source = from - behind + given;
    positions[i] = (sign < 0 ? 1 - source : source) * length - 0.5;
  }
  return positions;
}
