/**
 * One path that a verifier walked: what it knew at its start and after each instruction, in lines such as
 * `from 3 to 7: R1=0 R2=scalar()` and `3: R1=scalar(umax=9)`. Lines without registers are left out.
 */
export interface TracedPath {
  readonly lines: readonly string[];
  /** The verifier stopped here because it had seen such a state before. */
  readonly pruned: boolean;
}

interface OpenPath {
  steps: { label: string; registers: Map<string, string> }[];
  pruned: boolean;
}

/**
 * Reads the paths out of the kernel's log at level 2: r1 to r9, without identities of scalars and marks of precision.
 * The first path has no line for its start.
 */
export function readLog(log: string): TracedPath[] {
  const paths: OpenPath[] = [];
  for (const line of log.split('\n')) {
    const start = /^(from \d+ to \d+): ?(.*)$/.exec(line);
    if (start) openPath(paths, start[1] ?? '', start[2] ?? '');
    else readLine(paths, line);
  }
  return paths.map(({ steps, pruned }) => ({ lines: steps.flatMap(lineOf), pruned }));
}

/** `R1=0 R2=scalar()`, in the order of the numbers. */
export function registersText(registers: Iterable<readonly [name: string, text: string]>): string {
  return [...registers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => `${name}=${text}`)
    .join(' ');
}

function openPath(paths: OpenPath[], label: string, rest: string): void {
  const pruned = rest.startsWith('safe');
  paths.push({ steps: [{ label, registers: pruned ? new Map() : readRegisters(rest) }], pruned });
}

function readLine(paths: OpenPath[], line: string): void {
  const insn = /^(\d+): \([0-9a-f]{2}\) (?:.*? +; (R.*))?/.exec(line);
  if (insn) {
    if (paths.length === 0) paths.push({ steps: [], pruned: false });
    paths.at(-1)?.steps.push({ label: insn[1] ?? '', registers: readRegisters(insn[2] ?? '') });
    return;
  }
  const path = paths.at(-1);
  const state = /^\d+: (R\d.*)$/.exec(line);
  if (state) for (const [name, text] of readRegisters(state[1] ?? '')) path?.steps.at(-1)?.registers.set(name, text);
  else if (path && /^\d+: safe/.test(line)) path.pruned = true;
}

function readRegisters(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/\b(R[1-9])=(\w*\((?:[^()]|\([^()]*\))*\)|\S+)/g))
    if (!value?.startsWith('ctx')) found.set(name ?? '', plainText(value ?? ''));
  return found;
}

function plainText(value: string): string {
  return value.replace(/^P/, '').replace(/id=\d+([+-]\d+)?,?/, '');
}

function lineOf({ label, registers }: OpenPath['steps'][number]): string[] {
  return registers.size === 0 ? [] : [`${label}: ${registersText(registers)}`];
}
