/** Servers with OpenAI's image API: OpenAI itself, LocalAI, vLLM, stable-diffusion.cpp's server and many others. */
import { z } from "zod";
import {
  type AdapterOptions,
  authorization,
  brokenAnswer,
  type GeneratedImage,
  type ImageGenerator,
  type ImageRequest,
  pictureOf,
  refusedPrompt,
  transportOf,
  urlBelow,
} from "./generator.js";
import { errorField, RequestError, requestJson } from "./http.js";

const answerSchema = z.object({
  data: z
    .array(
      z.object({
        b64_json: z.string().nullish(),
        url: z.string().nullish(),
        revised_prompt: z.string().nullish(),
        seed: z.number().nullish(),
      }),
    )
    .min(1),
});

/** Fields that some servers do not know; they are left out after the first answer that says so. */
const optionalFields = ["seed", "response_format", "size", "n"] as const;

/**
 * `POST {endpoint}/images/generations` with model, prompt, size, n = 1, seed and response_format; the picture comes as `b64_json` or as
 * a `url`, which is fetched from the endpoint's own host or over https only. As described by OpenAI's API reference
 * (platform.openai.com/docs/api-reference/images): models named gpt-image-... always answer in base64 and refuse response_format,
 * and OpenAI's servers know no seed, which others take.
 */
export class OpenAiImages implements ImageGenerator {
  readonly name = "OpenAI images";
  readonly settings: Readonly<Record<string, unknown>>;
  readonly #omitted = new Set<string>();

  constructor(private readonly options: AdapterOptions) {
    this.settings = { adapter: "openai", model: options.model, ...options.parameters };
    if (/^(gpt-image|chatgpt-image)/i.test(options.model ?? "")) this.#omitted.add("response_format");
  }

  async generate(request: ImageRequest): Promise<GeneratedImage> {
    const parsed = answerSchema.safeParse(await this.#ask(request));
    const [image] = parsed.data?.data ?? [];
    if (!image) throw brokenAnswer(this.name, "has no picture in `data`");
    const info = image.revised_prompt ? { revisedPrompt: image.revised_prompt } : undefined;
    return {
      ...(await pictureOf(this.name, image, this.options, request.signal)),
      ...(typeof image.seed === "number" ? { seed: image.seed } : {}),
      ...(info ? { info } : {}),
    };
  }

  /** Asks again without a field that the server says it does not know. */
  async #ask(request: ImageRequest): Promise<unknown> {
    for (;;)
      try {
        return await requestJson(urlBelow(this.options.endpoint, "images/generations"), {
          ...transportOf(this.options),
          headers: authorization(this.options.apiKey),
          body: this.#body(request),
          signal: request.signal,
        });
      } catch (error) {
        const refused = refusedPrompt(error);
        const field = refused === error ? unknownField(error, this.#omitted) : undefined;
        if (field === undefined) throw refused;
        this.#omitted.add(field);
      }
  }

  #body({ prompt, seed, width, height }: ImageRequest): Record<string, unknown> {
    const { model, parameters } = this.options;
    const body: Record<string, unknown> = {
      prompt,
      size: `${width}x${height}`,
      n: 1,
      seed,
      response_format: "b64_json",
    };
    for (const field of this.#omitted) delete body[field];
    return { ...(model === undefined ? {} : { model }), ...body, ...parameters };
  }
}

/** The optional field that a status 400 or 422 complains of, if it has not been left out already. */
function unknownField(error: unknown, omitted: ReadonlySet<string>): string | undefined {
  if (!(error instanceof RequestError) || (error.status !== 400 && error.status !== 422)) return undefined;
  const parameter = errorField(error.answer, "param");
  const about = optionalFields.find((field) => field === parameter || new RegExp(`\\b${field}\\b`).test(error.words));
  return about !== undefined && about !== "size" && !omitted.has(about) ? about : undefined;
}
