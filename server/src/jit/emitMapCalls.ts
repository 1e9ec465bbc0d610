/** Calls of helpers on maps that are known while compiling, without leaving compiled code. */
import { CELLS, type FunctionContext } from './context.ts';
import { pushWord } from './emitMemory.ts';
import { pushKept } from './emitSlots.ts';
import { HINT } from './hints.ts';
import type { ArrayFacts, HashFacts, MapFacts } from './mapFacts.ts';
import { ASK_MACHINE, keyWords, MAP_DELETE, MAP_LOOKUP, MAP_UPDATE } from './mapFunctions.ts';
import { OP } from './opcodes.ts';
import { HOME_WINDOW, MIN_WINDOW_BYTES } from './windows.ts';

/** Emits the call; `callHelper` emits the ordinary one, which is taken for whatever the short way cannot answer. */
export function emitMapCall(f: FunctionContext, helper: number, callHelper: () => void): void {
  const map = f.known.map(1);
  const facts = map === undefined ? null : f.module.mapFacts(map);
  const functions = map === undefined ? undefined : f.module.mapFunctions.get(map);
  const hash = facts?.hash ?? null;
  if (helper === MAP_LOOKUP) emitLookup(f, facts, functions?.lookup ?? null, callHelper);
  else if (hash === null || !mayRead(f, 2, hash.keySize)) callHelper();
  else if (helper === MAP_UPDATE && typeof functions?.update === 'number' && mayRead(f, 3, hash.valueSize))
    emitUpdate(f, hash, functions.update, callHelper);
  else if (helper === MAP_DELETE && typeof functions?.remove === 'number') {
    pushKey(f, hash.keySize);
    f.code.call(functions.remove);
    popStatus(f);
  } else callHelper();
}

/** Whether a helper may read so many bytes at an address: safe mode is certain of the stack frame only. */
function mayRead(f: FunctionContext, reg: number, bytes: number): boolean {
  return !f.safe || f.known.inFrame(reg, 0, bytes) !== null;
}

function emitLookup(f: FunctionContext, facts: MapFacts | null, lookup: number | null, callHelper: () => void): void {
  const array = facts?.array ?? null;
  const hash = facts?.hash ?? null;
  if (array !== null && (!f.safe || array.cpuStride === 0)) emitArrayLookup(f, array, callHelper);
  else if (hash !== null && lookup !== null && mayRead(f, 2, hash.keySize)) {
    if (f.safe) emitWatchedLookup(f, hash, lookup, callHelper);
    else {
      pushKey(f, hash.keySize);
      f.code.call(lookup);
      f.pop32(0);
    }
  } else callHelper();
  if (facts !== null && f.safe) openValue(f, facts);
}

/** The machine remembers who gave a null, so only what is found is answered here. */
function emitWatchedLookup(f: FunctionContext, hash: HashFacts, lookup: number, callHelper: () => void): void {
  const { code } = f;
  const done = code.block();
  const ask = code.block();
  pushKey(f, hash.keySize);
  code.call(lookup);
  code.tee(f.address);
  code.u8(OP.i32Eqz);
  code.brIf(ask);
  code.get(f.address);
  f.pop32(0);
  code.br(done);
  code.end();
  callHelper();
  code.end();
}

/** The key's words, from where r2 points. */
function pushKey(f: FunctionContext, keySize: number): void {
  for (let word = 0; word < keyWords(keySize); word++) pushWord(f, 2, 8 * word, Math.min(8, keySize - 8 * word));
}

function emitUpdate(f: FunctionContext, hash: HashFacts, update: number, callHelper: () => void): void {
  const { code } = f;
  const flags = f.known.number(4);
  const certain = flags !== undefined && flags >= 0 && flags <= 2 && hash.cpuStride === 0;
  if (certain) {
    pushUpdate(f, hash, update);
    popStatus(f);
    return;
  }
  const done = code.block();
  const ask = code.block();
  f.push(4);
  code.i64(2);
  code.u8(OP.i64GtU);
  code.brIf(ask);
  pushUpdate(f, hash, update);
  code.tee(f.address);
  code.i32(ASK_MACHINE);
  code.u8(OP.i32Eq);
  code.brIf(ask);
  code.get(f.address);
  popStatus(f);
  code.br(done);
  code.end();
  callHelper();
  code.end();
}

function pushUpdate(f: FunctionContext, hash: HashFacts, update: number): void {
  pushKey(f, hash.keySize);
  f.push32(3);
  f.push32(4);
  f.code.call(update);
}

/** 0 or a negated errno becomes r0. */
function popStatus(f: FunctionContext): void {
  f.code.u8(OP.i64ExtendI32S);
  f.pop(0);
}

function emitArrayLookup(f: FunctionContext, array: ArrayFacts, callHelper: () => void): void {
  const { code } = f;
  const done = code.block();
  const ask = code.block();
  pushIndex(f, ask);
  code.tee(f.address);
  code.i32(array.count);
  code.u8(OP.i32GeU);
  code.brIf(ask);
  code.get(f.address);
  code.i32(array.stride);
  code.u8(OP.i32Mul);
  code.i32(array.values);
  code.u8(OP.i32Add);
  if (array.cpuStride > 0) addCpu(f, array.cpuStride);
  f.pop32(0);
  code.br(done);
  code.end();
  // Nobody asks which helper gave a null that a verified program checks for.
  if (f.safe) callHelper();
  else {
    code.i32(0);
    f.pop32(0);
  }
  code.end();
}

function addCpu({ code }: FunctionContext, cpuStride: number): void {
  code.i32(CELLS.cpu);
  code.memory(OP.i32Load, 0);
  code.i32(cpuStride);
  code.u8(OP.i32Mul);
  code.u8(OP.i32Add);
}

const INDEX_BYTES = 4;

/** Pushes the key that r2 points at; jumps to `ask` unless it lies on this stack frame, where nearly all keys do. */
function pushIndex(f: FunctionContext, ask: number): void {
  const { code } = f;
  const place = f.known.inFrame(2, 0, INDEX_BYTES);
  if (place !== null && pushKept(f, place, INDEX_BYTES)) return;
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
  code.i64(HOME_WINDOW.bytes - INDEX_BYTES);
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
