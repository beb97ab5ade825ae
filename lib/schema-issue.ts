/** What a zod schema finds wrong, as part of a sentence. */
import type { z } from "zod";

/** The first thing that a schema finds wrong, to follow "is not as documented": " at images.0.file: Invalid input". */
export function describeIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  const where = issue && issue.path.length > 0 ? ` at ${issue.path.join(".")}` : "";
  return `${where}: ${issue?.message ?? "unknown"}`;
}
