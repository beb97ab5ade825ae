/** ComfyUI: a workflow of the user's own, with placeholders for what changes from picture to picture. */
import { z } from "zod";
import { abortedError, EliqError } from "../../errors.js";
import {
  type AdapterOptions,
  authorization,
  brokenAnswer,
  downloadFailure,
  type GeneratedImage,
  type ImageGenerator,
  type ImageRequest,
  mediaTypeOf,
  refusedPrompt,
  transportOf,
  urlBelow,
} from "./generator.js";
import { RequestError, requestBytes, requestJson, wait } from "./http.js";

export interface ComfyUiOptions extends AdapterOptions {
  /**
   * A workflow in ComfyUI's API format (menu: Export (API)), as parsed JSON. In its texts {{prompt}}, {{seed}}, {{width}}, {{height}} and
   * {{model}} are replaced; a text that is nothing but a placeholder of a number becomes that number.
   */
  readonly workflow: unknown;
  /** Between two questions whether a picture is done; 1,000 unless told. */
  readonly pollMs?: number;
}

const queuedSchema = z.object({ prompt_id: z.string().min(1) });
const fileSchema = z.object({
  filename: z.string(),
  subfolder: z.string().default(""),
  type: z.string().default("output"),
});
const entrySchema = z.object({
  outputs: z.record(z.string(), z.object({ images: z.array(fileSchema).nullish() })).default({}),
  status: z
    .object({ status_str: z.string(), completed: z.boolean(), messages: z.array(z.unknown()).default([]) })
    .nullish(),
});
type OutputFile = z.infer<typeof fileSchema>;

const defaultPoll = 1000;
/** Unless told: how long a picture may take, its time in the server's queue included. */
const defaultPatience = 600_000;

/**
 * `POST /prompt` with the workflow, `GET /history/{id}` until it is done, `GET /view` for the picture
 * (docs.comfy.org/development/comfyui-server/comms_routes).
 */
export class ComfyUi implements ImageGenerator {
  readonly name = "ComfyUI";
  readonly settings: Readonly<Record<string, unknown>>;

  /** @throws EliqError ERR_INVALID_ARGUMENT when the workflow is not one in API format or lacks {{prompt}} or {{seed}}. */
  constructor(private readonly options: ComfyUiOptions) {
    checkWorkflow(options.workflow);
    this.settings = { adapter: "comfyui", model: options.model, workflow: options.workflow };
  }

  async generate(request: ImageRequest): Promise<GeneratedImage> {
    const id = await this.#queue(request);
    const file = await this.#wait(id, request.signal);
    const url = `${urlBelow(this.options.endpoint, "view")}?${new URLSearchParams(file)}`;
    try {
      const { bytes } = await requestBytes(url, { ...this.#unlimited(), signal: request.signal });
      return { bytes, mediaType: mediaTypeOf(bytes) };
    } catch (error) {
      throw downloadFailure(error);
    }
  }

  async #queue(request: ImageRequest): Promise<string> {
    const { prompt, seed, width, height, signal } = request;
    const values = { prompt, seed, width, height, model: this.options.model ?? "" };
    try {
      const answer = await requestJson(urlBelow(this.options.endpoint, "prompt"), {
        ...this.#unlimited(),
        ...transportOf(this.options),
        body: { prompt: fill(this.options.workflow, values) },
        signal,
      });
      const queued = queuedSchema.safeParse(answer);
      if (!queued.success) throw brokenAnswer(this.name, "has no `prompt_id`");
      return queued.data.prompt_id;
    } catch (error) {
      throw refusedPrompt(error);
    }
  }

  /** Asks until the workflow has ended. */
  async #wait(id: string, signal: AbortSignal | undefined): Promise<OutputFile> {
    const { timeoutMs = defaultPatience, pollMs = defaultPoll, delay = wait } = this.options;
    const url = urlBelow(this.options.endpoint, `history/${encodeURIComponent(id)}`);
    for (const start = performance.now(); ; ) {
      const history = await requestJson(url, { ...this.#unlimited(), signal });
      const file = finished((history as Record<string, unknown> | null)?.[id], this.name);
      if (file) return file;
      if (performance.now() - start > timeoutMs) {
        const message = `${this.name} did not finish a picture within ${timeoutMs / 1000} s. Allow more time, or use fewer steps.`;
        throw new RequestError("ERR_URL_FETCH", message, { retryable: true });
      }
      await delay(pollMs, signal);
      if (signal?.aborted) throw abortedError(signal);
    }
  }

  /** Requests that make no picture do not count against the limit. */
  #unlimited() {
    const { limiter: _, timeoutMs: __, ...transport } = transportOf(this.options);
    return { ...transport, headers: authorization(this.options.apiKey) };
  }
}

/** The first picture of a finished workflow; undefined while it is not finished. */
function finished(entry: unknown, name: string): OutputFile | undefined {
  if (entry === undefined) return undefined;
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) throw brokenAnswer(name, "is not a history entry");
  const { outputs, status } = parsed.data;
  if (status?.status_str === "error")
    throw new RequestError("ERR_URL_FETCH", executionError(status.messages, name), {});
  const files = Object.values(outputs).flatMap(({ images }) => images ?? []);
  // Previews are temporary files.
  const file = files.find(({ type }) => type === "output") ?? files[0];
  if (file) return file;
  if (status?.completed) throw brokenAnswer(name, "has no picture: the workflow needs a Save Image node");
  return undefined;
}

function executionError(messages: readonly unknown[], name: string): string {
  const failure = messages.find((message) => Array.isArray(message) && message[0] === "execution_error") as
    | [string, { exception_message?: unknown; node_type?: unknown }]
    | undefined;
  const { exception_message: said = "no reason given", node_type: node = "unknown" } = failure?.[1] ?? {};
  return `${name}'s workflow failed in node ${String(node)}: ${String(said).trim().slice(0, 300)}.`;
}

const numbers = ["seed", "width", "height"] as const;

/** The workflow with its placeholders replaced; the one given is left as it is. */
export function fill(value: unknown, values: Readonly<Record<string, string | number>>): unknown {
  if (typeof value === "string") {
    for (const name of numbers) if (value.trim() === `{{${name}}}`) return values[name];
    return value.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => String(values[name] ?? whole));
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, values)]));
}

function checkWorkflow(workflow: unknown): void {
  const invalid = (message: string) => new EliqError("ERR_INVALID_ARGUMENT", message);
  if (typeof workflow !== "object" || workflow === null || Array.isArray(workflow))
    throw invalid("The workflow must be a JSON object, as ComfyUI exports it with Export (API).");
  if ("nodes" in workflow && "links" in workflow)
    throw invalid("The workflow is in the editor's format. Export it with Export (API) instead.");
  const text = JSON.stringify(workflow);
  for (const name of ["prompt", "seed"])
    if (!text.includes(`{{${name}}}`))
      throw invalid(`The workflow has no {{${name}}}: put it where the ${name} belongs, in double quotes.`);
}
