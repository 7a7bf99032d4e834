// One ElementDefinition of a snapshot or a differential, reduced to what validation needs (elementdefinition.html).
import type {
  Constraint,
  Discriminator,
  ElementBinding,
  ElementType,
  Slicing,
  StructureElement,
} from './structure.ts';

/** What an element of a differential says; of the rest the base decides. */
export type StatedElement = Pick<StructureElement, 'path'> & Partial<Omit<StructureElement, 'path'>>;

/** The parts of an ElementDefinition that are read. */
export interface RawElement {
  id?: string;
  path: string;
  sliceName?: string;
  slicing?: { discriminator?: Discriminator[]; ordered?: boolean; rules?: Slicing['rules'] };
  min?: number;
  max?: string;
  base?: { path?: string };
  contentReference?: string;
  type?: RawType[];
  maxLength?: number;
  constraint?: Constraint[];
  mustSupport?: boolean;
  isModifier?: boolean;
  binding?: {
    strength: ElementBinding['strength'];
    valueSet?: string;
    extension?: { url: string; valueCanonical?: string; valueUri?: string }[];
  };
  [key: string]: unknown;
}

interface RawType {
  code?: string;
  profile?: string[];
  targetProfile?: string[];
  aggregation?: ElementType['aggregation'];
  versioning?: ElementType['versioning'];
  extension?: { url: string; valueUrl?: string }[];
}

const SYSTEM_TYPE = 'http://hl7.org/fhirpath/System.';
const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';
const MAX_VALUE_SET = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';

/** The fields that the element states; those that hold nothing are left out. */
export function reduceElement(raw: RawElement): StatedElement {
  const { id, path, sliceName, slicing, min, max, contentReference, maxLength, binding } = raw;
  const constraints = constraintsOf(raw);
  return {
    ...(id === undefined ? {} : { id }),
    path,
    ...(sliceName === undefined ? {} : { sliceName }),
    ...(slicing ? { slicing: slicingOf(slicing) } : {}),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max: max === '*' ? Number.POSITIVE_INFINITY : Number(max) }),
    // Some name the structure in front of the `#`; what is referred to is always a part of the same type.
    ...(contentReference
      ? { contentReference: contentReference.slice(contentReference.indexOf('#') + 1) }
      : {}),
    ...(raw.type ? { types: raw.type.map((type) => typeOf(type, raw)) } : {}),
    ...chosen(raw, 'fixed'),
    ...chosen(raw, 'pattern'),
    ...chosen(raw, 'minValue'),
    ...chosen(raw, 'maxValue'),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(binding ? { binding: bindingOf(binding) } : {}),
    ...(constraints.length > 0 ? { constraints } : {}),
    ...(raw.mustSupport ? { mustSupport: true } : {}),
    ...(raw.isModifier ? { isModifier: true } : {}),
  };
}

/** The value of `fixed[x]` and its like. */
function chosen(
  raw: RawElement,
  name: 'fixed' | 'pattern' | 'minValue' | 'maxValue',
): Partial<StatedElement> {
  for (const key in raw) {
    const next = key.charCodeAt(name.length);
    // `minValueSet` and the like would be another element, but there is none.
    if (key.startsWith(name) && next >= 65 && next <= 90) return { [name]: raw[key] };
  }
  return {};
}

/** All but `ele-1`, which holds of every element and is judged without being asked for. */
function constraintsOf({ constraint = [] }: RawElement): Constraint[] {
  return constraint
    .filter(({ key }) => key !== 'ele-1')
    .map(({ key, severity, human, expression, source }) => ({
      ...{ key, severity, human },
      ...(expression === undefined ? {} : { expression }),
      ...(source === undefined ? {} : { source }),
    }));
}

function slicingOf({ discriminator = [], ordered, rules }: NonNullable<RawElement['slicing']>): Slicing {
  return {
    discriminators: discriminator.map(({ type, path }) => ({ type, path })),
    ordered: ordered ?? false,
    rules: rules ?? 'open',
  };
}

function bindingOf({ strength, valueSet, extension }: NonNullable<RawElement['binding']>): ElementBinding {
  const most = extension?.find(({ url }) => url === MAX_VALUE_SET);
  const maxValueSet = most?.valueCanonical ?? most?.valueUri;
  return {
    strength,
    ...(valueSet === undefined ? {} : { valueSet }),
    ...(maxValueSet === undefined ? {} : { maxValueSet }),
  };
}

function typeOf(type: RawType, element: RawElement): ElementType {
  return {
    code: typeCode(type, element),
    ...(type.profile?.length ? { profiles: type.profile } : {}),
    ...(type.targetProfile?.length ? { targetProfiles: type.targetProfile } : {}),
    ...(type.aggregation?.length ? { aggregation: type.aggregation } : {}),
    ...(type.versioning ? { versioning: type.versioning } : {}),
  };
}

/** The name of a FHIR type; ids and values of primitive types state a type of FHIRPath and, as an extension, FHIR's. */
function typeCode({ code = '', extension }: RawType, { path, base }: RawElement): string {
  // Published as `string`; resource.html says id.
  if ((base?.path ?? path) === 'Resource.id') return 'id';
  if (!code.startsWith(SYSTEM_TYPE)) return code;
  const stated = extension?.find(({ url }) => url === FHIR_TYPE)?.valueUrl;
  if (stated !== undefined) return stated;
  const system = code.slice(SYSTEM_TYPE.length);
  return system[0]!.toLowerCase() + system.slice(1);
}
