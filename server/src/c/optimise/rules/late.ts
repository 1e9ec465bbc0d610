/** Operations that waited for constants: their sizes or texts are known now, or not yet. */
import type { Constant, Instr, Value } from '../../ir/ir.ts';
import { alignmentOf } from './memory.ts';
import { constantOf, make, number, type Simplifier } from './simplifier.ts';

export function simplifyLate(state: Simplifier, instr: Instr & { op: 'late' }): Value | 'gone' | null {
  switch (instr.kind) {
    case 'constantP':
      return instr.args[0]?.op === 'const' ? answer(state, instr, 1n) : null;
    case 'memcpy':
    case 'memmove':
    case 'memset':
      return knownSize(state, instr, instr.kind);
    case 'memcmp':
      return constantOf(instr.args[2]) === 0n ? answer(state, instr, 0n) : null;
    case 'strlen':
      return foldedStrlen(state, instr);
    case 'strcmp':
    case 'strncmp':
      return foldedCompare(state, instr);
  }
}

function answer(state: Simplifier, instr: Instr, value: bigint): Constant {
  return number(state, instr.type as Constant['type'], value);
}

function knownSize(
  state: Simplifier,
  instr: Instr & { op: 'late' },
  op: 'memcpy' | 'memmove' | 'memset',
): Value | 'gone' | null {
  const [to, from, size] = instr.args as [Value, Value, Value];
  const sizeBytes = constantOf(size);
  if (sizeBytes === null || sizeBytes > 0x7fff_ffffn) return null;
  const known =
    op === 'memset' ? alignmentOf(state, to) : Math.min(...[to, from].map((end) => alignmentOf(state, end)));
  const alignBytes = Math.max(known, instr.alignBytes ?? 1);
  make(state, instr, { op, type: 'void', sizeBytes: Number(sizeBytes), alignBytes }, to, from);
  return instr.type === 'void' ? 'gone' : to;
}

function foldedStrlen(state: Simplifier, instr: Instr & { op: 'late' }): Value | null {
  const text = textAt(state, instr.args[0] as Value);
  return text === null ? null : answer(state, instr, BigInt(text.length));
}

function foldedCompare(state: Simplifier, instr: Instr & { op: 'late' }): Value | null {
  const [a, b, n] = instr.args as [Value, Value, Value | undefined];
  const limit = n === undefined ? Number.MAX_SAFE_INTEGER : Number(constantOf(n) ?? -1n);
  const [left, right] = [textAt(state, a), textAt(state, b)];
  if (limit < 0 || left === null || right === null) return null;
  const [x, y] = [left.slice(0, limit), right.slice(0, limit)];
  return answer(state, instr, x === y ? 0n : x < y ? -1n : 1n);
}

/** The characters up to the closing zero, one for each byte. */
function textAt(state: Simplifier, value: Value): string | null {
  const base = value.op === 'binary' && value.kind === 'add' && value.args[1]?.op === 'const' ? value.args[0] : value;
  const off = base === value ? 0 : Number(constantOf((value as Instr).args[1]));
  if (base?.op !== 'address') return null;
  const data = state.module.data.get(base.symbol.name);
  if (!data?.foldable) return null;
  const at = base.addend + off;
  const end = at < 0 ? -1 : data.bytes.indexOf(0, at);
  return end === -1 ? null : String.fromCharCode(...data.bytes.subarray(at, end));
}
