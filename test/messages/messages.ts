/** One message about the main file, as both compilers give it. */
export interface Message {
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** clang's option; ours has the same name, or one that clang has no option for. */
  readonly flag: string | null;
}

export interface Compared {
  /** Said by both in the same words at the same place. */
  readonly same: readonly Message[];
  /** Ours alone. */
  readonly wrong: readonly Message[];
  /** clang's alone. */
  readonly missed: readonly Message[];
}

export function compare(ours: readonly Message[], theirs: readonly Message[]): Compared {
  const rest = [...theirs];
  const [same, wrong]: [Message[], Message[]] = [[], []];
  for (const one of ours) {
    const at = rest.findIndex((other) => keyOf(other) === keyOf(one));
    if (at !== -1) rest.splice(at, 1);
    (at === -1 ? wrong : same).push(one);
  }
  return { same, wrong, missed: rest };
}

export function keyOf({ line, column, severity, message }: Message): string {
  return `${line}:${column}: ${severity}: ${message}`;
}
