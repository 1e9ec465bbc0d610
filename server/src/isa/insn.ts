/**
 * eBPF instructions as plain data. Only encode.ts and decode.ts know bits; everybody else switches over `kind` and
 * closes the switch with `unreachable`. Source: RFC 9669 and include/uapi/linux/bpf.h, Linux 6.18.
 */

/** r0-r10; r10 is the read-only frame pointer. */
export type Reg = number;

/** Width of a memory access in bytes. */
export type Size = 1 | 2 | 4 | 8;

export type AluOp =
  | 'add' | 'sub' | 'mul' | 'div' | 'sdiv' | 'mod' | 'smod'
  | 'or' | 'and' | 'xor' | 'lsh' | 'rsh' | 'arsh' | 'mov' | 'neg'; // prettier-ignore

/** Comparisons as RFC 9669 names them; `set` is `dst & src`. */
export type JumpOp = 'eq' | 'ne' | 'set' | 'gt' | 'ge' | 'lt' | 'le' | 'sgt' | 'sge' | 'slt' | 'sle';

export type AtomicOp = 'add' | 'or' | 'and' | 'xor' | 'xchg' | 'cmpxchg' | 'loadAcquire' | 'storeRelease';

/**
 * The second operand. `src` is the register and `imm` is 0 when `source` is 'reg'; `imm` is a signed 32-bit number and
 * `src` is 0 when it is 'imm'.
 */
export interface Operand {
  readonly source: 'reg' | 'imm';
  readonly src: Reg;
  readonly imm: number;
}

/** `dst op= operand`. `wide` is 64 bits; otherwise 32 bits with the upper half of dst set to zero. */
export interface AluInsn extends Operand {
  readonly kind: 'alu';
  readonly op: AluOp;
  readonly wide: boolean;
  readonly dst: Reg;
  /** Only for `mov`: sign-extends the low 8, 16 or 32 bits of src (movsx). 0 is a plain move. */
  readonly signExtendBits: 0 | 8 | 16 | 32;
}

/** `le` and `be` convert to that byte order and zero-extend; `swap` (bswap16/32/64) is unconditional. */
export interface BswapInsn {
  readonly kind: 'bswap';
  readonly mode: 'le' | 'be' | 'swap';
  readonly bits: 16 | 32 | 64;
  readonly dst: Reg;
}

/** `dst = addr_space_cast(src, dstSpace, srcSpace)`: arena pointers. */
export interface AddrSpaceCastInsn {
  readonly kind: 'addrSpaceCast';
  readonly dst: Reg;
  readonly src: Reg;
  readonly dstSpace: number;
  readonly srcSpace: number;
}

/** `dst = *(size *)(src + off)`, zero- or sign-extended to 64 bits. */
export interface LoadInsn {
  readonly kind: 'load';
  readonly dst: Reg;
  readonly src: Reg;
  /** Signed 16-bit. */
  readonly off: number;
  readonly size: Size;
  readonly signed: boolean;
}

/** `*(size *)(dst + off) = operand`; an immediate is sign-extended. */
export interface StoreInsn extends Operand {
  readonly kind: 'store';
  readonly dst: Reg;
  readonly off: number;
  readonly size: Size;
}

/**
 * Atomic operation on `*(size *)(dst + off)` with `src`. For `loadAcquire` the memory operand is `src + off` and the
 * result goes to `dst`. `cmpxchg` compares with r0 and returns the old value there.
 */
export interface AtomicInsn {
  readonly kind: 'atomic';
  readonly op: AtomicOp;
  /** The old value goes to src. Always true for xchg and cmpxchg, false for loadAcquire and storeRelease. */
  readonly fetch: boolean;
  readonly size: Size;
  readonly dst: Reg;
  readonly src: Reg;
  readonly off: number;
}

/** `dst = imm64`; takes two slots. `lo` and `hi` are signed 32-bit halves. */
export interface LoadImm64Insn {
  readonly kind: 'loadImm64';
  readonly dst: Reg;
  readonly lo: number;
  readonly hi: number;
}

/**
 * A map or an address inside a map's first value; two slots. In a `Program`, `map` is an index into `program.maps`
 * whatever `by` says. In a raw instruction stream it is the immediate as it stands there (a file descriptor or index).
 */
export interface LoadMapInsn {
  readonly kind: 'loadMap';
  readonly dst: Reg;
  /** BPF_PSEUDO_MAP_FD 1, MAP_VALUE 2, MAP_IDX 5, MAP_IDX_VALUE 6. The last two index the loader's fd_array. */
  readonly by: 'fd' | 'value' | 'idx' | 'idxValue';
  readonly map: number;
  /** Byte offset into the value; 0 for 'fd' and 'idx'. Unsigned 32-bit. */
  readonly off: number;
}

/** The address of a kernel variable, by BTF id (BPF_PSEUDO_BTF_ID 3); two slots. */
export interface LoadBtfIdInsn {
  readonly kind: 'loadBtfId';
  readonly dst: Reg;
  readonly btfId: number;
  /** File descriptor or index of a module's BTF; 0 is vmlinux. */
  readonly module: number;
}

/** The address of a subprogram (BPF_PSEUDO_FUNC 4): target pc = pc + 1 + off; two slots. */
export interface LoadFuncInsn {
  readonly kind: 'loadFunc';
  readonly dst: Reg;
  readonly off: number;
}

/** Conditional jump to pc + 1 + off. `wide` compares 64 bits, otherwise the low 32. */
export interface JumpInsn extends Operand {
  readonly kind: 'jump';
  readonly op: JumpOp;
  readonly wide: boolean;
  readonly dst: Reg;
  readonly off: number;
}

/** Unconditional jump to pc + 1 + off; `long` is gotol (JMP32 | JA) with a 32-bit offset. */
export interface GotoInsn {
  readonly kind: 'goto';
  readonly off: number;
  readonly long: boolean;
}

/** `may_goto`: jumps once the loop's hidden budget is used up. */
export interface MayGotoInsn {
  readonly kind: 'mayGoto';
  readonly off: number;
}

/**
 * Call. helper: `imm` is the helper's number. subprog: target pc = pc + 1 + imm. kfunc: `imm` is a BTF id, `off` the
 * index of its module's BTF.
 */
export interface CallInsn {
  readonly kind: 'call';
  readonly target: 'helper' | 'subprog' | 'kfunc';
  readonly imm: number;
  readonly off: number;
}

/** Indirect call through a register. */
export interface CallxInsn {
  readonly kind: 'callx';
  readonly reg: Reg;
}

export interface ExitInsn {
  readonly kind: 'exit';
}

/** LD_ABS and LD_IND: r0 = packet data at imm (+ src), network order, or the program ends with 0. */
export interface PacketInsn {
  readonly kind: 'packet';
  readonly mode: 'abs' | 'ind';
  readonly size: 1 | 2 | 4;
  /** 0 when the mode is 'abs'. */
  readonly src: Reg;
  readonly imm: number;
}

/** The second slot of a two-slot instruction: nothing may jump here, nothing executes it. */
export interface WideSlotInsn {
  readonly kind: 'wideSlot';
}

/** Eight bytes that are no instruction. Kept as they are, so encode(decode(x)) is x. */
export interface InvalidInsn {
  readonly kind: 'invalid';
  /** The whole slot: opcode byte, register byte (dst | src << 4), signed off, signed imm. */
  readonly opcode: number;
  readonly regs: number;
  readonly off: number;
  readonly imm: number;
  /** In plain words: "reserved field off must be zero". */
  readonly reason: string;
  /** What the kernel's log says, where its check comes before the walk; e.g. "BPF_ALU uses reserved fields". */
  readonly kernelMessage: string;
}

export type Insn =
  | AluInsn
  | BswapInsn
  | AddrSpaceCastInsn
  | LoadInsn
  | StoreInsn
  | AtomicInsn
  | LoadImm64Insn
  | LoadMapInsn
  | LoadBtfIdInsn
  | LoadFuncInsn
  | JumpInsn
  | GotoInsn
  | MayGotoInsn
  | CallInsn
  | CallxInsn
  | ExitInsn
  | PacketInsn
  | WideSlotInsn
  | InvalidInsn;

/** Slots an instruction takes: 2 for the four 64-bit immediate loads. */
export function slots(insn: Insn): 1 | 2 {
  const { kind } = insn;
  return kind === 'loadImm64' || kind === 'loadMap' || kind === 'loadBtfId' || kind === 'loadFunc' ? 2 : 1;
}

/** Where control may go besides the next instruction; null for an instruction that never jumps. */
export function jumpTarget(insn: Insn, pc: number): number | null {
  const { kind } = insn;
  return kind === 'jump' || kind === 'goto' || kind === 'mayGoto' ? pc + 1 + insn.off : null;
}
