import { followsKernelPointers } from '../kernel/programTypes.ts';
import type { Core } from './core.ts';
import { CODE } from './lower.ts';

/** Addresses of the program's own memory are below this. */
const FOREIGN = 0x1_0000_0000n;

/**
 * A load through a pointer to a kernel structure, which the kernel lets programs with BTF-typed arguments do: answered
 * from the memory recorded with the event. False when it is no such load, or nothing is recorded there.
 */
export function loadFromKernel(core: Core, op: number, dst: number, base: number, off: number, size: number): boolean {
  if (op >= CODE.store8 || !followsKernelPointers(core.loaded.lowered.program.type)) return false;
  const address = BigInt.asUintN(64, core.value(base) + BigInt(off));
  const bytes = address < FOREIGN ? null : (core.machine.foreignMemory?.(address, size, false) ?? null);
  if (bytes === null) return false;
  const value = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const extended = op >= CODE.loads8 ? BigInt.asIntN(8 * size, value) : value;
  core.loaded.low[dst] = Number(BigInt.asIntN(32, extended));
  core.loaded.high[dst] = Number(BigInt.asIntN(32, extended >> 32n));
  return true;
}
