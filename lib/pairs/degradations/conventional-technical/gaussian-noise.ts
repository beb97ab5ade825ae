import { byte, geometric } from "../../kernels/scalars.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Standard deviation in 8-bit steps. */
  sigma: number;
  /** Independent per channel; otherwise in brightness only. */
  coloured: boolean;
};

/** White Gaussian noise. */
export const gaussianNoise: DegradationFamily<Settings> = {
  name: "gaussian-noise",
  summary: "White noise of a normal distribution on every pixel, in colour or in brightness only.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters: (severity, random) => ({ sigma: tidy(geometric(8, 60, severity)), coloured: random.uniform() < 0.6 }),
  apply({ data, width, height }, { sigma, coloured }, random) {
    const out = new Uint8Array(data.length);
    const noise = random.fillNormal(new Float32Array(coloured ? data.length : width * height));
    if (coloured)
      for (let i = 0; i < out.length; i++) out[i] = byte((data[i] as number) + sigma * (noise[i] as number));
    else
      for (let p = 0, i = 0; p < noise.length; p++) {
        const added = sigma * (noise[p] as number);
        for (const end = i + 3; i < end; i++) out[i] = byte((data[i] as number) + added);
      }
    return { data: out, width, height };
  },
};
