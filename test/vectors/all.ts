import type { BpfObject } from '../../server/src/program/program.ts';
import { objectOf } from '../support/assembled.ts';
import { GENERATED } from './generated.ts';
import { VECTORS, type Vector } from './vectors.ts';

export interface AssembledVector extends Vector {
  readonly object: BpfObject;
}

/** Every vector with its program. */
export const ALL_VECTORS: readonly AssembledVector[] = [...VECTORS, ...GENERATED].map((vector) => {
  const { text } = vector;
  const whole = text.includes('.section') ? text : `.section "xdp"\n.globl main\nmain:\n${text}`;
  return { ...vector, object: objectOf(`.license "GPL"\n${whole}\n`) };
});
