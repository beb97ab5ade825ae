/** Training of a critic from good images alone. */
export { type Figures, type FigureTable, renderCard } from "./card.js";
export { readFigures } from "./figures.js";
export { type Architecture, defaultTrainOptions, type TrainOptions, type TrainProgress } from "./options.js";
export type { TrainingRecord } from "./record.js";
export { type TrainHooks, type TrainResult, train } from "./train.js";
