// @ts-check
/** Local HTTP servers that behave like image-generation APIs, well and badly. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import sharp from "sharp";

/**
 * @typedef {object} Call
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string | string[] | undefined>} headers
 * @property {any} body
 * @property {number} at milliseconds, monotonic
 *
 * @typedef {(call: Call, reply: import("node:http").ServerResponse, count: number) => void | Promise<void>} Handler
 */

/**
 * @param {Handler} handler called with each request and how many came before it
 * @returns {Promise<{ url: string, calls: Call[], close(): Promise<void> }>}
 */
export async function serve(handler) {
  /** @type {Call[]} */
  const calls = [];
  const server = createServer(async (request, reply) => {
    const bytes = await readAll(request);
    if (!bytes) return;
    const type = request.headers["content-type"] ?? "";
    /** @type {Call} */
    const call = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: await readBody(bytes, type),
      at: performance.now(),
    };
    calls.push(call);
    await handler(call, reply, calls.length - 1);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a client sends; undefined when it is gone before the end. @param {import("node:http").IncomingMessage} request */
async function readAll(request) {
  const parts = [];
  try {
    for await (const part of request) parts.push(part);
  } catch {
    return undefined;
  }
  return Buffer.concat(parts);
}

/** JSON, or a form. @param {Buffer} bytes @param {string} type */
async function readBody(bytes, type) {
  if (type.startsWith("multipart/form-data"))
    return new Response(Uint8Array.from(bytes), { headers: { "content-type": type } }).formData();
  return bytes.length === 0 ? undefined : JSON.parse(bytes.toString("utf8"));
}

/** @param {import("node:http").ServerResponse} reply @param {unknown} body @param {number} [status] @param {Record<string, string>} [headers] */
export function json(reply, body, status = 200, headers = {}) {
  reply.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

/**
 * A picture that is the same for the same prompt and seed, and another one for others.
 *
 * @param {string} prompt @param {number} seed @param {number} width @param {number} height
 */
export function draw(prompt, seed, width, height) {
  const digest = createHash("sha256").update(`${prompt}\0${seed}`).digest();
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = Number(digest[i % 32]) ^ ((i / 37) & 255);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/**
 * OpenAI's `images/generations`. `before` may answer instead; it returns true when it did.
 *
 * @param {(call: Call, reply: import("node:http").ServerResponse, count: number) => boolean | Promise<boolean>} [before]
 */
export function openAiServer(before = () => false) {
  return serve(async (call, reply, count) => {
    if (await before(call, reply, count)) return;
    if (call.method !== "POST" || call.path !== "/v1/images/generations")
      return json(reply, { error: { message: "no such path" } }, 404);
    const [width, height] = call.body.size.split("x").map(Number);
    const bytes = await draw(call.body.prompt, call.body.seed, width, height);
    json(reply, { created: 1, data: [{ b64_json: bytes.toString("base64") }] });
  });
}

/**
 * OpenAI's `images/edits`: the picture in other colours, the same ones for the same instruction. `before` may answer instead; it
 * returns true when it did.
 *
 * @param {(call: Call, reply: import("node:http").ServerResponse, count: number) => boolean | Promise<boolean>} [before]
 */
export function editServer(before = () => false) {
  return serve(async (call, reply, count) => {
    if (await before(call, reply, count)) return;
    if (call.method !== "POST" || call.path !== "/v1/images/edits") return json(reply, { error: "no such path" }, 404);
    const digest = createHash("sha256")
      .update(String(call.body.get("prompt")))
      .digest();
    const bytes = await sharp(Buffer.from(await call.body.get("image").arrayBuffer()))
      .modulate({ brightness: 0.3 + digest.readUInt8(0) / 512, hue: 30 + digest.readUInt8(1) })
      .png()
      .toBuffer();
    json(reply, { created: 1, data: [{ b64_json: bytes.toString("base64") }] });
  });
}
