/** Label-free supervision: from good images to ordered pairs. */
export {
  type Chain,
  type ChainOptions,
  defaultSeverities,
  type ImageRecipe,
  memberCount,
  members,
  planImage,
  renderMember,
} from "./chains.js";
export { type DegradationFamily, families, familyByName, type VisualAspect } from "./degradations/index.js";
export { type ImageList, isHeldOut, type ManifestFilter, readImages, type SourceImage } from "./manifest.js";
export { Random } from "./random.js";
export { type FinalEncoding, fitWithin, type Raster, readRaster } from "./raster.js";
export {
  allPairs,
  type BatchShape,
  defaultShape,
  type OrderedPair,
  PairSampler,
  type PoolChain,
  type PoolImage,
  strongSeverity,
} from "./sampler.js";
