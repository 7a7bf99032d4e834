// A copy-on-write view of a JSON tree while a patch is applied: the input is never written to, what is not on the way to a
// change is shared with it, and each object or array is copied at most once however many operations touch it.

/** An object of a parsed JSON tree. */
export type JsonObject = Record<string, unknown>;

/** A tree being patched: `holder.root` is its current state, `owned` the containers made here and safe to write to. */
export interface Draft {
  holder: { root: unknown };
  owned: Set<object>;
}

/** A draft of `root`; reading `draft.holder.root` at the end gives the result, the input itself when nothing changed. */
export function draftOf(root: unknown): Draft {
  const holder = { root };
  return { holder, owned: new Set([holder]) };
}

/** Whether a value is an object or array of a tree (a decimal atom is neither: it is a leaf). */
export function isContainer(value: unknown): value is JsonObject | unknown[] {
  return typeof value === 'object' && value !== null && !JSON.isRawJSON(value);
}

export function isJsonObject(value: unknown): value is JsonObject {
  return isContainer(value) && !Array.isArray(value);
}

/** The container at `parent[key]`, made writable first; `parent` must be owned already. */
export function ownMember(draft: Draft, parent: object, key: string | number): JsonObject | unknown[] {
  const members = parent as Record<string | number, JsonObject | unknown[]>;
  const child = members[key];
  if (draft.owned.has(child)) {
    return child;
  }
  const copy = Array.isArray(child) ? child.slice() : { ...child };
  draft.owned.add(copy);
  members[key] = copy;
  return copy;
}
