/** Loads whose values are known: of constant variables, and of compound literals of numbers (`__imm_insn`). */
import type { Constant } from '../ir/ir.ts';
import type { Expr, GlobalVariable } from '../typed.ts';
import { constantBytes, isFoldable } from './data.ts';
import { number } from './emit.ts';
import { heldIn, isQualified, isSigned, pointeeOf, sizeOf } from './shape.ts';
import type { BodyState, UnitState } from './state.ts';

/** Null when it has to be loaded. */
export function foldedLoad(f: BodyState, expr: Extract<Expr, { kind: 'load' }>): Constant | null {
  const held = heldIn(expr.type);
  if (expr.object.kind === 'variable' && expr.object.variable.kind === 'local')
    return expr.volatile ? null : (f.constants.get(expr.object.variable) ?? null);
  const found = expr.volatile || !held ? null : bytesOf(f, expr.object);
  if (!found || !held) return null;
  const size = sizeOf(expr.type);
  if (found.at < 0 || found.at + size > found.bytes.length) return null;
  let value = 0n;
  for (let n = size - 1; n >= 0; n--) value = (value << 8n) | BigInt(found.bytes[found.at + n] ?? 0);
  return number(f, held, isSigned(expr.type) ? BigInt.asIntN(size * 8, value) : value);
}

interface Found {
  readonly bytes: Uint8Array;
  readonly at: number;
}

function bytesOf(f: BodyState, object: Expr): Found | null {
  switch (object.kind) {
    case 'variable':
      return object.variable.kind === 'global' ? ofVariable(f, object.variable) : null;
    case 'compoundLiteral': {
      const bytes = constantBytes(f.unit, object.variable.type, object.init);
      return bytes && { bytes, at: 0 };
    }
    case 'member':
      if (object.member.bits !== null || object.preserve) return null;
      return moved(bytesOf(f, object.record), object.member.offsetBits / 8);
    case 'element':
      if (object.index.kind !== 'constant') return null;
      return moved(bytesOf(f, object.array), Number(BigInt.asIntN(64, object.index.value)) * sizeOf(object.type));
    case 'deref':
      return behind(f, object.pointer);
    default:
      return null;
  }
}

/** `*(long *)&object`. */
function behind(f: BodyState, pointer: Expr): Found | null {
  if (pointer.kind === 'convert' && pointeeOf(pointer.operand.type)) return behind(f, pointer.operand);
  return pointer.kind === 'addressOf' ? bytesOf(f, pointer.object) : null;
}

function ofVariable({ unit }: BodyState, variable: GlobalVariable): Found | null {
  if (!isFoldable(variable) && !staysAsItIs(unit, variable)) return null;
  let bytes = unit.images.get(variable);
  if (bytes === undefined) {
    bytes = variable.init ? constantBytes(unit, variable.type, variable.init) : null;
    unit.images.set(variable, bytes);
  }
  return bytes && { bytes, at: 0 };
}

/** A static variable that nobody writes to: not even a loader, which finds only what has a section of its own. */
function staysAsItIs(unit: UnitState, variable: GlobalVariable): boolean {
  const { external, linkage, attributes, type } = variable;
  if (external || linkage !== 'internal' || attributes.section !== null || attributes.used) return false;
  return !isQualified(type, 'volatile') && !unit.written.has(variable.name);
}

function moved(found: Found | null, bytes: number): Found | null {
  return found && { ...found, at: found.at + bytes };
}
