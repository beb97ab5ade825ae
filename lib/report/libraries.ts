/** What the page brings along: the chart library's builds and the page's own style and script, each with its hash. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { packageRoot } from "../native/paths.js";

/** A script or style as it stands inside its element. */
export interface Asset {
  readonly text: string;
  /** For the content security policy, e.g. "sha256-…". */
  readonly hash: string;
}

/** In the order in which they must run. */
const builds = [
  ["vega", "vega.min.js"],
  ["vega-lite", "vega-lite.min.js"],
  ["vega-embed", "vega-embed.min.js"],
] as const;

/** Scripts: the chart library, then the page's own. */
export async function readScripts(): Promise<Asset[]> {
  const require = createRequire(import.meta.url);
  // Each package's main export lies in the folder of its builds.
  const paths = builds.map(([name, file]) => join(dirname(require.resolve(name)), file));
  const texts = await Promise.all([...paths, ownAsset("report.js")].map((path) => readFile(path, "utf8")));
  return texts.map((text) => asset(scriptText(text)));
}

/** The page's style. */
export async function readStyle(): Promise<string> {
  return readFile(ownAsset("report.css"), "utf8");
}

/** Read where they lie, not compiled. */
function ownAsset(name: string): string {
  return join(packageRoot, "lib", "report", "assets", name);
}

/**
 * Keeps the script's own texts from ending its element (HTML Standard, "Restrictions for contents of script elements"), and takes away
 * the pointer to a source map, which a browser would look for.
 */
function scriptText(text: string): string {
  return text.replace(/^\/\/# sourceMappingURL=.*$/gm, "").replaceAll(/<(?=\/script|!--|script)/gi, "\\x3c");
}

function asset(text: string): Asset {
  return { text, hash: `sha256-${createHash("sha256").update(text).digest("base64")}` };
}
