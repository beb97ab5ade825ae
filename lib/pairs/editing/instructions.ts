/** What to tell an image-editing model so that it spoils a picture's composition or colour and keeps its content. */

/** One aesthetic defect and the words that ask for it. */
export interface EditInstruction {
  /** Kebab-case, unique. */
  readonly defect: string;
  /** One or two plain sentences, without what every instruction adds; see {@link instructionFor}. */
  readonly text: string;
}

/** Said after every instruction, so that the edit lowers the looks of the picture only. */
const keepContent =
  "Keep every object, person and text of the image as it is, and add nothing new. Change only what is asked for.";

/** The defects, one instruction each. */
export const editInstructions: readonly EditInstruction[] = [
  {
    defect: "tilted-horizon",
    text: "Tilt the camera clearly to one side, so that the horizon and all uprights slant.",
  },
  {
    defect: "bad-crop",
    text: "Reframe the image carelessly, so that the frame cuts through things at awkward places.",
  },
  { defect: "cut-off-subject", text: "Move the frame so that about a third of the main subject lies outside it." },
  {
    defect: "off-balance",
    text: "Push the main subject into a corner and leave the rest of the frame empty background.",
  },
  {
    defect: "tiny-subject",
    text: "Step back much too far, so that the main subject is small and lost in the background.",
  },
  {
    defect: "distracting-background",
    text: "Make the background busy and distracting, so that the subject hardly stands out.",
  },
  {
    defect: "harsh-flash",
    text: "Light the scene with a harsh direct flash: hot highlights, hard shadows, a dark background.",
  },
  { defect: "flat-light", text: "Make the light flat, dull and grey, without highlights, shadows or depth." },
  {
    defect: "back-light",
    text: "Put the light behind the main subject, so that its front is dark and the background glares.",
  },
  { defect: "mixed-light", text: "Light the left and the right of the scene with clashing colours of light." },
  { defect: "under-exposure", text: "Make the image far too dark, so that the shadows are lost in black." },
  { defect: "over-exposure", text: "Make the image far too bright, so that the lights are burnt out to white." },
  {
    defect: "colour-cast",
    text: "Give the whole image an unpleasant greenish-yellow colour cast, as of a wrong white balance.",
  },
  { defect: "garish-colours", text: "Make the colours garish and over-saturated, so that they clash." },
  { defect: "washed-out-colours", text: "Wash the colours out, so that the image looks faded and lifeless." },
  { defect: "heavy-vignette", text: "Darken the corners and edges with a heavy vignette." },
  {
    defect: "over-processed",
    text: "Process the image like an exaggerated HDR photograph, with glowing halos and gritty contrast.",
  },
];

/** The whole text to send for an instruction. */
export function instructionFor({ text }: EditInstruction): string {
  return `${text} ${keepContent}`;
}
