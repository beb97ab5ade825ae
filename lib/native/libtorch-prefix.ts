/**
 * Prints the prefix of the LibTorch that a build would use, and nothing else; never fetches. native/cmake/LibTorch.cmake
 * runs it when cmake-js or node-gyp is called directly.
 */
import { findLibTorch } from "./libtorch.js";

try {
  const { found, passed } = findLibTorch();
  if (found) {
    process.stdout.write(found.prefix);
  } else {
    for (const { source, reason } of passed) process.stderr.write(`No LibTorch from ${source}: ${reason}.\n`);
    process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
