/** Mistakes that one could make in the engines; test/vectors must notice each of them. */
export interface Mutant {
  readonly name: string;
  readonly engine: 'jit' | 'interpreter';
  /** Below server/src. */
  readonly file: string;
  /** Text that comes before the place; empty where `find` stands only once. */
  readonly after: string;
  readonly find: string;
  readonly replace: string;
}

const inFile =
  (engine: Mutant['engine'], file: string) =>
  (name: string, find: string, replace: string, after = ''): Mutant => ({ name, engine, file, after, find, replace });

const execute = inFile('interpreter', 'vm/execute.ts');
const int64 = inFile('interpreter', 'vm/int64.ts');
const atomics = inFile('interpreter', 'vm/atomics.ts');
const slow = inFile('interpreter', 'vm/executeSlow.ts');
const lowering = inFile('interpreter', 'vm/lower.ts');
const emitAlu = inFile('jit', 'jit/emitAlu.ts');
const emitMemory = inFile('jit', 'jit/emitMemory.ts');
const emitCall = inFile('jit', 'jit/emitCall.ts');
const emitInsn = inFile('jit', 'jit/emitInsn.ts');
const compileFunction = inFile('jit', 'jit/compileFunction.ts');
const context = inFile('jit', 'jit/context.ts');

export const MUTANTS: readonly Mutant[] = [
  execute(
    'add64 loses the carry',
    'hi[d] = hi[d]! + hi[s]! + (sum > 0xffff_ffff ? 1 : 0);',
    'hi[d] = hi[d]! + hi[s]!;',
    'case 0: /* add64 */',
  ),
  execute(
    'sub64 loses the borrow',
    'hi[d] = hi[d]! - hi[s]! - borrow;',
    'hi[d] = hi[d]! - hi[s]!;',
    'case 1: /* sub64 */',
  ),
  execute('add32 keeps the upper half', 'hi[d] = 0;', '', 'case 15 /* add32 */'),
  execute('sub32 keeps the upper half', 'hi[d] = 0;', '', 'case 16 /* sub32 */'),
  execute('mul32 fills the upper half', 'hi[d] = 0;', 'hi[d] = -1;', 'case 17 /* mul32 */'),
  execute('div32 keeps the upper half', 'hi[d] = 0;', '', 'case 18 /* div32 */'),
  execute('mod32 keeps the upper half', 'hi[d] = 0;', '', 'case 20 /* mod32 */'),
  execute('or32 keeps the upper half', 'hi[d] = 0;', '', 'case 22 /* or32 */'),
  execute('lsh32 keeps the upper half', 'hi[d] = 0;', '', 'case 25 /* lsh32 */'),
  execute('rsh32 keeps the sign', 'lo[d] = lo[d]! >>> lo[s]!;', 'lo[d] = lo[d]! >> lo[s]!;', 'case 26 /* rsh32 */'),
  execute('arsh32 fills with zeros', 'lo[d] = lo[d]! >> lo[s]!;', 'lo[d] = lo[d]! >>> lo[s]!;', 'case 27 /* arsh32 */'),
  execute('mov32 moves 64 bits', 'hi[d] = 0;', 'hi[d] = hi[s]!;', 'case 28 /* mov32 */'),
  execute('neg32 extends the sign', 'hi[d] = 0;', 'hi[d] = -1;', 'case 29 /* neg32 */'),
  execute('movsx864 extends to 32 bits only', 'hi[d] = lo[d] >> 31;', 'hi[d] = 0;', 'case 30 /* movsx8 */'),
  execute(
    'movsx1664 extends nothing',
    'lo[d] = (lo[s]! << 16) >> 16;',
    'lo[d] = lo[s]! & 0xffff;',
    'case 31 /* movsx16 */',
  ),
  execute('movsx3264 extends nothing', 'hi[d] = lo[d] >> 31;', 'hi[d] = 0;', 'case 32 /* movsx32 */'),
  execute('movsx832 extends to 64 bits', 'hi[d] = 0;', 'hi[d] = lo[d] >> 31;', 'case 33 /* movsx8w */'),
  execute('le16 cuts too late', 'lo[d] = lo[d]! & 0xffff;', 'lo[d] = lo[d]! & 0xffffff;', 'case 35 /* zext16 */'),
  execute('le32 cuts nothing', 'hi[d] = 0;', '', 'case 36 /* zext32 */'),
  execute('swap64 forgets a half', 'hi[d] = swap32(lo[d]!);', 'hi[d] = swap32(hi[d]!);', 'case 40 /* swap64 */'),
  execute(
    'jeq64 compares 32 bits',
    'pc = lo[d] === lo[s] && hi[d] === hi[s] ? off[pc]! : pc + 1;',
    'pc = lo[d] === lo[s] ? off[pc]! : pc + 1;',
    'case 43 /* jeq64 */',
  ),
  execute(
    'jset64 looks at 32 bits',
    'pc = (lo[d]! & lo[s]!) !== 0 || (hi[d]! & hi[s]!) !== 0 ? off[pc]! : pc + 1;',
    'pc = (lo[d]! & lo[s]!) !== 0 ? off[pc]! : pc + 1;',
    'case 45 /* jset64 */',
  ),
  execute(
    'jgt64 compares with signs',
    'pc = (hi[d] === hi[s] ? lo[d]! >>> 0 > lo[s]! >>> 0 : hi[d]! >>> 0 > hi[s]! >>> 0) ? off[pc]! : pc + 1;',
    'pc = (hi[d] === hi[s] ? lo[d]! >>> 0 > lo[s]! >>> 0 : hi[d]! > hi[s]!) ? off[pc]! : pc + 1;',
    'case 46 /* jgt64 */',
  ),
  execute(
    'jge64 leaves out equal',
    'pc = (hi[d] === hi[s] ? lo[d]! >>> 0 >= lo[s]! >>> 0 : hi[d]! >>> 0 > hi[s]! >>> 0) ? off[pc]! : pc + 1;',
    'pc = (hi[d] === hi[s] ? lo[d]! >>> 0 > lo[s]! >>> 0 : hi[d]! >>> 0 > hi[s]! >>> 0) ? off[pc]! : pc + 1;',
    'case 47 /* jge64 */',
  ),
  execute(
    'jlt64 compares low halves with signs',
    'pc = (hi[d] === hi[s] ? lo[d]! >>> 0 < lo[s]! >>> 0 : hi[d]! >>> 0 < hi[s]! >>> 0) ? off[pc]! : pc + 1;',
    'pc = (hi[d] === hi[s] ? lo[d]! < lo[s]! : hi[d]! >>> 0 < hi[s]! >>> 0) ? off[pc]! : pc + 1;',
    'case 48 /* jlt64 */',
  ),
  execute(
    'jsgt64 ignores signs',
    'pc = (hi[d] === hi[s] ? lo[d]! >>> 0 > lo[s]! >>> 0 : hi[d]! > hi[s]!) ? off[pc]! : pc + 1;',
    'pc = (hi[d] === hi[s] ? lo[d]! >>> 0 > lo[s]! >>> 0 : hi[d]! >>> 0 > hi[s]! >>> 0) ? off[pc]! : pc + 1;',
    'case 50 /* jsgt64 */',
  ),
  execute(
    'jsle64 leaves out equal',
    'pc = (hi[d] === hi[s] ? lo[d]! >>> 0 <= lo[s]! >>> 0 : hi[d]! < hi[s]!) ? off[pc]! : pc + 1;',
    'pc = (hi[d] === hi[s] ? lo[d]! >>> 0 < lo[s]! >>> 0 : hi[d]! < hi[s]!) ? off[pc]! : pc + 1;',
    'case 53 /* jsle64 */',
  ),
  execute(
    'jset32 looks at 64 bits',
    'pc = (lo[d]! & lo[s]!) !== 0 ? off[pc]! : pc + 1;',
    'pc = (lo[d]! & lo[s]!) !== 0 || (hi[d]! & hi[s]!) !== 0 ? off[pc]! : pc + 1;',
    'case 56 /* jset32 */',
  ),
  execute(
    'jgt32 compares with signs',
    'pc = lo[d]! >>> 0 > lo[s]! >>> 0 ? off[pc]! : pc + 1;',
    'pc = lo[d]! > lo[s]! ? off[pc]! : pc + 1;',
    'case 57 /* jgt32 */',
  ),
  execute(
    'jslt32 ignores signs',
    'pc = lo[d]! < lo[s]! ? off[pc]! : pc + 1;',
    'pc = lo[d]! >>> 0 < lo[s]! >>> 0 ? off[pc]! : pc + 1;',
    'case 63 /* jslt32 */',
  ),
  execute(
    'load16 extends the sign',
    'lo[d] = view.getUint16(at, true);',
    'lo[d] = view.getInt16(at, true);',
    'case 66 /* load16 */',
  ),
  execute('load32 extends the sign', 'hi[d] = 0;', 'hi[d] = lo[d] >> 31;', 'case 67 /* load32 */'),
  execute('loads8 extends to 32 bits only', 'hi[d] = lo[d] >> 31;', 'hi[d] = 0;', 'case 69 /* loads8 */'),
  execute('loads32 extends nothing', 'hi[d] = lo[d] >> 31;', 'hi[d] = 0;', 'case 71 /* loads32 */'),
  execute('store64 stores 32 bits', 'view.setInt32(at + 4, hi[s]!, true);', '', 'case 75 /* store64 */'),
  execute(
    'store32 stores 64 bits',
    'pc++;',
    'view.setInt32(at + 4, hi[s]!, true);\n            pc++;',
    'case 74 /* store32 */',
  ),
  int64(
    'mod32 by zero is zero',
    'return b === 0 ? a : ((a >>> 0) % (b >>> 0)) | 0;',
    'return b === 0 ? 0 : ((a >>> 0) % (b >>> 0)) | 0;',
  ),
  int64(
    'mod64 by zero is zero',
    'if (bHigh === 0 && lo[s] === 0) return;',
    'if (bHigh === 0 && lo[s] === 0) lo[d] = hi[d] = 0;\n  if (bHigh === 0 && lo[s] === 0) return;',
  ),
  int64('neg64 loses the carry', 'hi[d] = ~hi[d]! + (lo[d] === 0 ? 1 : 0);', 'hi[d] = ~hi[d]!;'),
  int64('mul64 loses a carry', '  const carry = a0 * b1 + (middle & 0xffff);\n', '  const carry = a0 * b1;\n'),
  int64('sdiv32 rounds down', 'return b === 0 ? 0 : (a / b) | 0;', 'return b === 0 ? 0 : Math.floor(a / b) | 0;'),
  int64(
    'lsh64 masks five bits',
    '  const count = lo[s]! & 63;\n  const low = lo[d]!;',
    '  const count = lo[s]! & 31;\n  const low = lo[d]!;',
  ),
  int64('arsh64 by 32 and more fills with zeros', 'hi[d] = high >> 31;', 'hi[d] = 0;'),
  atomics(
    'cmpxchg64 compares 32 bits',
    'const equal = low[0] === oldLow && (!is64 || high[0] === oldHigh);',
    'const equal = low[0] === oldLow;',
  ),
  atomics(
    'cmpxchg leaves r0 when it stores',
    '    low[0] = oldLow;\n    high[0] = oldHigh;\n    return;',
    '    if (equal) return;\n    low[0] = oldLow;\n    high[0] = oldHigh;\n    return;',
  ),
  atomics(
    'fetching 32 bits gives 64',
    'const oldHigh = is64 ? view.getInt32(at + 4, true) : 0;',
    'const oldHigh = view.getInt32(at + 4, true);',
  ),
  atomics('atomic add loses the carry', ' + ((aLow >>> 0) + (bLow >>> 0) > 0xffff_ffff ? 1 : 0)', ''),
  slow('a load behind the packet leaves r0', '    low[0] = high[0] = 0;\n', ''),
  slow(
    'callx does nothing',
    'if (target !== null) return enter(core, target, core.pc, false);',
    'if (target !== null) {\n    core.pc++;\n    return false;\n  }',
  ),
  lowering(
    'constants are not sign-extended',
    'return { src: constants.register(insn.imm, insn.imm >> 31), reads: 0 };',
    'return { src: constants.register(insn.imm, 0), reads: 0 };',
  ),
  lowering(
    'jumps land one too early',
    'const off = target(context.pc + 1 + insn.off, context);',
    'const off = target(context.pc + insn.off, context);',
  ),
  emitAlu('add64 is sub64', '  add: { 32: 0x6a, 64: 0x7c },', '  add: { 32: 0x6a, 64: 0x7d },'),
  emitAlu('sub64 is add64', '  sub: { 32: 0x6b, 64: 0x7d },', '  sub: { 32: 0x6b, 64: 0x7c },'),
  emitAlu('mul64 is add64', '  mul: { 32: 0x6c, 64: 0x7e },', '  mul: { 32: 0x6c, 64: 0x7c },'),
  emitAlu('and64 is or64', '  and: { 32: 0x71, 64: 0x83 },', '  and: { 32: 0x71, 64: 0x84 },'),
  emitAlu('or64 is xor64', '  or: { 32: 0x72, 64: 0x84 },', '  or: { 32: 0x72, 64: 0x85 },'),
  emitAlu('xor64 is or64', '  xor: { 32: 0x73, 64: 0x85 },', '  xor: { 32: 0x73, 64: 0x84 },'),
  emitAlu('lsh64 is rsh64', '  lsh: { 32: 0x74, 64: 0x86 },', '  lsh: { 32: 0x74, 64: 0x88 },'),
  emitAlu('lsh32 is rsh32', '  lsh: { 32: 0x74, 64: 0x86 },', '  lsh: { 32: 0x76, 64: 0x86 },'),
  emitAlu('arsh64 is rsh64', '  arsh: { 32: 0x75, 64: 0x87 },', '  arsh: { 32: 0x75, 64: 0x88 },'),
  emitAlu('arsh32 is rsh32', '  arsh: { 32: 0x75, 64: 0x87 },', '  arsh: { 32: 0x76, 64: 0x87 },'),
  emitAlu('rsh64 is arsh64', '  rsh: { 32: 0x76, 64: 0x88 },', '  rsh: { 32: 0x76, 64: 0x87 },'),
  emitAlu('rsh32 is arsh32', '  rsh: { 32: 0x76, 64: 0x88 },', '  rsh: { 32: 0x75, 64: 0x88 },'),
  emitAlu('sdiv32 divides without signs', '  sdiv: { 32: 0x6d, 64: 0x7f },', '  sdiv: { 32: 0x6e, 64: 0x7f },'),
  emitAlu('div64 divides with signs', '  div: { 32: 0x6e, 64: 0x80 },', '  div: { 32: 0x6e, 64: 0x7f },'),
  emitAlu('smod64 ignores signs', '  smod: { 32: 0x6f, 64: 0x81 },', '  smod: { 32: 0x6f, 64: 0x82 },'),
  emitAlu('mod32 takes signs', '  mod: { 32: 0x70, 64: 0x82 },', '  mod: { 32: 0x6f, 64: 0x82 },'),
  emitAlu('jgt64 compares with signs', '  gt: { 32: 0x4b, 64: 0x56 },', '  gt: { 32: 0x4b, 64: 0x55 },'),
  emitAlu('jlt32 compares with signs', '  lt: { 32: 0x49, 64: 0x54 },', '  lt: { 32: 0x48, 64: 0x54 },'),
  emitAlu('jge64 leaves out equal', '  ge: { 32: 0x4f, 64: 0x5a },', '  ge: { 32: 0x4f, 64: 0x56 },'),
  emitAlu('jle32 leaves out equal', '  le: { 32: 0x4d, 64: 0x58 },', '  le: { 32: 0x49, 64: 0x58 },'),
  emitAlu('jsgt64 ignores signs', '  sgt: { 32: 0x4a, 64: 0x55 },', '  sgt: { 32: 0x4a, 64: 0x56 },'),
  emitAlu('jsge32 ignores signs', '  sge: { 32: 0x4e, 64: 0x59 },', '  sge: { 32: 0x4f, 64: 0x59 },'),
  emitAlu('jslt64 takes equal', '  slt: { 32: 0x48, 64: 0x53 },', '  slt: { 32: 0x48, 64: 0x57 },'),
  emitAlu('jsle32 leaves out equal', '  sle: { 32: 0x4c, 64: 0x57 },', '  sle: { 32: 0x48, 64: 0x57 },'),
  emitAlu('jeq64 is jne64', '  eq: { 32: 0x46, 64: 0x51 },', '  eq: { 32: 0x46, 64: 0x52 },'),
  emitAlu('jne32 is jeq32', '  ne: { 32: 0x47, 64: 0x52 },', '  ne: { 32: 0x46, 64: 0x52 },'),
  emitAlu('movsx832 extends from 16 bits', '  32: { 8: 0xc0, 16: 0xc1 },', '  32: { 8: 0xc1, 16: 0xc1 },'),
  emitAlu('movsx1664 extends from 8 bits', '  64: { 8: 0xc2, 16: 0xc3 },', '  64: { 8: 0xc2, 16: 0xc2 },'),
  emitAlu('movsx3264 extends nothing', '  else if (bits === 32 && width === 64) f.code.u8(OP.i64Extend32S);\n', ''),
  emitAlu(
    'mod by zero is zero',
    "  if (insn.op === 'div' || insn.op === 'sdiv') pushConst(f, 0, width);",
    "  if (insn.op === 'div' || insn.op === 'sdiv' || insn.op === 'mod') pushConst(f, 0, width);",
  ),
  emitAlu(
    'sdiv swaps 0 and -1',
    '  f.code.u8(width === 64 ? OP.i64Eqz : OP.i32Eqz);\n  f.code.u8(OP.select);',
    '  f.code.u8(width === 64 ? OP.i64Eqz : OP.i32Eqz);\n  f.code.u8(OP.i32Eqz);\n  f.code.u8(OP.select);',
  ),
  emitAlu(
    'sdiv by the constant -1 traps',
    "  if (constant === -1 && insn.op === 'sdiv') {",
    "  if (constant === -2 && insn.op === 'sdiv') {",
  ),
  emitAlu(
    'bswap64 does nothing',
    "    if (insn.mode !== 'le') pushReversed(f);",
    "    if (insn.mode === 'be') pushReversed(f);",
  ),
  emitAlu('le16 cuts nothing', '    f.code.i32(0xffff);\n    f.code.u8(OP.i32And);', ''),
  emitAlu(
    'be16 keeps what lies above',
    '  code.i32(8);\n  code.u8(OP.i32ShrU);\n  code.i32(0xffff);',
    '  code.i32(8);\n  code.u8(OP.i32ShrU);\n  code.i32(0xff_ffff);',
  ),
  emitAlu(
    'jset64 joins bits',
    '  f.code.u8(width === 64 ? OP.i64And : OP.i32And);',
    '  f.code.u8(width === 64 ? OP.i64Or : OP.i32And);',
  ),
  emitMemory(
    'loads of a byte extend the sign',
    'const LOAD_UNSIGNED: Readonly<Record<Size, number>> = { 1: 0x31, 2: 0x33, 4: 0x35, 8: 0x29 };',
    'const LOAD_UNSIGNED: Readonly<Record<Size, number>> = { 1: 0x30, 2: 0x33, 4: 0x35, 8: 0x29 };',
  ),
  emitMemory(
    'signed loads of four bytes extend nothing',
    'const LOAD_SIGNED: Readonly<Record<Size, number>> = { 1: 0x30, 2: 0x32, 4: 0x34, 8: 0x29 };',
    'const LOAD_SIGNED: Readonly<Record<Size, number>> = { 1: 0x30, 2: 0x32, 4: 0x35, 8: 0x29 };',
  ),
  emitMemory(
    'stored constants are not sign-extended',
    'else f.code.i64(insn.imm);',
    'else f.code.i64Halves(insn.imm, 0);',
  ),

  emitMemory('atomic add is or', '  add: OP.i64Add,', '  add: OP.i64Or,'),
  emitMemory('atomic xor is or', '  xor: OP.i64Xor,', '  xor: OP.i64Or,'),
  emitMemory('atomics always fetch', '  if (!insn.fetch) return;\n', ''),
  emitMemory(
    'cmpxchg32 compares 64 bits',
    '  if (insn.size === 4) {\n    code.u8(OP.i32WrapI64);\n    code.u8(OP.i64ExtendI32U);\n  }\n  code.u8(OP.i64Eq);',
    '  code.u8(OP.i64Eq);',
  ),
  emitMemory('cmpxchg leaves r0', '  code.end();\n  code.get(f.temp);\n  f.pop(0);\n}', '  code.end();\n}'),
  emitMemory(
    'negative offsets reach forward',
    '  f.code.i32(access.off);\n  f.code.u8(OP.i32Add);\n  return 0;',
    '  f.code.i32(-access.off);\n  f.code.u8(OP.i32Add);\n  return 0;',
  ),
  emitCall(
    'a callee shares the frame of its caller',
    '  f.code.i32(LAYOUT.frameStride);\n  f.code.u8(OP.i32Add);\n}',
    '  f.code.i32(0);\n  f.code.u8(OP.i32Add);\n}',
  ),
  emitCall(
    'the fifth argument is the fourth',
    'const ARGUMENTS = [1, 2, 3, 4, 5] as const;',
    'const ARGUMENTS = [1, 2, 3, 4, 4] as const;',
  ),
  emitCall(
    'callx does nothing',
    '  code.tee(f.address);\n  code.i32(0);\n  code.u8(OP.i32GeS);',
    '  code.tee(f.address);\n  code.i32(0x7fff_ffff);\n  code.u8(OP.i32GeS);',
  ),
  emitInsn('lddw loads 32 bits', 'f.code.i64Halves(insn.lo, insn.hi);', 'f.code.i64Halves(insn.lo, insn.lo >> 31);'),
  compileFunction('may_goto goes on once more', 'code.i32(MAX_LOOPS);', 'code.i32(MAX_LOOPS + 1);'),
  context(
    '32-bit results extend their sign',
    '    this.code.u8(OP.i64ExtendI32U);\n    this.pop(reg);',
    '    this.code.u8(OP.i64ExtendI32U - 1);\n    this.pop(reg);',
  ),
  emitAlu('comparisons of what is narrow keep their signs', "sgt: 'gt'", "sgt: 'sgt'"),
];
