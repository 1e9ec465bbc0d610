/**
 * Functions of a compiled module that look up, change and delete the elements of one hash map, in the tables that
 * `HashMap` keeps in linear memory. They do exactly what its methods do, for keys of one size handed over in registers.
 */
import type { Program } from '../program/program.ts';
import { ERRNO } from '../vm/errno.ts';
import { HASH_HEADER, HASH_LINK, LINK_BYTES } from '../vm/maps/hash.ts';
import { hashMasks } from '../vm/maps/hashFunctions.ts';
import { UPDATE } from '../vm/maps/guestMap.ts';
import { Code } from './code.ts';
import { CELLS } from './context.ts';
import type { HashFacts, MapFacts } from './mapFacts.ts';
import { OP, type ValueType } from './opcodes.ts';
import type { WasmModule } from './wasmModule.ts';

export const MAP_LOOKUP = 1;
export const MAP_UPDATE = 2;
export const MAP_DELETE = 3;

/** Indices of one map's functions; null for what only the machine does. */
export interface MapFunctions {
  /** (key) -> address of the value, or 0. */
  readonly lookup: number | null;
  /** (key, address of the value, flags up to BPF_EXIST) -> 0, a negated errno, or ASK_MACHINE. */
  readonly update: number | null;
  /** (key) -> 0 or a negated errno. */
  readonly remove: number | null;
}

/** The function did nothing, because the machine must do it. */
export const ASK_MACHINE = 1;

/** One map's functions for each hash map that the program calls helpers with. A key is its bytes in i64s, padded with 0. */
export function addMapFunctions(
  wasm: WasmModule,
  program: Program,
  factsOf: (map: number) => MapFacts | null,
): Map<number, MapFunctions> {
  if (program.maps.length === 0) return new Map();
  const maps = new Set<number>();
  const helpers = new Set<number>();
  for (const insn of program.insns) {
    if (insn.kind === 'loadMap' && (insn.by === 'fd' || insn.by === 'idx')) maps.add(insn.map);
    if (insn.kind === 'call' && insn.target === 'helper') helpers.add(insn.imm);
  }
  const functions = new Map<number, MapFunctions>();
  for (const map of maps) {
    const hash = factsOf(map)?.hash ?? null;
    if (hash === null) continue;
    const { plain } = hash;
    functions.set(map, {
      lookup: helpers.has(MAP_LOOKUP) ? addFunction(wasm, hash, [], emitLookup) : null,
      update: plain && helpers.has(MAP_UPDATE) ? addFunction(wasm, hash, ['i32', 'i32'], emitUpdate) : null,
      remove: plain && helpers.has(MAP_DELETE) ? addFunction(wasm, hash, [], emitDelete) : null,
    });
  }
  return functions;
}

export function keyWords(keySize: number): number {
  return Math.ceil(keySize / 8);
}

function addFunction(
  wasm: WasmModule,
  hash: HashFacts,
  params: readonly ValueType[],
  emit: (table: TableCode) => void,
): number {
  const words = keyWords(hash.keySize);
  const key = Array.from({ length: words }, (): ValueType => 'i64');
  const code = new Code(words + params.length);
  emit(new TableCode(code, hash, words));
  return wasm.addFunction({ type: wasm.type([...key, ...params], ['i32']), locals: code.locals, code });
}

/** Code on one map's tables. A link is an entry's number plus one, as the tables have it. */
class TableCode {
  readonly code: Code;
  readonly hash: HashFacts;
  readonly words: number;
  readonly hashed: number;
  readonly link: number;

  constructor(code: Code, hash: HashFacts, words: number) {
    this.code = code;
    this.hash = hash;
    this.words = words;
    this.hashed = code.local('i32');
    this.link = code.local('i32');
  }

  /** Mirrors `hashBytes`. */
  hashKey(): void {
    const { code } = this;
    const sum = code.local('i64');
    for (let word = 0; word < this.words; word++) {
      this.pushProduct(word);
      if (word > 0) code.u8(OP.i64Add);
    }
    code.tee(sum);
    code.u8(OP.i32WrapI64);
    code.get(sum);
    code.i64(32);
    code.u8(OP.i64ShrU);
    code.u8(OP.i32WrapI64);
    code.u8(OP.i32Xor);
    code.set(this.hashed);
  }

  private pushProduct(word: number): void {
    const { code, hash } = this;
    const { low, high } = hashMasks(word);
    code.get(word);
    code.u8(OP.i32WrapI64);
    code.i32(low);
    code.u8(OP.i32Xor);
    code.u8(OP.i64ExtendI32U);
    if (hash.keySize - 8 * word <= 4) code.i64Halves(high, 0);
    else {
      code.get(word);
      code.i64(32);
      code.u8(OP.i64ShrU);
      code.i64Halves(high, 0);
      code.u8(OP.i64Xor);
    }
    code.u8(OP.i64Mul);
  }

  /** Pushes 4 * the number of the bucket. */
  pushBucket(): void {
    const { code } = this;
    code.get(this.hashed);
    code.i32(this.hash.layout.bucketMask);
    code.u8(OP.i32And);
    code.i32(2);
    code.u8(OP.i32Shl);
  }

  /** Pushes the link at the head of the bucket. */
  pushHead(): void {
    this.pushBucket();
    this.code.memory(OP.i32Load, this.hash.layout.buckets);
  }

  pushScaled(link: number, by: number): void {
    const { code } = this;
    code.get(link);
    code.i32(by);
    code.u8(OP.i32Mul);
  }

  /** Pushes what a field of a link's record holds. */
  pushField(link: number, field: number): void {
    this.pushScaled(link, LINK_BYTES);
    this.code.memory(OP.i32Load, this.fieldOffset(field));
  }

  setField(link: number, field: number, pushValue: () => void): void {
    this.pushScaled(link, LINK_BYTES);
    pushValue();
    this.code.memory(OP.i32Store, this.fieldOffset(field));
  }

  /** From LINK_BYTES times a link. */
  fieldOffset(field: number): number {
    return this.hash.layout.links - LINK_BYTES + field;
  }

  pushHeader(field: number): void {
    this.code.i32(this.hash.layout.header);
    this.code.memory(OP.i32Load, field);
  }

  setHeader(field: number, pushValue: () => void): void {
    this.code.i32(this.hash.layout.header);
    pushValue();
    this.code.memory(OP.i32Store, field);
  }

  changeCount(by: number): void {
    this.setHeader(HASH_HEADER.count, () => {
      this.pushHeader(HASH_HEADER.count);
      this.code.i32(by);
      this.code.u8(OP.i32Add);
    });
  }

  /** Pushes whether the entry of `link` has another key. */
  private pushDiffers(): void {
    const { code, hash } = this;
    const { keys, keyStride } = hash.layout;
    const at = code.local('i32');
    this.pushScaled(this.link, keyStride);
    code.set(at);
    for (let word = 0; word < this.words; word++) {
      code.get(word);
      code.get(at);
      code.memory(OP.i64Load, keys - keyStride + 8 * word);
      code.u8(OP.i64Xor);
      if (word > 0) code.u8(OP.i64Or);
    }
    code.i64(0);
    code.u8(OP.i64Ne);
  }

  /** Follows the bucket from `link` to the entry with the key; `link` is 0 when there is none. `step` goes on to the next. */
  find(step: () => void): void {
    const { code } = this;
    const done = code.block();
    const next = code.loop();
    code.get(this.link);
    code.u8(OP.i32Eqz);
    code.brIf(done);
    const same = code.block();
    this.pushDiffers();
    code.u8(OP.i32Eqz);
    code.brIf(same);
    step();
    code.br(next);
    code.end();
    code.end();
    code.end();
  }

  findFromHead(): void {
    this.pushHead();
    this.code.set(this.link);
    this.find(() => {
      this.pushField(this.link, HASH_LINK.next);
      this.code.set(this.link);
    });
  }

  /** Pushes the address of an entry's value, for the running CPU. */
  pushValue(link: number): void {
    const { code, hash } = this;
    this.pushScaled(link, hash.stride);
    code.i32(hash.layout.values - hash.stride);
    code.u8(OP.i32Add);
    if (hash.cpuStride === 0) return;
    code.i32(CELLS.cpu);
    code.memory(OP.i32Load, 0);
    code.i32(hash.cpuStride);
    code.u8(OP.i32Mul);
    code.u8(OP.i32Add);
  }

  /** Copies a value from the address in a local to an entry. */
  copyValue(link: number, from: number): void {
    const { code, hash } = this;
    const to = code.local('i32');
    this.pushValue(link);
    code.set(to);
    copyBytes(code, to, from, hash.valueSize);
  }

  returnIf(number: number): void {
    this.code.if();
    this.return(number);
    this.code.end();
  }

  return(number: number): void {
    this.code.i32(number);
    this.code.u8(OP.return);
  }
}

/** Up to this many bytes are copied one by eight; engines call a function for more. */
const MAX_UNROLLED = 128;

function copyBytes(code: Code, to: number, from: number, size: number): void {
  if (size > MAX_UNROLLED) {
    code.get(to);
    code.get(from);
    code.i32(size);
    code.memoryCopy();
    return;
  }
  let done = 0;
  const copy = (bytes: number, load: number, store: number): void => {
    for (; size - done >= bytes; done += bytes) {
      code.get(to);
      code.get(from);
      code.memory(load, done);
      code.memory(store, done);
    }
  };
  copy(8, OP.i64Load, OP.i64Store);
  copy(4, OP.i32Load, OP.i32Store);
  copy(2, OP.i32Load16U, OP.i32Store16);
  copy(1, OP.i32Load8U, OP.i32Store8);
}

function emitLookup(table: TableCode): void {
  const { code, link, hash } = table;
  table.hashKey();
  table.findFromHead();
  code.get(link);
  code.if('i32');
  if (hash.lru)
    table.setField(link, HASH_LINK.looked, () => {
      code.i32(1);
    });
  table.pushValue(link);
  code.else();
  code.i32(0);
  code.end();
}

function emitUpdate(table: TableCode): void {
  const { code, link, words, hash } = table;
  const value = words;
  const flags = words + 1;
  const fresh = code.local('i32');
  table.hashKey();
  table.findFromHead();
  code.get(link);
  code.if();
  pushFlagIs(code, flags, UPDATE.noexist);
  table.returnIf(-ERRNO.EEXIST);
  if (hash.cpuStride === 0) takeSpare(table, fresh);
  else {
    table.copyValue(link, value);
    table.return(0);
  }
  code.else();
  pushFlagIs(code, flags, UPDATE.exist);
  table.returnIf(-ERRNO.ENOENT);
  if (hash.cpuStride === 0) takeFree(table, fresh);
  else table.return(ASK_MACHINE);
  code.end();
  if (hash.cpuStride === 0) putEntry(table, fresh, value);
  code.i32(0);
}

function pushFlagIs(code: Code, flags: number, flag: number): void {
  code.get(flags);
  code.i32(flag);
  code.u8(OP.i32Eq);
}

/** Mirrors `takeEntry` of `HashMap` for a key that is there. */
function takeSpare(table: TableCode, fresh: number): void {
  const { code, link } = table;
  table.pushHeader(HASH_HEADER.spare);
  code.set(fresh);
  table.setHeader(HASH_HEADER.spare, () => code.get(link));
}

/** The same for a key that is not. */
function takeFree(table: TableCode, fresh: number): void {
  const { code, hash } = table;
  table.pushHeader(HASH_HEADER.free);
  code.tee(fresh);
  code.if();
  table.setHeader(HASH_HEADER.free, () => table.pushField(fresh, HASH_LINK.free));
  code.else();
  table.pushHeader(HASH_HEADER.fresh);
  code.tee(fresh);
  code.i32(hash.entries);
  code.u8(OP.i32GeU);
  table.returnIf(-ERRNO.E2BIG);
  code.get(fresh);
  code.i32(1);
  code.u8(OP.i32Add);
  code.set(fresh);
  table.setHeader(HASH_HEADER.fresh, () => code.get(fresh));
  code.end();
}

/** Gives `fresh` key and value, puts it in front of its bucket, and takes the old entry out, if there is one. */
function putEntry(table: TableCode, fresh: number, value: number): void {
  const { code, words, hash, link } = table;
  const { keys, keyStride, buckets } = hash.layout;
  for (let word = 0; word < words; word++) {
    table.pushScaled(fresh, keyStride);
    code.get(word);
    code.memory(OP.i64Store, keys - keyStride + 8 * word);
  }
  table.setField(fresh, HASH_LINK.hash, () => code.get(table.hashed));
  table.setField(fresh, HASH_LINK.next, () => table.pushHead());
  table.setField(fresh, HASH_LINK.used, () => code.i32(1));
  table.pushBucket();
  code.get(fresh);
  code.memory(OP.i32Store, buckets);
  table.copyValue(fresh, value);
  code.get(link);
  code.if();
  unlinkOld(table);
  code.else();
  table.changeCount(1);
  code.end();
}

/** Mirrors `unlink` of `HashMap`; the count stays as it is, because another entry came. */
function unlinkOld(table: TableCode): void {
  const { code, link, hash } = table;
  const from = code.local('i32');
  table.pushBucket();
  code.i32(hash.layout.buckets);
  code.u8(OP.i32Add);
  code.set(from);
  const found = code.block();
  const next = code.loop();
  const after = code.local('i32');
  code.get(from);
  code.memory(OP.i32Load, 0);
  code.tee(after);
  code.get(link);
  code.u8(OP.i32Eq);
  code.brIf(found);
  pushNextOf(table, after);
  code.set(from);
  code.br(next);
  code.end();
  code.end();
  takeOut(table, from);
}

/** Pushes the address of the word that says what comes after a link. */
function pushNextOf(table: TableCode, link: number): void {
  const { code } = table;
  table.pushScaled(link, LINK_BYTES);
  code.i32(table.fieldOffset(HASH_LINK.next));
  code.u8(OP.i32Add);
}

/** The word at `from` names `link`; afterwards it names what comes behind it. */
function takeOut(table: TableCode, from: number): void {
  const { code, link } = table;
  code.get(from);
  table.pushField(link, HASH_LINK.next);
  code.memory(OP.i32Store, 0);
  table.setField(link, HASH_LINK.used, () => code.i32(0));
}

function emitDelete(table: TableCode): void {
  const { code, link, hash } = table;
  const from = code.local('i32');
  table.hashKey();
  table.pushBucket();
  code.i32(hash.layout.buckets);
  code.u8(OP.i32Add);
  code.tee(from);
  code.memory(OP.i32Load, 0);
  code.set(link);
  table.find(() => {
    pushNextOf(table, link);
    code.tee(from);
    code.memory(OP.i32Load, 0);
    code.set(link);
  });
  code.get(link);
  code.u8(OP.i32Eqz);
  table.returnIf(-ERRNO.ENOENT);
  takeOut(table, from);
  table.changeCount(-1);
  table.setField(link, HASH_LINK.free, () => table.pushHeader(HASH_HEADER.free));
  table.setHeader(HASH_HEADER.free, () => code.get(link));
  code.i32(0);
}
