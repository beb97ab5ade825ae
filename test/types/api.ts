// Never run: `npm run typecheck` must accept every line, and reject those marked.
import {
  type BatchResult,
  type Comparison,
  Eliq,
  EliqError,
  type EliqErrorCode,
  type Explanation,
  type HeatMap,
  type ImageInput,
  type LoadOptions,
  type Score,
} from "eliq";

export async function use(): Promise<void> {
  const options: LoadOptions = {
    model: new URL("file:///models/mine"),
    device: "cpu",
    threads: 2,
    maxPixels: 1e6,
    allowUrls: (url) => url.hostname === "example.org",
    signal: AbortSignal.timeout(1000),
    onProgress(progress) {
      if (progress.stage === "ready") progress.threads satisfies number;
      // @ts-expect-error: only the last stage knows the threads
      if (progress.stage === "model") progress.threads;
    },
  };
  await using eliq = await Eliq.load(options);

  const images: ImageInput[] = [
    "a.png",
    new URL("https://example.org/a.png"),
    Buffer.alloc(1),
    new Uint8Array(1),
    { data: new Uint8ClampedArray(4), width: 1, height: 1, channels: 4 },
  ];
  // @ts-expect-error: two channels are no image
  images.push({ data: new Uint8Array(2), width: 1, height: 1, channels: 2 });

  const score: Score = await eliq.score("a.png", { prompt: "a cat", signal: new AbortController().signal });
  score.quality satisfies number;
  score.raw.technical satisfies number;
  const uncertain: Score = await eliq.score("a.png", { views: 4 });
  uncertain.uncertainty?.interval.quality satisfies readonly [number, number] | undefined;
  // @ts-expect-error: maps are of one look at the image
  await eliq.explain("a.png", { views: 4 });
  // @ts-expect-error: alignment may be null
  score.alignment satisfies number;
  // @ts-expect-error: results are read-only
  score.quality = 1;

  const results: BatchResult[] = await eliq.scoreBatch([...images, { image: "b.png", prompt: "x" }]);
  for (const result of results) {
    if (result.ok) result.score satisfies Score;
    else result.error.code satisfies EliqErrorCode;
  }
  for await (const result of eliq.stream(images)) result.ok satisfies boolean;

  const comparison: Comparison = await eliq.compare("a.png", "b.png");
  comparison.aspects.aesthetic satisfies number;
  const { vector, dimension, norm } = await eliq.embed("a.png");
  vector satisfies Float32Array;
  dimension satisfies number;
  norm satisfies 1;
  const { attention, levels }: Explanation = await eliq.explain("a.png");
  attention satisfies HeatMap;
  levels[0]?.gate.at(1, 2) satisfies number | undefined;

  // @ts-expect-error: made by load alone
  new Eliq();
  const error = new EliqError("ERR_IO", "x", { cause: 1 });
  // @ts-expect-error: no such code
  if (error.code === "ERR_NO_SUCH_CODE") return;
}
