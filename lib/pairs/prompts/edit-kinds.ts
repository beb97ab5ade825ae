/** What one slot of a prompt can be, apart from the parser, which is slow to load. */
export const editKinds = ["object", "attribute", "count", "relation", "style", "negation"] as const;
export type EditKind = (typeof editKinds)[number];
