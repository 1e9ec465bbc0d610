/** How a check ends the walk. Thrown by checks, caught by explore.ts and preflight.ts; never leaves the verifier. */

/** The program breaks a rule. */
export class Rejection extends Error {
  override name = 'Rejection';
  /** The kernel's lines, first printed first. */
  readonly lines: readonly string[];
  /** The register the finding is about; null when it is about no register. */
  readonly reg: number | null;
  /** False for findings about the program as a whole, where the walk's position says nothing. */
  readonly hasPlace: boolean;
  constructor(lines: readonly string[], reg: number | null, hasPlace: boolean) {
    super(lines[0] ?? '');
    this.lines = lines;
    this.reg = reg;
    this.hasPlace = hasPlace;
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

/** Refuses with the kernel's lines, at the instruction the walk stands on. */
export function reject(...lines: string[]): never {
  throw new Rejection(lines, null, true);
}

/** The same, naming the register the trouble is with. */
export function rejectReg(reg: number, ...lines: string[]): never {
  throw new Rejection(lines, reg, true);
}

/** Refuses the program as a whole. */
export function rejectProgram(...lines: string[]): never {
  throw new Rejection(lines, null, false);
}

export function unsupported(what: string): never {
  throw new Unsupported(what);
}
