// Compiles any part of a syntax tree: literals, constants and variables here, the rest by its own file.
import type {
  ConstantNode,
  FhirPathNode,
  LiteralNode,
  VariableNode,
} from '../definitions/fhirPath/fhirPathNode.ts';
import { compileCall } from './compileCall.ts';
import { compileMember, pathFrom } from './compileMember.ts';
import { compileOperator } from './compileOperator.ts';
import { type Context, type Expression, type Frame, ofConstant, ofInteger, ofItems } from './expression.ts';
import { integerIn } from './functions/functionRule.ts';
import { evaluationError, FhirPathError, type Item, noItems, truthItems, valueItem } from './item.ts';
import { quantityItem } from './quantity.ts';

/** Compiles a part of an expression. Throws FhirPathError. */
export function compileNode(node: FhirPathNode, context: Context): Expression {
  const expression = keptInLoops(compileAny(node, context), node, context);
  if (!context.plain) return expression;
  const { items, shapes, single, fixed } = expression;
  return ofItems(items, { shapes, single, fixed });
}

function compileAny(node: FhirPathNode, context: Context): Expression {
  switch (node.kind) {
    case 'member':
      return compileMember(node, context);
    case 'call':
      return compileCall(node, context);
    case 'indexer': {
      const target = context.compile(node.target, context);
      const position = context.compile(node.index, context);
      return ofItems(
        (frame) => {
          const index = integerIn(position.items(frame), 'an indexer');
          const item = index === undefined ? undefined : target.items(frame)[index];
          return item ? [item] : noItems;
        },
        { shapes: target.shapes, single: true, fixed: target.fixed && position.fixed },
      );
    }
    case 'literal':
      return compileLiteral(node, context);
    case 'quantity':
      return ofConstant(context, [quantityItem(numberFromText(node.value), node.unit, node.calendar)]);
    case 'empty':
      return ofConstant(context, noItems);
    case 'constant':
      return compileConstant(node, context);
    case 'variable':
      return compileVariable(node, context);
    default:
      return compileOperator(node, context);
  }
}

/** In a loop, a part that does not depend on `$this` is evaluated once: `%resource.descendants().reference`. */
function keptInLoops(expression: Expression, node: FhirPathNode, context: Context): Expression {
  const costly = node.kind === 'call' || node.kind === 'binary' || node.kind === 'member';
  if (!context.looping || context.aggregating || !expression.fixed || expression.constant || !costly)
    return expression;
  const place = context.places.kept++;
  return {
    ...ofItems(
      (frame) => {
        frame.kept ??= [];
        frame.kept[place] ??= expression.items(frame);
        return frame.kept[place];
      },
      { shapes: expression.shapes, single: expression.single, fixed: true },
    ),
    logical: expression.logical,
  };
}

const numberTypes = { integer: 'System.Integer', decimal: 'System.Decimal' };

/** A literal's number: JSON, unlike FHIRPath, has no leading zeros. */
function numberFromText(text: string): number | ReturnType<typeof JSON.rawJSON> {
  const source = text.replace(/^0+(?=\d)/, '');
  return String(Number(source)) === source ? Number(source) : JSON.rawJSON(source);
}

function compileLiteral({ type, text, position }: LiteralNode, context: Context): Expression {
  switch (type) {
    case 'string':
      return ofConstant(context, [valueItem(text, 'System.String')]);
    case 'boolean':
      return {
        ...ofConstant(context, truthItems(text === 'true')),
        logical: true,
        truth: () => text === 'true',
      };
    case 'number': {
      if (text.length > 1000)
        throw new FhirPathError('unsupported', 'a number of more than 1000 digits', position);
      const value = numberFromText(text);
      const integer = !text.includes('.');
      const expression = ofConstant(context, [
        valueItem(value, integer ? numberTypes.integer : numberTypes.decimal),
      ]);
      return integer && typeof value === 'number' ? { ...expression, number: () => value } : expression;
    }
    case 'date':
      return ofConstant(context, [valueItem(text, 'System.Date')]);
    case 'dateTime':
      return ofConstant(context, [valueItem(text, 'System.DateTime')]);
    default:
      return ofConstant(context, [valueItem(text, 'System.Time')]);
  }
}

/** Constants that FHIR defines (fhirpath.html#variables). */
const constants: Record<string, string> = {
  sct: 'http://snomed.info/sct',
  loinc: 'http://loinc.org',
  ucum: 'http://unitsofmeasure.org',
};

function compileConstant({ name }: ConstantNode, context: Context): Expression {
  if (name === 'resource' || name === 'rootResource') return pathFrom(name, context);
  if (name === 'context') return pathFrom('input', context);
  const text = Object.hasOwn(constants, name) ? constants[name] : canonicalOf(name);
  if (text !== undefined) return ofConstant(context, [valueItem(text, 'System.String')]);
  return ofItems(
    ({ env }) => {
      const given = env.constants && Object.hasOwn(env.constants, name) ? env.constants[name] : undefined;
      if (!given) throw evaluationError(`there is no constant %${name}`);
      return given;
    },
    { fixed: true },
  );
}

function canonicalOf(name: string): string | undefined {
  if (name.startsWith('vs-')) return `http://hl7.org/fhir/ValueSet/${name.slice('vs-'.length)}`;
  return name.startsWith('ext-')
    ? `http://hl7.org/fhir/StructureDefinition/${name.slice('ext-'.length)}`
    : undefined;
}

function compileVariable({ name, target, position }: VariableNode, context: Context): Expression {
  if (target) {
    throw new FhirPathError('unsupported', `$${name} behind a dot is not supported`, position);
  }
  if (name === 'this') return pathFrom('this', context);
  if (name === 'index') return ofInteger(context, (frame) => frame.index);
  return ofItems((frame: Frame): readonly Item[] => frame.total);
}
