// `is`, `as` and ofType() (http://hl7.org/fhirpath/N1/#types, http://hl7.org/fhir/R4/fhirpath.html#types).
import type { FhirPathNode } from '../definitions/fhirPath/fhirPathNode.ts';
import { type Context, type Expression, ofItems, ofTruth, shapeOfItem } from './expression.ts';
import { FhirPathError, onlyItem } from './item.ts';
import { isSystemType, type Model, type Shape, shapeNamed } from './shape.ts';

/** The type a name means: FHIR's, unless it says otherwise or only FHIRPath has one (`Boolean`); undefined for neither. */
export function typeNamed(name: string, { definitions }: Model): string | undefined {
  const [, qualifier, plain] = /^(?:(FHIR|System)\.)?(\w+)$/.exec(name) ?? [];
  if (plain === undefined) return undefined;
  if (qualifier !== 'System' && definitions.types.has(plain)) return plain;
  return qualifier !== 'FHIR' && isSystemType(plain) ? `System.${plain}` : undefined;
}

/** Whether a shape is of a type or of one that specialises it. */
function isOfType(shape: Shape, type: string): boolean {
  return shape.ancestors.has(type);
}

/**
 * Whether ofType() and `as` pick a shape. JSON and XML spell one type for every primitive, so that a `code` is picked as a
 * code and not as the string it specialises (published FHIRPath tests, testInheritance).
 */
function isPickedBy(shape: Shape, type: string): boolean {
  return shape.primitive ? shape.name === type || type === 'System.Any' : isOfType(shape, type);
}

/** Compiles `operand is type`, `operand as type` and `ofType`. Throws FhirPathError for a type that is not defined. */
export function compileTypeTest(
  operator: 'is' | 'as' | 'ofType',
  operand: FhirPathNode | Expression,
  name: string,
  position: number,
  context: Context,
): Expression {
  const { model } = context;
  const target = 'position' in operand ? context.compile(operand, context) : operand;
  const type = typeNamed(name, model);
  // Published constraints ask whether something `is` of a type of later versions; it is not.
  if (type === undefined && (context.strict || operator !== 'is')) {
    throw new FhirPathError('unknown-name', `there is no type '${name}'`, position);
  }
  if (operator === 'is') {
    return ofTruth(
      context,
      (frame) => {
        const item = onlyItem(target.items(frame));
        return item && type !== undefined && isOfType(shapeOfItem(frame, item), type);
      },
      { fixed: target.fixed },
    );
  }
  const shapes = pickedShapes(target, type!, model);
  return ofItems(
    (frame) => target.items(frame).filter((item) => isPickedBy(shapeOfItem(frame, item), type!)),
    { shapes, single: target.single, fixed: target.fixed },
  );
}

function pickedShapes(target: Expression, type: string, model: Model): readonly Shape[] | undefined {
  const shape = shapeNamed(model, type);
  // Specialisations have the elements of what they specialise; only a resource brings elements of its own.
  if (shape.open || type === 'Element' || type === 'BackboneElement') return undefined;
  const known = target.shapes?.every(({ open }) => !open) ? target.shapes : undefined;
  return (
    known?.filter((candidate) => isPickedBy(candidate, type)) ??
    (shape.resource || shape.primitive ? [shape] : undefined)
  );
}
