/** Writes a WebAssembly module's binary form. Source: WebAssembly Core Specification 2.0, section 5.5. */
import { assert } from '../base/assert.ts';
import { ByteBuffer } from './byteBuffer.ts';
import type { Code } from './code.ts';
import { OP, TYPE, type ValueType } from './opcodes.ts';

/** One function: its type's index, locals beyond the parameters, and instructions without the closing `end`. */
export interface WasmFunction {
  readonly type: number;
  readonly locals: readonly ValueType[];
  readonly code: Code;
}

/**
 * A module under construction. Imports come first and are all functions (plus the memory), so a function's index is
 * known as soon as it is declared.
 */
export class WasmModule {
  private readonly types: ByteBuffer[] = [];
  private readonly typeKeys = new Map<string, number>();
  private readonly imports: { readonly name: string; readonly type: number }[] = [];
  private readonly functions: WasmFunction[] = [];
  private readonly exports: { readonly name: string; readonly index: number }[] = [];
  private table: readonly number[] = [];
  private memoryPages = 1;

  /** The index of a function type, added when it is new. */
  type(params: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${params.join()}:${results.join()}`;
    const known = this.typeKeys.get(key);
    if (known !== undefined) return known;
    const type = new ByteBuffer();
    type.u8(0x60);
    writeTypes(type, params);
    writeTypes(type, results);
    this.types.push(type);
    this.typeKeys.set(key, this.types.length - 1);
    return this.types.length - 1;
  }

  /** Imports a function from module "machine" and returns its index. */
  importFunction(name: string, params: readonly ValueType[], results: readonly ValueType[]): number {
    assert(this.functions.length === 0, 'imports come before functions');
    this.imports.push({ name, type: this.type(params, results) });
    return this.imports.length - 1;
  }

  /** The memory "machine.memory" has at least `pages` pages of 64 KiB. */
  importMemory(pages: number): void {
    this.memoryPages = pages;
  }

  /** Index that the next `addFunction` returns. */
  get nextFunction(): number {
    return this.imports.length + this.functions.length;
  }

  addFunction(body: WasmFunction): number {
    this.functions.push(body);
    return this.nextFunction - 1;
  }

  export(name: string, index: number): void {
    this.exports.push({ name, index });
  }

  /** Fills table 0 with functions, for indirect calls. */
  setTable(functions: readonly number[]): void {
    this.table = functions;
  }

  write(): Uint8Array {
    const out = new ByteBuffer();
    for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.u8(byte);
    writeSection(out, 1, this.types, (type, to) => to.append(type));
    this.writeImports(out);
    writeSection(out, 3, this.functions, (body, to) => to.unsigned(body.type));
    if (this.table.length > 0) writeSection(out, 4, [this.table.length], writeTable);
    writeSection(out, 7, this.exports, writeExport);
    if (this.table.length > 0) writeSection(out, 9, [this.table], writeElements);
    this.writeBranchHints(out);
    writeSection(out, 10, this.functions, writeBody);
    return out.view().slice();
  }

  /** A custom section of the branch-hinting proposal; engines that do not know it ignore it. */
  private writeBranchHints(out: ByteBuffer): void {
    const hinted = this.functions
      .map((body, i) => [body, this.imports.length + i] as const)
      .filter(([body]) => body.code.unlikely.length > 0);
    if (hinted.length === 0) return;
    const content = new ByteBuffer();
    content.name('metadata.code.branch_hint');
    content.unsigned(hinted.length);
    for (const each of hinted) writeHints(each, content);
    out.u8(0);
    out.unsigned(content.length);
    out.append(content);
  }

  private writeImports(out: ByteBuffer): void {
    const memory = { name: 'memory', type: -1 };
    writeSection(out, 2, [...this.imports, memory], (entry, to) => {
      to.name('machine');
      to.name(entry.name);
      if (entry.type >= 0) {
        to.u8(0);
        to.unsigned(entry.type);
        return;
      }
      to.u8(2);
      to.u8(0);
      to.unsigned(this.memoryPages);
    });
  }
}

/** Offsets of branches count from the beginning of the function's locals. */
function writeHints([body, index]: readonly [WasmFunction, number], out: ByteBuffer): void {
  const locals = new ByteBuffer();
  writeLocals(locals, body.locals);
  out.unsigned(index);
  out.unsigned(body.code.unlikely.length);
  for (const at of body.code.unlikely) {
    out.unsigned(locals.length + at);
    out.u8(1);
    out.u8(0);
  }
}

function writeTypes(out: ByteBuffer, types: readonly ValueType[]): void {
  out.unsigned(types.length);
  for (const type of types) out.u8(TYPE[type]);
}

function writeSection<T>(
  out: ByteBuffer,
  id: number,
  entries: readonly T[],
  write: (entry: T, to: ByteBuffer) => void,
): void {
  const section = new ByteBuffer();
  section.unsigned(entries.length);
  for (const entry of entries) write(entry, section);
  out.u8(id);
  out.unsigned(section.length);
  out.append(section);
}

function writeTable(length: number, out: ByteBuffer): void {
  out.u8(TYPE.funcref);
  out.u8(1);
  out.unsigned(length);
  out.unsigned(length);
}

function writeExport(entry: { readonly name: string; readonly index: number }, out: ByteBuffer): void {
  out.name(entry.name);
  out.u8(0);
  out.unsigned(entry.index);
}

function writeElements(functions: readonly number[], out: ByteBuffer): void {
  out.u8(0);
  out.u8(OP.i32Const);
  out.signed(0);
  out.u8(OP.end);
  out.unsigned(functions.length);
  for (const index of functions) out.unsigned(index);
}

function writeBody(body: WasmFunction, out: ByteBuffer): void {
  const locals = new ByteBuffer();
  writeLocals(locals, body.locals);
  out.unsigned(locals.length + body.code.length + 1);
  out.append(locals);
  out.append(body.code);
  out.u8(OP.end);
}

/** Locals are written as runs of equal types. */
function writeLocals(out: ByteBuffer, locals: readonly ValueType[]): void {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  out.unsigned(runs.length);
  for (const run of runs) {
    out.unsigned(run.count);
    out.u8(TYPE[run.type]);
  }
}
