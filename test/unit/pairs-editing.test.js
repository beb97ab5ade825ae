// @ts-check
import { createServer } from "node:http";
import sharp from "sharp";
import t from "tap";
import { editImage } from "../../dist/pairs/editing/client.js";
import { editInstructions, instructionFor } from "../../dist/pairs/editing/instructions.js";

/**
 * @typedef {{ path: string, method: string, authorization: string | undefined, form: FormData | undefined }} Call
 * @typedef {(call: Call, reply: import("node:http").ServerResponse, count: number) => unknown} Handler
 */

const picture = await sharp({ create: { width: 24, height: 16, channels: 3, background: "#3a7" } })
  .png()
  .toBuffer();
const edited = await sharp({ create: { width: 24, height: 16, channels: 3, background: "#a37" } })
  .webp()
  .toBuffer();

/** A server that reads the forms it is sent. @param {Handler} handler */
async function serve(handler) {
  /** @type {Call[]} */
  const calls = [];
  const server = createServer(async (request, reply) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const type = request.headers["content-type"] ?? "";
    const form = type.startsWith("multipart/form-data")
      ? await new Response(Buffer.concat(parts), { headers: { "content-type": type } }).formData()
      : undefined;
    const call = {
      path: request.url ?? "",
      method: request.method ?? "",
      authorization: request.headers.authorization,
      form,
    };
    calls.push(call);
    await handler(call, reply, calls.length - 1);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint: `http://127.0.0.1:${port}/v1`, calls };
}

/** @param {import("node:http").ServerResponse} reply @param {unknown} body @param {number} [status] @param {Record<string, string>} [headers] */
function json(reply, body, status = 200, headers = {}) {
  reply.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

const answer = { data: [{ b64_json: edited.toString("base64") }] };

/** Waits that are noted and not waited. */
function recorder() {
  /** @type {number[]} */
  const waits = [];
  return {
    waits,
    delay: async (/** @type {number} */ milliseconds) => {
      waits.push(milliseconds);
    },
  };
}

t.test("sends picture and instruction as a form and returns the edited file", async (t) => {
  const { endpoint, calls } = await serve((_, reply) => json(reply, answer));
  const bytes = await editImage(picture, "Tilt it.", {
    endpoint: `${endpoint}/`,
    model: "edit-1",
    apiKey: "secret-key",
    parameters: { strength: 0.8, size: "auto" },
  });
  t.ok(edited.equals(bytes));
  const [call] = calls;
  t.match(call, { path: "/v1/images/edits", method: "POST", authorization: "Bearer secret-key" });
  const form = /** @type {FormData} */ (call?.form);
  t.same(
    ["prompt", "n", "model", "strength", "size"].map((name) => form.get(name)),
    ["Tilt it.", "1", "edit-1", "0.8", "auto"],
  );
  const file = /** @type {File} */ (form.get("image"));
  t.same([file.type, file.name], ["image/png", "image.png"]);
  t.ok(picture.equals(Buffer.from(await file.arrayBuffer())), "the very bytes");
});

t.test("fetches a picture that the answer links to, with the key on the same host only", async (t) => {
  const { endpoint, calls } = await serve((call, reply) =>
    call.method === "POST" ? json(reply, { data: [{ url: "/files/1" }] }) : reply.end(edited),
  );
  t.ok(edited.equals(await editImage(picture, "Tilt it.", { endpoint, apiKey: "secret-key" })));
  t.same(
    calls.map(({ path }) => path),
    ["/v1/images/edits", "/files/1"],
  );
  t.equal(calls[1]?.authorization, "Bearer secret-key");
  const elsewhere = await serve((_, reply) => json(reply, { data: [{ url: "http://127.0.0.1:9/x.png" }] }));
  await t.rejects(editImage(picture, "Tilt it.", { endpoint: elsewhere.endpoint }), {
    code: "ERR_URL_FETCH",
    message: /neither on the endpoint's host nor behind https/,
  });
});

t.test("tries again when the server is busy, fails or hangs", async (t) => {
  const { endpoint, calls } = await serve((_, reply, count) => {
    if (count === 0) return json(reply, {}, 429, { "retry-after": "7" });
    if (count === 1) return json(reply, {}, 503);
    if (count === 2) return undefined;
    return json(reply, answer);
  });
  const { waits, delay } = recorder();
  t.ok(edited.equals(await editImage(picture, "Tilt it.", { endpoint, delay, timeoutMs: 400 })));
  t.equal(waits[0], 7000, "as long as Retry-After says");
  t.equal(calls.length, 4);
  const files = calls.map(({ form }) => form?.get("image"));
  t.same(
    files.map((file) => (file instanceof File ? file.size : 0)),
    Array(4).fill(picture.length),
    "the whole picture each time",
  );
  const broken = await serve((_, reply) => json(reply, {}, 500));
  await t.rejects(editImage(picture, "Tilt it.", { endpoint: broken.endpoint, delay, retries: 2 }), {
    code: "ERR_URL_FETCH",
    message: /status 500/,
  });
  t.equal(broken.calls.length, 3);
});

t.test("does not try again where it is no use", async (t) => {
  const { delay } = recorder();
  for (const [status, body, code] of /** @type {const} */ ([
    [401, { error: { message: "bad key secret-key" } }, "ERR_INVALID_ARGUMENT"],
    [404, {}, "ERR_INVALID_ARGUMENT"],
    [400, { error: { code: "moderation_blocked", message: "refused" } }, "ERR_URL_FETCH"],
    [200, { data: [] }, "ERR_URL_FETCH"],
    [200, { data: [{}] }, "ERR_URL_FETCH"],
    [200, { data: [{ b64_json: Buffer.from("no image").toString("base64") }] }, "ERR_URL_FETCH"],
  ])) {
    const { endpoint, calls } = await serve((_, reply) => json(reply, body, status));
    const error = await editImage(picture, "Tilt it.", { endpoint, delay, apiKey: "secret-key" }).catch((e) => e);
    t.equal(error.code, code, `${status} ${JSON.stringify(body).slice(0, 60)}`);
    t.notMatch(error.message, /secret-key/);
    t.equal(calls.length, 1);
  }
});

t.test("refuses what cannot be edited, before any request", async (t) => {
  const { endpoint, calls } = await serve((_, reply) => json(reply, answer));
  await t.rejects(editImage(Buffer.from("GIF89a..."), "Tilt it.", { endpoint }), { code: "ERR_INVALID_ARGUMENT" });
  await t.rejects(editImage(picture, " \n", { endpoint }), { code: "ERR_INVALID_ARGUMENT", message: /instruction/ });
  await t.rejects(editImage(picture, "Tilt it.", { endpoint: "nowhere" }), { code: "ERR_INVALID_ARGUMENT" });
  t.equal(calls.length, 0);
});

t.test("stops when aborted", async (t) => {
  const controller = new AbortController();
  const { endpoint, calls } = await serve(() => controller.abort());
  await t.rejects(editImage(picture, "Tilt it.", { endpoint, signal: controller.signal }), { code: "ERR_ABORTED" });
  t.equal(calls.length, 1);
  await t.rejects(editImage(picture, "Tilt it.", { endpoint, signal: AbortSignal.abort() }), { code: "ERR_ABORTED" });
  t.equal(calls.length, 1);
});

t.test("instructions", async (t) => {
  t.ok(editInstructions.length >= 12);
  t.equal(new Set(editInstructions.map(({ defect }) => defect)).size, editInstructions.length);
  t.equal(new Set(editInstructions.map(({ text }) => text)).size, editInstructions.length);
  for (const instruction of editInstructions) {
    t.match(instruction.defect, /^[a-z]+(-[a-z]+)*$/);
    t.match(instruction.text, /^[A-Z].{25,}\.$/);
    t.match(instructionFor(instruction), /Keep every object/);
    t.ok(instructionFor(instruction).startsWith(instruction.text));
  }
});
