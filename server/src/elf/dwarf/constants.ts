/** The numbers of DWARF that debuggers need. Source: DWARF 5, sections 7.5 to 7.25; those of GNU and LLVM from llvm/BinaryFormat/Dwarf.def. */

export const UNIT_TYPE = { compile: 1, type: 2, partial: 3, skeleton: 4, splitCompile: 5, splitType: 6 } as const;

export const TAG = {
  arrayType: 0x01, enumerationType: 0x04, formalParameter: 0x05, lexicalBlock: 0x0b, member: 0x0d, pointerType: 0x0f,
  compileUnit: 0x11, structureType: 0x13, subroutineType: 0x15, typedef: 0x16, unionType: 0x17,
  unspecifiedParameters: 0x18, inlinedSubroutine: 0x1d, subrangeType: 0x21, baseType: 0x24, constType: 0x26,
  enumerator: 0x28, subprogram: 0x2e, variable: 0x34, volatileType: 0x35, restrictType: 0x37, namespace: 0x39, partialUnit: 0x3c,
  atomicType: 0x47, skeletonUnit: 0x4a,
} as const; // prettier-ignore

export const AT = {
  sibling: 0x01, location: 0x02, name: 0x03, byteSize: 0x0b, bitOffset: 0x0c, bitSize: 0x0d, stmtList: 0x10,
  lowPc: 0x11, highPc: 0x12, compDir: 0x1b, constValue: 0x1c, inline: 0x20, prototyped: 0x27, upperBound: 0x2f,
  abstractOrigin: 0x31, artificial: 0x34, count: 0x37, dataMemberLocation: 0x38, declColumn: 0x39, declFile: 0x3a,
  declLine: 0x3b, declaration: 0x3c, encoding: 0x3e, frameBase: 0x40, specification: 0x47, type: 0x49, ranges: 0x55,
  callColumn: 0x57, callFile: 0x58, callLine: 0x59, dataBitOffset: 0x6b, strOffsetsBase: 0x72, addrBase: 0x73,
  rnglistsBase: 0x74, loclistsBase: 0x8c,
} as const; // prettier-ignore

export const FORM = {
  addr: 0x01, block2: 0x03, block4: 0x04, data2: 0x05, data4: 0x06, data8: 0x07, string: 0x08, block: 0x09,
  block1: 0x0a, data1: 0x0b, flag: 0x0c, sdata: 0x0d, strp: 0x0e, udata: 0x0f, refAddr: 0x10, ref1: 0x11, ref2: 0x12,
  ref4: 0x13, ref8: 0x14, refUdata: 0x15, indirect: 0x16, secOffset: 0x17, exprloc: 0x18, flagPresent: 0x19,
  strx: 0x1a, addrx: 0x1b, refSup4: 0x1c, strpSup: 0x1d, data16: 0x1e, lineStrp: 0x1f, refSig8: 0x20,
  implicitConst: 0x21, loclistx: 0x22, rnglistx: 0x23, refSup8: 0x24, strx1: 0x25, strx2: 0x26, strx3: 0x27,
  strx4: 0x28, addrx1: 0x29, addrx2: 0x2a, addrx3: 0x2b, addrx4: 0x2c,
} as const; // prettier-ignore

export const OP = {
  addr: 0x03, deref: 0x06, const1u: 0x08, const1s: 0x09, const2u: 0x0a, const2s: 0x0b, const4u: 0x0c, const4s: 0x0d,
  const8u: 0x0e, const8s: 0x0f, constu: 0x10, consts: 0x11, dup: 0x12, drop: 0x13, over: 0x14, pick: 0x15, swap: 0x16,
  rot: 0x17, abs: 0x19, and: 0x1a, div: 0x1b, minus: 0x1c, mod: 0x1d, mul: 0x1e, neg: 0x1f, not: 0x20, or: 0x21,
  plus: 0x22, plusUconst: 0x23, shl: 0x24, shr: 0x25, shra: 0x26, xor: 0x27, eq: 0x29, ge: 0x2a, gt: 0x2b, le: 0x2c,
  lt: 0x2d, ne: 0x2e, lit0: 0x30, reg0: 0x50, breg0: 0x70, regx: 0x90, fbreg: 0x91, bregx: 0x92, piece: 0x93,
  derefSize: 0x94, nop: 0x96, callFrameCfa: 0x9c, bitPiece: 0x9d, implicitValue: 0x9e, stackValue: 0x9f, addrx: 0xa1,
  constx: 0xa2, entryValue: 0xa3, constType: 0xa4, convert: 0xa8, reinterpret: 0xa9, gnuEntryValue: 0xf3,
  gnuAddrIndex: 0xfb, gnuConstIndex: 0xfc,
} as const; // prettier-ignore

/** Encodings of base types. */
export const ATE = { boolean: 2, complexFloat: 3, float: 4, signed: 5, signedChar: 6, unsigned: 7, unsignedChar: 8, utf: 0x10 } as const; // prettier-ignore

/** Entries of `.debug_loclists`; those of `.debug_rnglists` are the same without the default. */
export const LIST = {
  endOfList: 0, baseAddressx: 1, startxEndx: 2, startxLength: 3, offsetPair: 4, defaultLocation: 5, baseAddress: 6,
  startEnd: 7, startLength: 8,
} as const; // prettier-ignore

/** What an entry of a table of file names holds. */
export const LINE_CONTENT = { path: 1, directoryIndex: 2 } as const;
