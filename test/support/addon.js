// @ts-check
// The addon as tests use it: loaded by the package's own loader, with helpers for the tiny model.
import { loadAddon } from "../../dist/native/load.js";

export const addon = loadAddon();

/**
 * @param {string} directory
 * @param {{ device?: string, threads?: number }} [options]
 */
export function loadEngine(directory, { device = "cpu", threads = 0 } = {}) {
  return addon.loadEngine({ directory, device, threads });
}

/**
 * Enough queued work to keep the engine's thread busy while a test acts: large images, whose resizing is slow.
 * @param {import("../../dist/native/addon.js").NativeEngine} engine
 * @param {number} count
 */
export function keepBusy(engine, count) {
  const side = 1500;
  const image = { data: new Uint8Array(side * side * 3).fill(77), width: side, height: side };
  return Array.from({ length: count }, () => engine.score(image));
}
