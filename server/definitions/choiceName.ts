// Names of choices of types (formats.html#choice): `value[x]` appears as `valueQuantity`.
import type { ElementType } from './structure.ts';

/** `Quantity`, where `name` is `valueQuantity` and `choice` is `value[x]`; undefined where it is not of that choice. */
export function namedType(choice: string, name: string): string | undefined {
  if (!choice.endsWith('[x]')) return undefined;
  const stem = choice.slice(0, -3);
  const suffix = name.slice(stem.length);
  return name.startsWith(stem) && /^[A-Z]/.test(suffix) ? suffix : undefined;
}

/** The type that a name of a choice ends with: `dateTime` for `DateTime`. */
export function typeOfName(types: readonly ElementType[], suffix: string): ElementType | undefined {
  return types.find(({ code }) => code.charAt(0).toUpperCase() + code.slice(1) === suffix);
}
