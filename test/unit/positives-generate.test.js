// @ts-check
import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import t from "tap";
import { run } from "../../dist/cli/commands/pairs/generate.js";
import { Automatic1111 } from "../../dist/pairs/positives/automatic1111.js";
import { ComfyUi, fill } from "../../dist/pairs/positives/comfyui.js";
import { generatePositives, previewPositives } from "../../dist/pairs/positives/generate.js";
import { OpenAiImages } from "../../dist/pairs/positives/openai-images.js";
import { readImages } from "../../dist/pairs/sources/read.js";
import { draw, json, openAiServer, serve } from "../support/image-servers.js";
import { failure, jsonLines as lines } from "../support/outcomes.js";

/** @typedef {import("../../dist/pairs/positives/generate.js").GenerateOptions} GenerateOptions */
/** @typedef {import("../../dist/pairs/positives/generator.js").AdapterOptions} AdapterOptions */

const quick = { retries: 2, delay: async () => {} };
/** @param {number} count */
const prompts = (count) => Array.from({ length: count }, (_, i) => ({ id: `p${i}`, text: `picture number ${i}` }));

/** @param {import("tap").Test} t */
async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), "eliq-positives-"));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

/**
 * @param {string} url @param {string} out @param {Partial<GenerateOptions> & { adapter?: Partial<AdapterOptions>, count?: number }} [changes]
 * @returns {GenerateOptions}
 */
function options(url, out, { adapter = {}, count = 4, ...changes } = {}) {
  const generator = new OpenAiImages({ endpoint: `${url}/v1`, ...quick, ...adapter });
  return {
    prompts: () => prompts(count),
    generators: [{ name: "drawer", generator, width: 64, height: 48 }],
    out,
    ...changes,
  };
}

/** Every file of a folder with its contents, without the lock. @param {string} path */
async function contents(path) {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.includes("lock"));
  return Object.fromEntries(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const file = join(parentPath, name);
        return /** @type {const} */ ([file.slice(path.length), (await readFile(file)).toString("base64")]);
      }),
    ),
  );
}

t.test("makes pictures with a manifest that the source reader takes", async (t) => {
  const server = await openAiServer();
  t.teardown(server.close);
  const out = await folder(t);
  const made = options(server.url, out, { licence: "CC0-1.0", provenance: "author-generated", seed: 5 });
  const list = {
    ...made,
    prompts: () => [{ id: "kitchen/1", text: "a kitchen", categories: ["indoor"] }, ...prompts(1)],
    generators: [
      { ...made.generators[0], strength: 2, imagesPerPrompt: 2 },
      { ...made.generators[0], name: "older", released: "2022-08-22" },
    ],
  };
  const summary = await generatePositives(/** @type {any} */ (list));
  t.same(summary, { made: 6, kept: 0, failed: 0 });
  const manifest = await lines(join(out, "manifest.jsonl"));
  t.same(
    manifest.map(({ promptId, generator }) => `${promptId} ${generator}`),
    ["kitchen/1 drawer", "kitchen/1 drawer", "kitchen/1 older", "p0 drawer", "p0 drawer", "p0 older"],
  );
  t.equal(new Set(manifest.map(({ seed }) => seed)).size, 6, "a seed for each");
  t.same(
    server.calls.map(({ body }) => body.seed),
    manifest.map(({ seed }) => seed),
  );
  t.match(server.calls[0]?.body, { prompt: "a kitchen", size: "64x48", n: 1, response_format: "b64_json" });
  t.match(manifest[0], { kind: "ai", width: 64, height: 48, categories: ["indoor"], licence: "CC0-1.0", strength: 2 });
  const { images } = await readImages(out, { publishable: true });
  t.match(images[2], { prompt: "a kitchen", group: "kitchen/1", generator: "older", provenance: "author-generated" });
  t.equal(images[2]?.strength, 19226, "days from the release date");
  for (const { path } of images) t.equal((await sharp(path).metadata()).width, 64);
});

t.test("asks for nothing twice", async (t) => {
  const server = await openAiServer();
  t.teardown(server.close);
  const out = await folder(t);
  await generatePositives(options(server.url, out));
  const before = await contents(out);
  server.calls.length = 0;
  t.same(await generatePositives(options(server.url, out)), { made: 0, kept: 4, failed: 0 });
  t.equal(server.calls.length, 0);
  t.same(await contents(out), before);
  t.same(await generatePositives(options(server.url, out, { count: 6 })), { made: 2, kept: 4, failed: 0 });
  t.equal(server.calls.length, 2);
  await generatePositives(options(server.url, out, { seed: 1, count: 1 }));
  t.equal(server.calls.length, 3, "another seed is another picture");
  await generatePositives(options(server.url, out, { count: 1, adapter: { parameters: { quality: "high" } } }));
  t.equal(server.calls.length, 4, "other parameters are other pictures");
  t.equal((await lines(join(out, "manifest.jsonl"))).length, 8);
});

t.test("killed at any moment, it goes on and ends the same", async (t) => {
  const server = await openAiServer(async () => {
    await new Promise((resolve) => setTimeout(resolve, 15));
    return false;
  });
  t.teardown(server.close);
  const [whole, killed] = [await folder(t), await folder(t)];
  const count = 40;
  const child = fileURLToPath(new URL("../support/generate-child.js", import.meta.url));
  /** @param {string} out @param {number} [killAfter] requests */
  const start = (out, killAfter) =>
    new Promise((resolve) => {
      const from = server.calls.length;
      const running = spawn(process.execPath, [child, `${server.url}/v1`, out, String(count)], { stdio: "inherit" });
      const timer = setInterval(() => {
        if (killAfter !== undefined && server.calls.length - from >= killAfter) running.kill("SIGKILL");
      }, 2);
      running.on("exit", (code, signal) => {
        clearInterval(timer);
        resolve(signal ?? code);
      });
    });
  t.equal(await start(whole), 0);
  const asked = server.calls.length;
  t.equal(asked, count);
  const kills = [7, 11, 5];
  for (const after of kills) t.equal(await start(killed, after), "SIGKILL");
  t.equal(await start(killed), 0);
  const repeated = server.calls.length - asked - count;
  t.ok(repeated <= 3 * kills.length, `only what was under way is asked for again: ${repeated}`);
  const [a, b] = [await contents(whole), await contents(killed)];
  t.same(Object.keys(b).sort(), Object.keys(a).sort());
  t.same(b, a);
});

t.test("repairs what a kill or a disk left behind", async (t) => {
  const server = await openAiServer();
  t.teardown(server.close);
  const out = await folder(t);
  await generatePositives(options(server.url, out));
  const before = await contents(out);
  const manifest = join(out, "manifest.jsonl");
  const [first, second, third, last] = await lines(manifest);
  const pictures = [first, second, third, last].map(({ path }) => path).sort();
  /** @param {() => Promise<unknown>} damage @param {number} asked @param {string} what */
  const repaired = async (damage, asked, what) => {
    await damage();
    server.calls.length = 0;
    await generatePositives(options(server.url, out));
    t.equal(server.calls.length, asked, what);
    t.same((await lines(manifest)).map(({ path }) => path).sort(), pictures, `${what}: every picture has one line`);
    for (const [name, bytes] of Object.entries(await contents(out)))
      if (name.startsWith("/images")) t.equal(bytes, before[name], name);
  };
  const size = (await readFile(manifest)).length;
  const lastSize = JSON.stringify(last).length + 1;
  await repaired(() => truncate(manifest, size - 30), 0, "a torn line");
  t.same(await contents(out), before);
  await repaired(() => truncate(manifest, size - lastSize), 0, "a picture without its line");
  t.same(await contents(out), before);
  await repaired(() => rm(join(out, first.path)), 1, "a picture taken away");
  await repaired(() => truncate(join(out, second.path), 40), 1, "a picture cut short");
  await repaired(() => appendFile(manifest, '{"path": "ima'), 0, "half a line more");
  await writeFile(manifest, '{"something": "else"}\n');
  t.match(await failure(generatePositives(options(server.url, out))), {
    code: "ERR_INVALID_ARGUMENT",
    message: /manifest\.jsonl:1 /,
  });
});

t.test("survives a bad server", async (t) => {
  /** @type {Record<string, (reply: import("node:http").ServerResponse, bytes: Buffer) => unknown>} */
  const faults = {
    429: (reply) => json(reply, {}, 429, { "retry-after": "1" }),
    500: (reply) => json(reply, { error: "oops" }, 500),
    reset: (reply) => reply.socket?.destroy(),
    silent: () => {},
    broken: (reply) => reply.end('{"data": [{"b64_json": "'),
    cut: (reply, bytes) =>
      json(reply, { data: [{ b64_json: bytes.subarray(0, bytes.length / 2).toString("base64") }] }),
    svg: (reply) => json(reply, { data: [{ b64_json: Buffer.from("<svg/>").toString("base64") }] }),
  };
  /** @type {Map<string, number>} */
  const seen = new Map();
  const server = await openAiServer(async ({ body }, reply) => {
    const [, name = ""] = /fault (\w+)/.exec(body.prompt) ?? [];
    const count = seen.get(body.prompt) ?? 0;
    seen.set(body.prompt, count + 1);
    const fault = faults[name];
    if (!fault || count > 0) return false;
    fault(reply, await draw(body.prompt, body.seed, 64, 48));
    return true;
  });
  t.teardown(server.close);
  const out = await folder(t);
  const list = Object.keys(faults).map((name) => ({ id: name, text: `fault ${name}` }));
  const summary = await generatePositives(
    options(server.url, out, { prompts: () => list, adapter: { timeoutMs: 300 }, concurrency: 2 }),
  );
  t.same(summary, { made: list.length, kept: 0, failed: 0 }, "each fault is over at the second try");
  for (const { id, text } of list) t.equal(seen.get(text), 2, id);
});

t.test("lists failures and makes the others", async (t) => {
  let healed = false;
  const server = await openAiServer(async ({ body }, reply) => {
    if (healed) return false;
    const { prompt } = body;
    const picture = async () => draw(prompt, body.seed, 64, 48);
    if (prompt.endsWith("0"))
      json(reply, { error: { code: "content_policy_violation", message: "Rejected by our safety system" } }, 400);
    else if (prompt.endsWith("1"))
      json(reply, { data: [{ b64_json: (await picture()).subarray(0, 90).toString("base64") }] });
    else if (prompt.endsWith("2")) json(reply, { data: [] });
    else if (prompt.endsWith("3")) json(reply, {}, 500);
    else if (prompt.endsWith("5")) json(reply, { error: { message: "prompt is too long" } }, 400);
    else return false;
    return true;
  });
  t.teardown(server.close);
  const out = await folder(t);
  /** @type {any[]} */
  const heard = [];
  const summary = await generatePositives(options(server.url, out, { count: 7 }), {
    onFailure: (it) => heard.push(it),
  });
  t.same(summary, { made: 2, kept: 0, failed: 5 });
  const failures = await lines(join(out, "failures.jsonl"));
  t.same(failures, heard);
  const byId = Object.fromEntries(failures.map(({ promptId, message }) => [promptId, message]));
  t.match(byId.p0, /refuses this prompt \(status 400: "Rejected by our safety system"\)/);
  t.match(byId.p1, /damaged or cut off/);
  t.match(byId.p2, /no picture in `data`/);
  t.match(byId.p3, /status 500/);
  t.match(byId.p5, /too long/);
  healed = true;
  t.same(await generatePositives(options(server.url, out, { count: 7 })), { made: 5, kept: 2, failed: 0 });
  t.same(await lines(join(out, "failures.jsonl")), [], "a new run, a new list");
});

t.test("stops when nothing can succeed", async (t) => {
  const wrongKey = await openAiServer((_, reply) => {
    json(reply, { error: { message: "no" } }, 401);
    return true;
  });
  t.teardown(wrongKey.close);
  const out = await folder(t);
  t.match(await failure(generatePositives(options(wrongKey.url, out))), {
    code: "ERR_INVALID_ARGUMENT",
    message: /API key/,
  });
  t.equal(wrongKey.calls.length, 1);
  const refusing = await openAiServer((_, reply) => {
    json(reply, { detail: "unknown sampler" }, 422);
    return true;
  });
  t.teardown(refusing.close);
  t.match(await failure(generatePositives(options(refusing.url, out))), {
    code: "ERR_INVALID_ARGUMENT",
    message: /unknown sampler/,
  });
  const down = await openAiServer((_, reply) => {
    json(reply, {}, 503);
    return true;
  });
  t.teardown(down.close);
  const error = await failure(
    generatePositives(options(down.url, out, { failuresInARow: 3, count: 50, adapter: { retries: 0 } })),
  );
  t.match(error, { code: "ERR_URL_FETCH", message: /3 requests failed one after another.*status 503.*same again/ });
  t.ok(down.calls.length < 12);
  const unsafe = await openAiServer((_, reply) => {
    json(reply, { error: { code: "moderation_blocked", message: "x" } }, 400);
    return true;
  });
  t.teardown(unsafe.close);
  const refused = await generatePositives(options(unsafe.url, out, { failuresInARow: 3, count: 8 }));
  t.equal(refused.failed, 8, "refused prompts do not mean that the server is down");
});

t.test("an abort ends it, and what was made stays", async (t) => {
  const controller = new AbortController();
  const server = await openAiServer((_, __, count) => {
    if (count === 3) controller.abort(new Error("enough"));
    return false;
  });
  t.teardown(server.close);
  const out = await folder(t);
  t.match(await failure(generatePositives(options(server.url, out, { count: 20 }), { signal: controller.signal })), {
    code: "ERR_ABORTED",
  });
  t.equal((await lines(join(out, "manifest.jsonl"))).length, 3);
  t.same(await generatePositives(options(server.url, out, { count: 5 })), { made: 2, kept: 3, failed: 0 });
});

t.test("one process at a time has the folder", async (t) => {
  const server = await openAiServer(async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return false;
  });
  t.teardown(server.close);
  const out = await folder(t);
  const first = generatePositives(options(server.url, out));
  await new Promise((resolve) => setTimeout(resolve, 60));
  t.match(await failure(generatePositives(options(server.url, out))), { code: "ERR_IO", message: /is writing/ });
  await first;
});

t.test("says first what it would cost", async (t) => {
  const server = await openAiServer();
  t.teardown(server.close);
  const out = await folder(t);
  const some = options(server.url, out, { count: 10 });
  const priced = {
    ...some,
    generators: some.generators.map((plan) => ({
      ...plan,
      imagesPerPrompt: 2,
      pricePerImage: 0.04,
      requestsPerMinute: 5,
    })),
  };
  t.same(await previewPositives(priced), {
    prompts: 10,
    images: 20,
    kept: 0,
    requests: 20,
    price: 0.8,
    bytes: 20 * 1.5 * 64 * 48,
    minutes: 4,
  });
  t.same(await readdir(out), [], "nothing is written");
  await generatePositives(options(server.url, out, { count: 5 }));
  const sizes = (await lines(join(out, "manifest.jsonl"))).map(({ bytes }) => bytes);
  const preview = await previewPositives(some);
  t.match(preview, { kept: 5, requests: 5, price: undefined, minutes: undefined });
  t.equal(
    preview.bytes,
    sizes.reduce((sum, size) => sum + size, 0),
    "as large as those that are there",
  );
});

t.test("options that make no sense are refused", async (t) => {
  const out = await folder(t);
  const good = options("http://127.0.0.1:1", out);
  const [plan] = /** @type {[any]} */ (/** @type {unknown} */ (good.generators));
  /** @type {object[]} */
  const bad = [
    { generators: [] },
    { generators: [plan, plan] },
    { generators: [{ ...plan, width: 0 }] },
    { generators: [{ ...plan, imagesPerPrompt: 0 }] },
    { generators: [{ ...plan, released: "soon" }] },
    { concurrency: 0 },
    { seed: -1 },
  ];
  for (const change of bad)
    t.match(
      await failure(generatePositives({ ...good, ...change })),
      { code: "ERR_INVALID_ARGUMENT" },
      JSON.stringify(change),
    );
});

t.test("OpenAI's API", async (t) => {
  t.test("does without fields that the server does not know", async (t) => {
    const server = await openAiServer(({ body }, reply) => {
      const unknown = ["seed", "response_format"].find((field) => field in body);
      if (unknown)
        json(
          reply,
          { error: { message: `Unknown parameter: '${unknown}'.`, param: unknown, code: "unknown_parameter" } },
          400,
        );
      return unknown !== undefined;
    });
    t.teardown(server.close);
    const generator = new OpenAiImages({ endpoint: `${server.url}/v1/`, model: "m", apiKey: "key", ...quick });
    const request = { prompt: "x", seed: 3, width: 64, height: 48 };
    t.equal((await generator.generate(request)).mediaType, "image/png");
    t.equal(server.calls.length, 3);
    await generator.generate(request);
    t.equal(server.calls.length, 4, "and remembers it");
    t.same(server.calls[3]?.body, { model: "m", prompt: "x", size: "64x48", n: 1 });
    t.equal(server.calls[3]?.headers.authorization, "Bearer key");
  });
  t.test("leaves response_format out where the model is known to refuse it", async (t) => {
    const server = await openAiServer();
    t.teardown(server.close);
    await new OpenAiImages({ endpoint: `${server.url}/v1`, model: "gpt-image-1", ...quick }).generate({
      prompt: "x",
      seed: 1,
      width: 64,
      height: 48,
    });
    t.notOk("response_format" in /** @type {any} */ (server.calls[0]).body);
  });
  t.test("fetches pictures by URL from the same host only, or over https", async (t) => {
    const other = await serve((_, reply) => reply.end("no") && undefined);
    t.teardown(other.close);
    let address = "/files/a.png";
    const server = await serve(async ({ path }, reply) => {
      if (path === "/files/a.png") reply.end(await draw("x", 1, 64, 48));
      else if (path === "/files/gone.png") reply.writeHead(404).end();
      else json(reply, { data: [{ url: address, revised_prompt: "better" }] });
    });
    t.teardown(server.close);
    const generator = new OpenAiImages({ endpoint: `${server.url}/v1`, ...quick });
    const request = { prompt: "x", seed: 1, width: 64, height: 48 };
    t.match(await generator.generate(request), { mediaType: "image/png", info: { revisedPrompt: "better" } });
    address = `${server.url}/files/a.png`;
    t.match(await generator.generate(request), { mediaType: "image/png" });
    address = `${server.url}/files/gone.png`;
    t.match(await failure(generator.generate(request)), { code: "ERR_URL_FETCH", message: /could not be downloaded/ });
    for (address of [`${other.url}/a.png`, "file:///etc/hosts", "http://169.254.169.254/"])
      t.match(
        await failure(generator.generate(request)),
        { code: "ERR_URL_FETCH", message: /neither on the endpoint's host/ },
        address,
      );
    t.equal(other.calls.length, 0);
  });
});

t.test("Automatic1111's API", async (t) => {
  const server = await serve(async ({ path, body }, reply) => {
    if (path !== "/sdapi/v1/txt2img") return json(reply, { detail: "Not Found" }, 404);
    if (body.sampler_name === "none") return json(reply, { detail: "Sampler not found" }, 404);
    const bytes = await draw(body.prompt, body.seed, body.width, body.height);
    const info = { seed: body.seed, sampler_name: "Euler", sd_model_name: "sdxl" };
    json(reply, {
      images: [bytes.toString("base64")],
      parameters: {},
      info: body.seed === 9 ? "{broken" : JSON.stringify(info),
    });
  });
  t.teardown(server.close);
  const request = { prompt: "a cat", seed: 7, width: 64, height: 48 };
  const generator = new Automatic1111({
    endpoint: `${server.url}/`,
    model: "sdxl",
    apiKey: "me:pass",
    parameters: { steps: 9 },
    ...quick,
  });
  const image = await generator.generate(request);
  t.match(image, { mediaType: "image/png", seed: 7, info: { model: "sdxl", sampler: "Euler" } });
  t.same(image.bytes, await draw("a cat", 7, 64, 48));
  t.match(server.calls[0]?.body, {
    prompt: "a cat",
    seed: 7,
    width: 64,
    height: 48,
    steps: 9,
    cfg_scale: 7,
    batch_size: 1,
  });
  t.equal(server.calls[0]?.body.override_settings.sd_model_checkpoint, "sdxl");
  t.equal(server.calls[0]?.headers.authorization, `Basic ${Buffer.from("me:pass").toString("base64")}`);
  t.equal((await generator.generate({ ...request, seed: 9 })).seed, undefined, "a broken info is no loss");
  const wrong = new Automatic1111({ endpoint: server.url, parameters: { sampler_name: "none" }, ...quick });
  t.match(await failure(wrong.generate(request)), { code: "ERR_INVALID_ARGUMENT", message: /Sampler not found/ });
  const empty = await serve((_, reply) => json(reply, { images: [] }));
  t.teardown(empty.close);
  t.match(await failure(new Automatic1111({ endpoint: empty.url, ...quick }).generate(request)), {
    code: "ERR_URL_FETCH",
  });
});

t.test("ComfyUI's API", async (t) => {
  const workflow = {
    3: { class_type: "KSampler", inputs: { seed: "{{seed}}", steps: 20, latent_image: ["5", 0] } },
    5: { class_type: "EmptyLatentImage", inputs: { width: "{{width}}", height: "{{height}}" } },
    6: { class_type: "CLIPTextEncode", inputs: { text: "photo of {{prompt}}, sharp" } },
  };
  let polls = 0;
  /** @type {any} */
  let queued;
  const server = await serve(async ({ method, path, body }, reply) => {
    if (method === "POST" && path === "/prompt") {
      queued = body.prompt;
      return json(reply, { prompt_id: "id-1", number: 1, node_errors: {} });
    }
    if (path === "/history/id-1") {
      if (++polls < 3) return json(reply, {});
      const failed = String(queued[6].inputs.text).includes("fail");
      const messages = failed
        ? [
            ["execution_start", {}],
            ["execution_error", { node_type: "KSampler", exception_message: "out of memory" }],
          ]
        : [];
      const images = [{ filename: "a b.png", subfolder: "s", type: "output" }];
      const status = { status_str: failed ? "error" : "success", completed: !failed, messages };
      return json(reply, {
        "id-1": {
          outputs: failed ? {} : { 8: { images: [{ filename: "p.png", type: "temp" }] }, 9: { images } },
          status,
        },
      });
    }
    if (path === "/view?filename=a+b.png&subfolder=s&type=output") return void reply.end(await draw("v", 1, 64, 48));
    json(reply, {}, 404);
  });
  t.teardown(server.close);
  const generator = new ComfyUi({ endpoint: server.url, workflow, pollMs: 1, ...quick });
  const request = { prompt: 'a "red" cat', seed: 7, width: 64, height: 48 };
  t.match(await generator.generate(request), { mediaType: "image/png" });
  t.equal(polls, 3);
  t.same(queued[3].inputs, { seed: 7, steps: 20, latent_image: ["5", 0] }, "numbers stay numbers");
  t.same(queued[5].inputs, { width: 64, height: 48 });
  t.equal(queued[6].inputs.text, 'photo of a "red" cat, sharp');
  t.match(await failure(generator.generate({ ...request, prompt: "fail" })), {
    code: "ERR_URL_FETCH",
    message: /KSampler: out of memory/,
  });
  polls = Number.NEGATIVE_INFINITY;
  const patient = new ComfyUi({ endpoint: server.url, workflow, pollMs: 5, timeoutMs: 60, retries: 0 });
  t.match(await failure(patient.generate(request)), { code: "ERR_URL_FETCH", message: /did not finish/ });
  t.equal(fill("{{unknown}} {{seed}}", { seed: 1 }), "{{unknown}} 1");
  /** @type {unknown[]} */
  const bad = ["text", [], { nodes: [], links: [] }, { 6: { inputs: { text: "{{prompt}}" } } }];
  for (const wrong of bad)
    t.throws(
      () => new ComfyUi({ endpoint: server.url, workflow: wrong }),
      { code: "ERR_INVALID_ARGUMENT" },
      JSON.stringify(wrong),
    );
});

t.test("eliq pairs generate", async (t) => {
  const server = await openAiServer();
  t.teardown(server.close);
  const out = await folder(t);
  await writeFile(join(out, "prompts.txt"), "a red barn\na blue boat\na green hill\n");
  /** @type {string[]} */
  const printed = [];
  const write = process.stderr.write;
  t.teardown(() => {
    process.stderr.write = write;
  });
  process.stderr.write = /** @type {any} */ ((/** @type {string} */ text) => Boolean(printed.push(text)));
  const base = [
    "--prompts",
    join(out, "prompts.txt"),
    "--endpoint",
    `${server.url}/v1`,
    "--adapter",
    "openai",
    "--size",
    "64x48",
  ];
  const args = [...base, "--out", join(out, "pictures"), "--model", "drawer"];
  t.equal(await run([...args, "--preview", "--price", "0.5", "--per-minute", "60"]), 0);
  t.match(printed.join(""), /3 pictures of 3 prompts.*\n.*3 requests.*price 1\.50.*at least 3/);
  t.equal(server.calls.length, 0);
  t.match(await failure(run(args)), { name: "UsageError", message: /--yes/ });
  process.env.ELIQ_API_KEY = "env-key";
  t.teardown(() => delete process.env.ELIQ_API_KEY);
  t.equal(await run([...args, "--yes", "--limit", "2", "--concurrency", "2"]), 0);
  t.equal(server.calls[0]?.headers.authorization, "Bearer env-key");
  t.equal(await run([...args, "--yes"]), 0);
  t.equal(server.calls.length, 3);
  const manifest = await lines(join(out, "pictures", "manifest.jsonl"));
  t.same(
    manifest.map(({ prompt, promptId, generator }) => [prompt, promptId, generator]),
    [
      ["a red barn", "prompts-1", "drawer"],
      ["a blue boat", "prompts-2", "drawer"],
      ["a green hill", "prompts-3", "drawer"],
    ],
  );
  for (const wrong of [
    ["--adapter", "x"],
    ["--size", "big"],
    ["--parameters", "[]"],
    ["--price=-1"],
    ["--limit", "0"],
    ["--key-from", "NO_SUCH"],
  ])
    t.match(await failure(run([...args, ...wrong])), { name: "UsageError" }, wrong.join(" "));
});
