// Ids of elements in a StructureDefinition (elementdefinition.html#id): `Observation.component:systolic.value[x]`.

/**
 * The id of each element, as given where it fits the path, else made of path and slice names: an element below a sliced
 * one belongs to the slice that was named last.
 */
export function elementIds(
  elements: readonly { id?: string; path: string; sliceName?: string }[],
): readonly string[] {
  /** the element before and what it is below of, outermost first */
  const open: { path: string; id: string }[] = [];
  return elements.map(({ id: given, path, sliceName }) => {
    while (open.length > 0 && !path.startsWith(`${open.at(-1)!.path}.`)) open.pop();
    const above = open.at(-1);
    const below = above ? above.id + path.slice(above.path.length) : path;
    const made = sliceName === undefined ? below : `${below}:${sliceName}`;
    const id = given !== undefined && fits(given, path, sliceName) ? given : made;
    open.push({ path, id });
    return id;
  });
}

/** Does an id lead along the path, with the slice at its end? A choice may be `value[x]` in one and `valueCode` in the other. */
function fits(id: string, path: string, sliceName: string | undefined): boolean {
  const [segments, names] = [id.split('.'), path.split('.')];
  if (segments.length !== names.length) return false;
  const slice = segments.at(-1)!.split(':')[1];
  if (slice !== sliceName && sliceName !== undefined) return false;
  return segments.every((segment, i) => {
    const [bare = ''] = segment.split(':');
    return bare === names[i] || (bare.endsWith('[x]') && names[i]!.startsWith(bare.slice(0, -3)));
  });
}
