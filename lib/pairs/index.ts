/** Label-free supervision: from good images to ordered pairs. */
export { defaultSeverities, type ImageRecipe, isVisual, members, planImage, renderMember } from "./chains.js";
export { type DegradationFamily, families, familyByName, type VisualAspect } from "./degradations/index.js";
export { allFamilies } from "./families.js";
export { PairManifest } from "./manifest/read.js";
export type { End, Header, Relation, Unit } from "./manifest/schema.js";
export { Random } from "./random.js";
export { fitWithin, type Raster, readRaster } from "./raster.js";
export { allPairs, type BatchShape, defaultShape, PairSampler, type PoolImage, strongSeverity } from "./sampler.js";
export { contentOf } from "./sources/content.js";
export { refuseEvaluationCopy } from "./sources/evaluation-copies.js";
export { publishingObstacle } from "./sources/provenance.js";
export { isHeldOut, readImages } from "./sources/read.js";
export type { SourceImage } from "./sources/source-image.js";
