import type { PacketEvent } from './event.ts';

export interface Interface {
  readonly linkType: number;
  /** 0 is no limit. */
  readonly snapLength: number;
  readonly name: string | null;
  /** Of its time stamps, for people. */
  readonly unit: string;
  /** Nanoseconds since the epoch of a time stamp given as two halves. */
  readonly timeNs: (high: number, low: number) => bigint;
}

export type PacketOptions = Pick<PacketEvent, 'direction' | 'queue' | 'packetId' | 'verdict'>;

const IF_NAME = 2;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
const EPB_FLAGS = 2;
const EPB_PACKETID = 5;
const EPB_QUEUE = 6;
const EPB_VERDICT = 7;
const LONGEST_NAME = 256;

/** Calls `each` for every option of a block. False when one runs past the block's end; those before it were given. */
export function eachOption(
  view: DataView,
  start: number,
  end: number,
  littleEndian: boolean,
  each: (code: number, at: number, length: number) => void,
): boolean {
  let at = start;
  while (at + 4 <= end) {
    const code = view.getUint16(at, littleEndian);
    const length = view.getUint16(at + 2, littleEndian);
    if (code === 0) return true;
    if (at + 4 + length > end) return false;
    each(code, at + 4, length);
    at += 4 + ((length + 3) & ~3);
  }
  return true;
}

/** Reads the body of an interface description; `start` is after the block's header. */
export function readInterface(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  littleEndian: boolean,
): { made: Interface; intact: boolean } {
  let name: string | null = null;
  let resolution = 6;
  let offsetSeconds = 0n;
  const intact = eachOption(view, start + 8, end, littleEndian, (code, at, length) => {
    if (code === IF_NAME) name = textOf(bytes, at, length);
    else if (code === IF_TSRESOL && length >= 1) resolution = view.getUint8(at);
    else if (code === IF_TSOFFSET && length >= 8) offsetSeconds = view.getBigInt64(at, littleEndian);
  });
  const linkType = view.getUint16(start, littleEndian);
  const snapLength = view.getUint32(start + 4, littleEndian);
  const made = { linkType, snapLength, name, unit: unitName(resolution), timeNs: clock(resolution, offsetSeconds) };
  return { made, intact };
}

/** Reads the options after a packet's bytes. */
export function readPacketOptions(
  view: DataView,
  start: number,
  end: number,
  littleEndian: boolean,
): { options: PacketOptions; intact: boolean } {
  const options: { -readonly [K in keyof PacketOptions]: PacketOptions[K] } = {
    direction: null,
    queue: null,
    packetId: null,
    verdict: null,
  };
  const intact = eachOption(view, start, end, littleEndian, (code, at, length) => {
    if (code === EPB_FLAGS && length >= 4) options.direction = directionOf(view.getUint32(at, littleEndian));
    else if (code === EPB_PACKETID && length >= 8) options.packetId = view.getBigUint64(at, littleEndian);
    else if (code === EPB_QUEUE && length >= 4) options.queue = view.getUint32(at, littleEndian);
    else if (code === EPB_VERDICT && length >= 9) options.verdict = verdictOf(view, at, littleEndian);
  });
  return { options, intact };
}

function directionOf(flags: number): 'in' | 'out' | null {
  return (flags & 3) === 1 ? 'in' : (flags & 3) === 2 ? 'out' : null;
}

function verdictOf(view: DataView, at: number, littleEndian: boolean): PacketEvent['verdict'] {
  const type = view.getUint8(at);
  if (type !== 1 && type !== 2) return null;
  return { type: type === 2 ? 'xdp' : 'tc', value: view.getBigUint64(at + 1, littleEndian) };
}

function textOf(bytes: Uint8Array, at: number, length: number): string {
  const text = new TextDecoder().decode(bytes.subarray(at, at + Math.min(length, LONGEST_NAME)));
  return text.replace(/\0+$/, '');
}

function unitName(resolution: number): string {
  const names = ['seconds', undefined, undefined, 'milliseconds', undefined, undefined, 'microseconds'];
  if (resolution === 9) return 'nanoseconds';
  if (resolution >= 128) return `2^-${resolution - 128} seconds`;
  return names[resolution] ?? `10^-${resolution} seconds`;
}

/** A time stamp counts units of 10^-n seconds, or 2^-n when the top bit of the resolution is set. */
function clock(resolution: number, offsetSeconds: bigint): (high: number, low: number) => bigint {
  const perSecond = resolution >= 128 ? 1n << BigInt(resolution - 128) : 10n ** BigInt(resolution);
  const offset = offsetSeconds * 1_000_000_000n;
  if (perSecond <= 1_000_000_000n && 1_000_000_000n % perSecond === 0n) {
    const factor = 1_000_000_000n / perSecond;
    return (high, low) => joined(high, low) * factor + offset;
  }
  return (high, low) => (joined(high, low) * 1_000_000_000n) / perSecond + offset;
}

function joined(high: number, low: number): bigint {
  const value = high * 4_294_967_296 + low;
  return Number.isSafeInteger(value) ? BigInt(value) : (BigInt(high) << 32n) | BigInt(low);
}
