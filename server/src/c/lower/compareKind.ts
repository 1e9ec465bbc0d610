import { unreachable } from '../../base/assert.ts';
import type { CompareOp as IrCompareOp } from '../ir/ir.ts';
import type { CompareOp } from '../typed.ts';
import type { CType } from '../types.ts';
import { isSigned } from './shape.ts';

/** C's comparison as the machine's, by the operands' type. */
export function compareKind(op: CompareOp, type: CType): IrCompareOp {
  const signed = isSigned(type);
  switch (op) {
    case 'eq':
    case 'ne':
      return op;
    case 'lt':
      return signed ? 'slt' : 'ult';
    case 'le':
      return signed ? 'sle' : 'ule';
    case 'gt':
      return signed ? 'sgt' : 'ugt';
    case 'ge':
      return signed ? 'sge' : 'uge';
    default:
      return unreachable(op);
  }
}
