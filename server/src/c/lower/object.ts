/** Lvalues: where the objects that expressions name lie. */
import { assert } from '../../base/assert.ts';
import type { IrSymbol, Value } from '../ir/ir.ts';
import type { Expr, GlobalVariable, LocalVariable } from '../typed.ts';
import type { CType } from '../types.ts';
import { aliasedRecord } from './alias.ts';
import { pointerAlignment, stackAlignment, variableAlignment } from './alignment.ts';
import { movedPointer, scaled } from './arithmetic.ts';
import { preservedLocation } from './corePath.ts';
import { effect } from './effect.ts';
import { alloca, emit, toInt64 } from './emit.ts';
import { initialise } from './initialise.ts';
import { addressOf, alignAfter, locationAt, memberOf, movedBy, type Location } from './location.ts';
import { recordAt } from './record.ts';
import { innermostBlock } from './scope.ts';
import { addressSpaceOf, isSigned, pointeeOf, recordOf, sizeOf, spaceOf } from './shape.ts';
import type { BodyState } from './state.ts';
import { literalSymbol, symbolOf } from './symbol.ts';
import { value } from './value.ts';

type ExprOf<K extends Expr['kind']> = Extract<Expr, { kind: K }>;

/** Of an lvalue; of a record value, where it was put. */
export function locationOf(f: BodyState, expr: Expr): Location {
  switch (expr.kind) {
    case 'string':
      return locationAt(symbolAddress(f, literalSymbol(f.unit, expr.literal.bytes)), 1);
    case 'variable':
      return variableLocation(f, expr.variable);
    case 'deref':
      return pointed(f, expr.pointer);
    case 'member': {
      const preserved = preservedLocation(f, expr);
      if (preserved !== null) return preserved;
      return memberOf(aliasedRecord(locationOf(f, expr.record), expr.record.type), expr.owner, expr.member);
    }
    case 'element':
      return preservedLocation(f, expr) ?? element(f, expr);
    case 'compoundLiteral':
      return compoundLiteral(f, expr);
    case 'comma':
      effect(f, expr.first);
      return locationOf(f, expr.second);
    case 'builtin':
      if (expr.name !== 'preserve_access_index') return recordAt(f, expr);
      return locationOf(f, argument(expr, 0));
    default:
      return recordAt(f, expr);
  }
}

/** The checker has counted the arguments of builtins. */
export function argument({ args }: ExprOf<'builtin'>, index: number): Expr {
  const arg = args[index];
  assert(arg !== undefined, 'a builtin has its arguments');
  return arg;
}

/** What a pointer points to; constant steps from it become part of the location. */
export function pointed(f: BodyState, pointer: Expr): Location {
  const { base, off } = steppedFrom(f, pointer);
  return { base, off, alignBytes: pointerAlignment(pointer).bytes, space: addressSpaceOf(pointer.type), field: null };
}

function steppedFrom(f: BodyState, pointer: Expr): Location {
  switch (pointer.kind) {
    case 'addressOf':
      return pointer.object.kind === 'function' ? locationAt(value(f, pointer), 1) : locationOf(f, pointer.object);
    case 'decay':
      return locationOf(f, pointer.array);
    case 'convert':
      if (samePointer(pointer)) return steppedFrom(f, pointer.operand);
      return locationAt(value(f, pointer), 1);
    case 'pointerAdd': {
      const bytes = constantStep(pointer.index, pointer.scaleBytes);
      if (bytes === null) return locationAt(value(f, pointer), 1);
      return movedBy(steppedFrom(f, pointer.pointer), pointer.subtract ? -bytes : bytes);
    }
    default:
      return locationAt(value(f, pointer), 1);
  }
}

function samePointer({ how, operand, type }: ExprOf<'convert'>): boolean {
  return how === 'pointer' && pointeeOf(operand.type) !== null && addressSpaceOf(operand.type) === addressSpaceOf(type);
}

function constantStep(index: Expr, scale: number): number | null {
  if (index.kind !== 'constant') return null;
  const bytes = Number(BigInt.asIntN(64, index.value)) * scale;
  return Number.isSafeInteger(bytes) ? bytes : null;
}

function symbolAddress(f: BodyState, symbol: IrSymbol): Value {
  return emit(f, { op: 'address', type: 'ptr', args: [], symbol, addend: 0 });
}

function variableLocation(f: BodyState, variable: LocalVariable | GlobalVariable): Location {
  if (variable.kind === 'local') return localLocation(f, variable);
  return locationAt(symbolAddress(f, symbolOf(f.unit, variable)), variableAlignment(variable), spaceOf(variable.type));
}

export function localLocation(f: BodyState, variable: LocalVariable): Location {
  return locationAt(localAddress(f, variable), stackAlignment(variable));
}

/** Its stack memory, made when it is first mentioned (a `goto` may jump over the declaration). */
export function localAddress(f: BodyState, variable: LocalVariable): Value {
  const known = f.locals.get(variable);
  if (known) return known;
  const { name, type, declaredAt } = variable;
  const parameter = f.symbol.params.includes(variable);
  const block = innermostBlock(f);
  const about = name === '' ? null : { name, type, place: declaredAt.start, parameter, block };
  const size = parameter ? parameterSize(type) : sizeOf(type);
  const made = alloca(f, Math.max(size, 1), stackAlignment(variable), about);
  f.locals.set(variable, made);
  return made;
}

/** Small records are passed in whole registers, which are stored at once. */
function parameterSize(type: CType): number {
  const size = sizeOf(type);
  return recordOf(type) && size < 16 ? Math.ceil(size / 8) * 8 : size;
}

/** Memory for a record that has no name. */
export function temporary(f: BodyState, sizeBytes: number): Location {
  return locationAt(alloca(f, Math.max(8, Math.ceil(sizeBytes / 8) * 8), 8, null), 8);
}

function element(f: BodyState, { array, index, type }: ExprOf<'element'>): Location {
  const whole = locationOf(f, array);
  const size = sizeOf(type);
  const bytes = constantStep(index, size);
  if (bytes !== null) return movedBy(whole, bytes);
  const at = scaled(f, toInt64(f, value(f, index), isSigned(index.type)), size);
  const base = movedPointer(f, addressOf(f, whole), at, false);
  return locationAt(base, alignAfter(whole.alignBytes, size), whole.space);
}

function compoundLiteral(f: BodyState, { variable, init }: ExprOf<'compoundLiteral'>): Location {
  const location = variableLocation(f, variable);
  if (variable.kind === 'local') initialise(f, location, variable.type, init);
  return location;
}
