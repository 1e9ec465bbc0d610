import { isConstant, mayBeNull, type RegisterState } from '../verifier/state/register.ts';

/** What the verifier knows of a register, in plain words. The kernel's notation stands beside it. */
export function describeRegister(reg: RegisterState): string {
  if (reg.kind === 'notInit') return 'Holds nothing yet: reading it is an error.';
  if (reg.kind === 'scalar') return describeScalar(reg);
  const text = pointerWords(reg) + offsetWords(reg);
  if (mayBeNull(reg)) return `${text}, or null: compare it with 0 before using it.`;
  return `${text}.${knownBytes(reg)}`;
}

function describeScalar(reg: RegisterState): string {
  const { umin, umax, smin, smax } = reg.bounds;
  if (isConstant(reg)) return `The number ${numberWords(umin)}.`;
  if (umax < 2n ** 63n) return `A number from ${umin} to ${numberWords(umax)}.`;
  if (smin > -(2n ** 63n) || smax < 2n ** 63n - 1n) return `A signed number from ${smin} to ${smax}.`;
  return 'Any 64-bit number.';
}

function numberWords(value: bigint): string {
  const signed = BigInt.asIntN(64, value);
  const decimal = String(signed < 0n ? signed : value);
  return value > 9n ? `${decimal} (0x${value.toString(16)})` : decimal;
}

function pointerWords(reg: RegisterState): string {
  switch (reg.kind) {
    case 'ctx':
      return "Points to the program's context";
    case 'mapPtr':
      return `The map ${reg.map?.name ?? ''}`.trimEnd();
    case 'mapValue':
      return `Points into a value of map ${reg.map?.name ?? ''} (${bytesWords(reg.map?.valueSize ?? 0)})`;
    case 'mapKey':
      return `Points to a key of map ${reg.map?.name ?? ''}`.trimEnd();
    case 'stack':
      return isConstant(reg) && reg.off === 0 && reg.bounds.umin === 0n
        ? 'The frame pointer: 512 bytes of stack lie below it'
        : 'Points into the stack';
    case 'packet':
      return 'Points into the packet';
    case 'packetMeta':
      return 'Points into the metadata before the packet';
    case 'packetEnd':
      return 'Points to the end of the packet';
    case 'mem':
      return `Points to ${reg.memSize} bytes of memory`;
    default:
      return `Points to kernel data (${reg.kind})`;
  }
}

/** How far comparisons with the packet's end have shown that there are bytes. */
function knownBytes(reg: RegisterState): string {
  if (reg.kind !== 'packet' && reg.kind !== 'packetMeta') return '';
  const start = isConstant(reg) ? 'its start' : 'where the variable part ends';
  return reg.range <= 0
    ? ' No byte is known to exist yet: compare with the end before reading.'
    : ` ${capital(bytesWords(reg.range))} from ${start} ${reg.range === 1 ? 'is' : 'are'} known to exist.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function bytesWords(count: number): string {
  return count === 1 ? '1 byte' : `${count <= 0 ? 'no' : count} bytes`;
}

function offsetWords(reg: RegisterState): string {
  if (reg.kind === 'packetEnd' || reg.kind === 'mapPtr') return '';
  const { umin, umax } = reg.bounds;
  const base = reg.kind === 'stack' ? 'the frame pointer' : 'its start';
  if (!isConstant(reg))
    return `, at ${reg.off === 0 ? '' : `${reg.off} plus `}a variable offset from ${umin} to ${umax}`;
  const offset = BigInt(reg.off) + BigInt.asIntN(64, umin);
  if (offset === 0n) return '';
  return `, ${offset < 0n ? -offset : offset} bytes ${offset < 0n ? 'below' : 'after'} ${base}`;
}
