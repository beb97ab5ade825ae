import { byte, lerp } from "../../kernels/scalars.js";
import { type DegradationFamily, tidy } from "../family.js";

/** The picture falls into darkness towards its corners. */
export const vignette: DegradationFamily<{ depth: number; start: number; x: number; y: number; power: number }> = {
  name: "vignette",
  summary: "Heavy vignetting: the picture darkens towards corners and edges, at worst to a keyhole.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "ciede2000", direction: "rises" },
  keeps: [{ what: "some of the light", measure: "contrast-ratio", atLeast: 0.3 }],
  parameters(severity, random) {
    const [x, y, power] = [random.uniform(0.42, 0.58), random.uniform(0.42, 0.58), random.uniform(2, 3)];
    return {
      depth: tidy(lerp(0.66, 1, severity)),
      start: tidy(lerp(0.42, 0, severity)),
      x: tidy(x),
      y: tidy(y),
      power: tidy(power),
    };
  },
  apply({ data, width, height }, { depth, start, x, y, power }) {
    const out = new Uint8Array(data.length);
    const gains = falloff(depth, start, power);
    for (let j = 0, i = 0; j < height; j++) {
      const dy = ((j + 0.5) / height - y) ** 2;
      for (let k = 0; k < width; k++) {
        const dx = (k + 0.5) / width - x;
        // The squared distance is .5 in the corners of a centred vignette.
        const gain = gains[Math.min(1023, (1024 * (dx * dx + dy)) | 0)] as number;
        for (let c = 0; c < 3; c++, i++) out[i] = byte((data[i] as number) * gain);
      }
    }
    return { data: out, width, height };
  },
};

/** Gains by squared distance from the centre, 0 to 1 in 1024 steps; 1 up to the start, 1 - depth in the corners. */
function falloff(depth: number, start: number, power: number): Float32Array {
  return Float32Array.from({ length: 1024 }, (_, i) => {
    const distance = Math.sqrt(((i + 0.5) / 1024) * 2);
    const t = Math.max(0, Math.min(1, (distance - start) / (1 - start)));
    // Flat at its start, so that no ring shows there.
    return 1 - depth * (1 - (1 - t) ** power) ** 2;
  });
}
