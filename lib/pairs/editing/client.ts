/** An image-editing model behind an OpenAI-compatible API: optional aesthetic negatives, made by instruction. */
import { z } from "zod";
import { EliqError } from "../../errors.js";
import {
  type AdapterOptions,
  authorization,
  brokenAnswer,
  mediaTypeOf,
  pictureOf,
  refusedPrompt,
  transportOf,
  urlBelow,
} from "../positives/generator.js";
import { requestJson } from "../positives/http.js";

/** Where the model is, how it is asked and how often. */
export interface EditOptions extends AdapterOptions {
  readonly signal?: AbortSignal | undefined;
}

const serverName = "image edits";
/** What servers take; other files must be converted before. */
const accepted = ["image/png", "image/jpeg", "image/webp"];

const answerSchema = z.object({
  data: z.array(z.object({ b64_json: z.string().nullish(), url: z.string().nullish() })).min(1),
});

/**
 * Has a picture edited: `POST {endpoint}/images/edits` with a form of image, prompt, n = 1, the model and further parameters (OpenAI's
 * API reference, platform.openai.com/docs/api-reference/images/createEdit). The answer's picture comes as `b64_json`, or as a `url`
 * that is fetched from the endpoint's own host or over https only. Busy and failing servers, broken connections and timeouts are
 * tried again.
 *
 * @param image a PNG, JPEG or WebP file.
 * @param instruction what to change, e.g. from `instructionFor`.
 * @returns the edited picture's file, in whatever format and size the server chose.
 * @throws EliqError ERR_INVALID_ARGUMENT for another kind of file, an empty instruction, or settings that the server does not
 *   accept; ERR_URL_FETCH when the server or the network failed or refused; ERR_ABORTED.
 */
export async function editImage(image: Uint8Array, instruction: string, options: EditOptions): Promise<Uint8Array> {
  const mediaType = mediaTypeOf(image);
  if (!accepted.includes(mediaType))
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      "Only PNG, JPEG and WebP files can be edited; convert the image first.",
    );
  if (instruction.trim() === "")
    throw new EliqError("ERR_INVALID_ARGUMENT", "The instruction is empty; say what to change in the image.");
  const parsed = answerSchema.safeParse(await ask(form(image, mediaType, instruction, options), options));
  const [picture] = parsed.data?.data ?? [];
  if (!picture) throw brokenAnswer(serverName, "has no picture in `data`");
  const { bytes, mediaType: format } = await pictureOf(serverName, picture, options, options.signal);
  if (format === "") throw brokenAnswer(serverName, "holds something that is not an image file");
  return bytes;
}

async function ask(body: FormData, options: EditOptions): Promise<unknown> {
  try {
    return await requestJson(urlBelow(options.endpoint, "images/edits"), {
      ...transportOf(options),
      headers: authorization(options.apiKey),
      body,
      signal: options.signal,
    });
  } catch (error) {
    throw refusedPrompt(error);
  }
}

function form(image: Uint8Array, mediaType: string, instruction: string, { model, parameters }: EditOptions): FormData {
  const body = new FormData();
  body.set(
    "image",
    new Blob([Uint8Array.from(image)], { type: mediaType }),
    `image.${mediaType.slice("image/".length)}`,
  );
  body.set("prompt", instruction);
  body.set("n", "1");
  if (model !== undefined) body.set("model", model);
  for (const [name, value] of Object.entries(parameters ?? {}))
    body.set(name, typeof value === "string" ? value : JSON.stringify(value));
  return body;
}
