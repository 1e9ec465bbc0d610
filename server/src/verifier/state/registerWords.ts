/** What is known of a register, in the words of the user's program. */
import type { Btf } from '../../btf/btf.ts';
import { typeAt } from '../../btf/query.ts';
import type { Bounds } from './bounds.ts';
import type { RegisterKind, RegisterState } from './register.ts';
import { isConstant, mayBeNull, PERCPU, RCU, TRUSTED, UNTRUSTED, USER } from './register.ts';

const S64_MIN = -(1n << 63n);
const S64_MAX = (1n << 63n) - 1n;

/**
 * `a number from 0 to 255`, `a pointer to a value of map flows, 8 bytes behind its beginning; it may be null`, `a pointer
 * into the packet, with 14 bytes checked`.
 */
export function registerWords(reg: RegisterState): string {
  if (reg.kind === 'notInit') return 'not set';
  if (reg.kind === 'scalar') return numberWords(reg.bounds);
  const parts = [objectWords(reg), placeWords(reg), packetWords(reg)].filter((part) => part !== '');
  return `${parts.join(', ')}${mayBeNull(reg) ? '; it may be null' : ''}`;
}

/** `the number 7`, `a number from -1 to 5`, `any number`. */
export function numberWords({ smin, smax, umin, umax }: Bounds): string {
  if (umin === umax) return `the number ${smin}`;
  if (umax <= S64_MAX) return umin === 0n && umax === S64_MAX ? 'any number that is not negative' : between(umin, umax);
  if (smin === S64_MIN && smax === S64_MAX) return 'any number';
  return between(smin, smax);
}

function between(low: bigint, high: bigint): string {
  return `a number from ${low} to ${high}`;
}

const OBJECTS: Partial<Record<RegisterKind, string>> = {
  ctx: 'the context',
  stack: 'a pointer to the stack',
  packet: 'a pointer into the packet',
  packetMeta: "a pointer to the packet's metadata",
  packetEnd: 'the end of the packet',
  flowKeys: 'a pointer to the flow keys',
  socket: 'a pointer to a socket',
  sockCommon: 'a pointer to a socket of unknown sort',
  tcpSock: 'a pointer to a TCP socket',
  xdpSock: 'a pointer to an AF_XDP socket',
  tpBuffer: "a pointer to the tracepoint's buffer",
  buf: 'a pointer to a buffer',
  arena: 'a pointer into the arena',
  func: 'the address of a function',
  dynptr: 'a dynptr that was lent',
};

function objectWords(reg: RegisterState): string {
  const map = reg.map?.name === undefined || reg.map.name === '' ? 'a map' : `map ${reg.map.name}`;
  switch (reg.kind) {
    case 'mapPtr':
      return map === 'a map' ? 'a map' : map;
    case 'mapValue':
      return `a pointer to a value of ${map}`;
    case 'mapKey':
      return `a pointer to a key of ${map}`;
    case 'mem':
      return `a pointer to ${reg.memSize} bytes of memory`;
    case 'btfId':
      return `${trustWords(reg.flags)} to ${structName(reg.btf, reg.btfId)}`;
    default:
      return OBJECTS[reg.kind] ?? 'a pointer';
  }
}

function trustWords(flags: number): string {
  if (flags & UNTRUSTED) return 'an untrusted pointer';
  if (flags & TRUSTED) return 'a trusted pointer';
  if (flags & RCU) return 'a pointer guarded by RCU';
  if (flags & PERCPU) return 'a per-CPU pointer';
  return flags & USER ? 'a pointer of user space' : 'a pointer';
}

function structName(btf: Btf | null, id: number): string {
  if (btf === null || id === 0) return 'a kernel object';
  const type = typeAt(btf, id);
  return 'name' in type && type.name !== '' ? `struct ${type.name}` : 'a kernel object';
}

/** How much of the packet the program has made sure of, counted from the pointer's origin. */
function packetWords({ kind, range }: RegisterState): string {
  if (kind !== 'packet' && kind !== 'packetMeta') return '';
  if (range < 0) return 'at its end or behind it';
  return range === 0 ? 'with no byte checked' : `with ${range} ${range === 1 ? 'byte' : 'bytes'} checked`;
}

function placeWords(reg: RegisterState): string {
  const { smin, umax, varOff } = reg.bounds;
  if (!isConstant(reg)) {
    const low = BigInt(reg.off) + smin;
    const high = BigInt(reg.off) + umax;
    return umax > 1n << 32n ? 'moved by a number without a known limit' : `${low} to ${high} bytes from its beginning`;
  }
  const off = BigInt(reg.off) + BigInt.asIntN(64, varOff.value);
  if (off === 0n) return '';
  const size = off < 0n ? -off : off;
  const way = off < 0n ? 'before' : 'behind';
  const from = reg.kind === 'stack' ? 'r10' : 'its beginning';
  return `${size} ${size === 1n ? 'byte' : 'bytes'} ${way} ${from}`;
}
