import { lineAt, type Program } from '../program/program.ts';

/** A line of the source, or an instruction where the program carries no lines, and what it took. */
export interface ProfileEntry {
  readonly program: Program;
  /** The function it belongs to. */
  readonly subprog: string;
  /** Its first instruction. */
  readonly pc: number;
  readonly path: string | null;
  readonly line: number | null;
  /** Instructions executed there. */
  readonly insns: number;
  /** How often its first instruction was begun. */
  readonly hits: number;
}

/** What the lines took, the costliest first; lines that never ran are left out. */
export function profile(visits: ReadonlyMap<Program, Float64Array>): ProfileEntry[] {
  const entries = new Map<string, ProfileEntry & { insns: number }>();
  for (const [program, counts] of visits)
    counts.forEach((count, pc) => {
      if (count === 0) return;
      const line = lineAt(program, pc);
      const key = line === null ? `${program.name} ${pc}` : `${line.path} ${line.line}`;
      const known = entries.get(key);
      if (known !== undefined) known.insns += count;
      else entries.set(key, { ...placeIn(program, pc), insns: count, hits: count });
    });
  return [...entries.values()].sort((a, b) => b.insns - a.insns);
}

function placeIn(program: Program, pc: number): Omit<ProfileEntry, 'insns' | 'hits'> {
  const line = lineAt(program, pc);
  const subprog = program.subprogs.find(({ start, end }) => pc >= start && pc < end)?.name ?? program.name;
  return { program, subprog, pc, path: line?.path ?? null, line: line?.line ?? null };
}
