/** How a check ends the walk. Thrown by checks, caught by explore.ts and preflight.ts; never leaves the verifier. */

/** The program breaks a rule. */
export class Rejection extends Error {
  override name = 'Rejection';
  /** The kernel's lines, first printed first. */
  readonly lines: readonly string[];
  /** The register the finding is about; null when it is about no register. */
  readonly reg: number | null;
  /** Where: 'here' is where the walk stands; null for findings about the program as a whole. */
  readonly place: number | 'here' | null;
  /** A path that only the processor's wrong guess leads to may break the rule: it is stopped there instead. */
  avoidable = true;
  constructor(lines: readonly string[], reg: number | null, place: number | 'here' | null) {
    super(lines[0] ?? '');
    this.lines = lines;
    this.reg = reg;
    this.place = place;
  }
}

/** The program needs what is not modelled; `what` names it in the user's terms: "helper bpf_loop". */
export class Unsupported extends Error {
  override name = 'Unsupported';
  readonly what: string;
  constructor(what: string) {
    super(what);
    this.what = what;
  }
}

/** The program needs the types (BTF) of the kernel, and nobody gave them; `what` for, in the user's terms. */
export class KernelTypesNeeded extends Unsupported {
  override name = 'KernelTypesNeeded';
}

/** Refuses with the kernel's lines, at the instruction the walk stands on. */
export function reject(...lines: string[]): never {
  throw new Rejection(lines, null, 'here');
}

/** The same, naming the register the trouble is with. */
export function rejectReg(reg: number, ...lines: string[]): never {
  throw new Rejection(lines, reg, 'here');
}

/** Refuses at an instruction that is not the one the walk stands on. */
export function rejectAt(pc: number, line: string): never {
  throw new Rejection([line], null, pc);
}

/** Refuses the program as a whole. */
export function rejectProgram(...lines: string[]): never {
  throw new Rejection(lines, null, null);
}

export function unsupported(what: string): never {
  throw new Unsupported(what);
}
