/** bpf_map_lookup_elem where the map is known while compiling: arrays are looked up without leaving compiled code. */
import type { MapSpec } from '../program/program.ts';
import type { GuestMap } from '../vm/maps/guestMap.ts';
import { MAP_FLAG } from '../vm/maps/guestMap.ts';
import type { FunctionContext } from './context.ts';
import { HINT } from './hints.ts';
import { OP } from './opcodes.ts';
import { HOME_WINDOW, MIN_WINDOW_BYTES } from './windows.ts';

export const MAP_LOOKUP = 1;

/** What compiled code may take for granted about a map. */
export interface MapFacts {
  /** Where value i of an array lies: values + i * stride, for i below count. */
  readonly array: { readonly values: number; readonly stride: number; readonly count: number } | null;
  /** Bytes of the value that a lookup yields, which programs may read or write; 0 when they may not. */
  readonly readBytes: number;
  readonly writeBytes: number;
}

/** Maps whose lookup yields a value of the declared size, open as the flags say. */
const PLAIN_VALUES: ReadonlySet<MapSpec['type']> = new Set([
  'array', 'percpu_array', 'hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash',
]); // prettier-ignore

export function factsOf(map: GuestMap): MapFacts | null {
  const { type, flags, frozen, valueSize, maxEntries } = map.spec;
  if (!PLAIN_VALUES.has(type)) return null;
  const { values, stride } = map;
  return {
    array: type === 'array' && values !== null ? { values, stride, count: maxEntries } : null,
    readBytes: (flags & MAP_FLAG.wronlyProg) === 0 ? valueSize : 0,
    writeBytes: !frozen && (flags & MAP_FLAG.rdonlyProg) === 0 ? valueSize : 0,
  };
}

/** Emits the lookup; `callHelper` emits the ordinary call, which is taken for whatever the short way cannot answer. */
export function emitLookup(f: FunctionContext, callHelper: () => void): void {
  const map = f.known.map(1);
  const facts = map === undefined ? null : f.module.mapFacts(map);
  const array = facts?.array ?? null;
  if (array === null) callHelper();
  else emitArrayLookup(f, array, callHelper);
  if (facts !== null && f.safe) openValue(f, facts);
}

function emitArrayLookup(f: FunctionContext, array: NonNullable<MapFacts['array']>, callHelper: () => void): void {
  const { code } = f;
  const done = code.block();
  const ask = code.block();
  pushKey(f, ask);
  code.tee(f.address);
  code.i32(array.count);
  code.u8(OP.i32GeU);
  code.brIf(ask);
  code.get(f.address);
  code.i32(array.stride);
  code.u8(OP.i32Mul);
  code.i32(array.values);
  code.u8(OP.i32Add);
  code.u8(OP.i64ExtendI32U);
  f.pop(0);
  code.br(done);
  code.end();
  callHelper();
  code.end();
}

const KEY_BYTES = 4;

/** Pushes the key that r2 points at; jumps to `ask` unless it lies on this stack frame, where nearly all keys do. */
function pushKey(f: FunctionContext, ask: number): void {
  const { code } = f;
  const place = f.known.inFrame(2, 0, KEY_BYTES);
  if (place !== null) {
    code.get(f.frame);
    code.memory(OP.i32Load, place);
    return;
  }
  if (f.safe) leaveUnlessInFrame(f, ask);
  f.push32(2);
  code.memory(OP.i32Load, 0);
}

function leaveUnlessInFrame(f: FunctionContext, ask: number): void {
  const { code } = f;
  f.push(2);
  code.get(f.frame);
  code.u8(OP.i64ExtendI32U);
  code.u8(OP.i64Sub);
  code.i64(HOME_WINDOW.bytes - KEY_BYTES);
  code.u8(OP.i64GtU);
  code.brIf(ask);
}

/** The value a lookup found becomes the window of accesses through pointers to values. */
function openValue(f: FunctionContext, facts: MapFacts): void {
  const { code } = f;
  for (const window of f.windows.all) {
    const bytes = window.write ? facts.writeBytes : facts.readBytes;
    if (window.hint !== HINT.value || bytes < MIN_WINDOW_BYTES) continue;
    f.push(0);
    code.i64(HOME_WINDOW.start);
    f.push(0);
    code.u8(OP.i64Eqz);
    code.u8(OP.i32Eqz);
    code.u8(OP.select);
    code.set(window.start);
    code.i64(bytes);
    code.i64(HOME_WINDOW.bytes);
    f.push(0);
    code.u8(OP.i64Eqz);
    code.u8(OP.i32Eqz);
    code.u8(OP.select);
    code.set(window.bytes);
  }
}
