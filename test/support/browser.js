// @ts-check
// A headless Chromium for tests of pages; the machine's own, since none is downloaded.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Path of a Chromium: ELIQ_CHROMIUM, or the first of the usual names on PATH. */
export function findChromium() {
  const { ELIQ_CHROMIUM, PATH = "" } = process.env;
  if (ELIQ_CHROMIUM) return ELIQ_CHROMIUM;
  const places = PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return places.find((path) => existsSync(path));
}

/**
 * `skip` for a test that needs a browser: a reason where there is none, false where there is one, and where CI says that it must be.
 */
export function withoutBrowser() {
  if (findChromium() || process.env.CI === "true") return false;
  return "no Chromium on PATH; install one, or name it in ELIQ_CHROMIUM";
}

/**
 * What a page says that it should not: warnings and errors on its console, and requests to anywhere but files and itself.
 *
 * @param {import("playwright-core").Page} tab listened to from now on @returns {string[]} grows as things come
 */
export function complaintsOf(tab) {
  /** @type {string[]} */
  const complaints = [];
  tab.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  tab.on("pageerror", (error) => complaints.push(String(error)));
  tab.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(`request to ${request.url()}`);
  });
  return complaints;
}

/** Starts the browser. It fetches nothing by itself. */
export async function launchBrowser() {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("There is no Chromium on PATH, and CI=true wants one.");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
