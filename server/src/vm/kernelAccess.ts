import type { Core } from './core.ts';
import { CODE } from './lower.ts';
import { LAYOUT } from './machine.ts';

/** Addresses of the program's own memory are below this. */
const FOREIGN = 0x1_0000_0000n;

/**
 * A load or store through a pointer to a kernel structure, which the kernel lets programs with BTF-typed arguments do:
 * of the memory recorded with the event. False when it is no such access, or nothing is recorded there.
 */
export function accessKernel(core: Core, op: number, dst: number, src: number, off: number, size: number): boolean {
  const { program, followsKernel } = core.loaded.lowered;
  if (!followsKernel) return false;
  const store = op >= CODE.store8;
  const address = BigInt.asUintN(64, core.value(store ? dst : src) + BigInt(off));
  // Structures can be written by what implements functions of the kernel only.
  if (store) return program.type === 'struct_ops' && storeToKernel(core, address, src, size);
  const bytes = bytesAt(core, address, size);
  if (bytes === null) return false;
  const value = numberOf(bytes);
  const extended = op >= CODE.loads8 ? BigInt.asIntN(8 * size, value) : value;
  core.loaded.low[dst] = Number(BigInt.asIntN(32, extended));
  core.loaded.high[dst] = Number(BigInt.asIntN(32, extended >> 32n));
  return true;
}

/**
 * Through a null pointer such loads read zero: the kernel makes them BPF_PROBE_MEM, which the handler of exceptions answers
 * (ex_handler_bpf of arch/x86/net/bpf_jit_comp.c, v6.18). Where a helper returned null, that it was not looked at is more
 * likely, which no verifier accepts.
 */
function bytesAt({ machine }: Core, address: bigint, size: number): Uint8Array | null {
  if (address < LAYOUT.nullEnd) return machine.nullFrom === null ? new Uint8Array(size) : null;
  return address < FOREIGN ? null : (machine.foreignMemory?.(address, size, false) ?? null);
}

function storeToKernel({ machine, loaded }: Core, address: bigint, src: number, size: number): boolean {
  if (address < FOREIGN) return false;
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, loaded.low[src]!, true);
  view.setInt32(4, loaded.high[src]!, true);
  return machine.writeForeign?.(address, bytes.subarray(0, size), false) ?? false;
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
