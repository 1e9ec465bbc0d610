/** Buffers whose size is known only when the program is attached. Mirrors `__check_buffer_access`, v6.18. */
import { rejectReg } from './rejection.ts';
import type { RegisterState } from './state/register.ts';
import { isConstant, RDONLY } from './state/register.ts';
import { tnumText } from './state/tnum.ts';

export function checkBuffer(reg: RegisterState, regno: number, off: number, size: number): void {
  const what = reg.kind === 'tpBuffer' ? 'tracepoint' : reg.flags & RDONLY ? 'rdonly' : 'rdwr';
  if (off < 0) rejectReg(regno, `R${regno} invalid ${what} buffer access: off=${off}, size=${size}`);
  if (!isConstant(reg) || reg.bounds.varOff.value !== 0n)
    rejectReg(regno, `R${regno} invalid variable buffer offset: off=${off}, var_off=${tnumText(reg.bounds.varOff)}`);
}
