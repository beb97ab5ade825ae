/** AUTOMATIC1111's Stable Diffusion web UI, and servers with its API such as Forge, SD.Next and KoboldCpp. */
import { z } from "zod";
import {
  type AdapterOptions,
  authorization,
  brokenAnswer,
  fromBase64,
  type GeneratedImage,
  type ImageGenerator,
  type ImageRequest,
  refusedPrompt,
  transportOf,
  urlBelow,
} from "./generator.js";
import { requestJson } from "./http.js";

const answerSchema = z.object({ images: z.array(z.string()).min(1), info: z.unknown().optional() });

/** Steps and guidance unless `parameters` say otherwise; both are common defaults of Stable Diffusion. */
const defaultParameters = { steps: 25, cfg_scale: 7 };

/**
 * `POST {endpoint}/sdapi/v1/txt2img`, which answers with base64 pictures and `info`, JSON in a string (web UI wiki, "API"; the server
 * must run with `--api`). The model is chosen by `override_settings.sd_model_checkpoint`. A key "name:password" is what the server's
 * `--api-auth` asks for.
 */
export class Automatic1111 implements ImageGenerator {
  readonly name = "Automatic1111";
  readonly settings: Readonly<Record<string, unknown>>;

  constructor(private readonly options: AdapterOptions) {
    this.settings = { adapter: "automatic1111", model: options.model, ...defaultParameters, ...options.parameters };
  }

  async generate(request: ImageRequest): Promise<GeneratedImage> {
    const parsed = answerSchema.safeParse(await this.#ask(request));
    const [image] = parsed.data?.images ?? [];
    if (image === undefined) throw brokenAnswer(this.name, "has no picture in `images`");
    const info = parseInfo(parsed.data?.info);
    const { seed, sd_model_name: model, sampler_name: sampler } = info;
    return {
      ...fromBase64(image),
      ...(typeof seed === "number" ? { seed } : {}),
      info: { ...(model === undefined ? {} : { model }), ...(sampler === undefined ? {} : { sampler }) },
    };
  }

  async #ask({ prompt, seed, width, height, signal }: ImageRequest): Promise<unknown> {
    const { endpoint, model, parameters, apiKey } = this.options;
    const override = model === undefined ? {} : { override_settings: { sd_model_checkpoint: model } };
    const body = {
      prompt,
      seed,
      width,
      height,
      n_iter: 1,
      batch_size: 1,
      ...defaultParameters,
      ...override,
      ...parameters,
    };
    try {
      return await requestJson(urlBelow(endpoint, "sdapi/v1/txt2img"), {
        ...transportOf(this.options),
        headers: authorization(apiKey),
        body,
        signal,
      });
    } catch (error) {
      throw refusedPrompt(error);
    }
  }
}

/** `info` is JSON in a string, in some servers an object; a damaged one is no reason to lose the picture. */
function parseInfo(info: unknown): Record<string, unknown> {
  try {
    const value: unknown = typeof info === "string" ? JSON.parse(info) : info;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
