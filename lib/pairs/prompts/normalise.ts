/** A prompt as it is compared: case, spacing and closing punctuation do not make another one. */
export function normalisePrompt(prompt: string): string {
  return prompt
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\s+/g, " ")
    .replace(/[\s.!]+$/, "")
    .trim();
}
