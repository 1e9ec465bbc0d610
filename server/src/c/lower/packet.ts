/** LD_ABS and LD_IND: loads from a packet by offset. */
import type { Value } from '../ir/ir.ts';
import type { CType } from '../types.ts';
import { emit, number, toInt32, toInt64 } from './emit.ts';
import { heldIn } from './shape.ts';
import type { BodyState } from './state.ts';

/** args: skb, offset. */
export function builtinLoad(f: BodyState, args: readonly Value[], size: 1 | 2 | 4, type: CType): Value {
  const [skb = number(f, 'ptr', 0), offset = number(f, 'i64', 0)] = args;
  const loaded = emit(f, { op: 'packetLoad', type: 'i64', args: [skb, toInt64(f, offset, false)], size });
  return heldIn(type) === 'i32' ? toInt32(f, loaded) : loaded;
}
