import { placeOf } from './place.ts';
import type { RunJob } from './run.ts';

/** How often each instruction ran: `{"version":1,"programs":[{"name","insns":[{"pc","count","source"}]}]}`. */
export function coverageJson({ session, input }: RunJob): Uint8Array {
  const programs = [...(session.coverage ?? [])].map(([program, counts]) => ({
    name: program.name,
    section: program.section,
    insns: program.insns.flatMap((insn, pc) => {
      if (insn.kind === 'wideSlot') return [];
      const place = placeOf(program, pc, input.source);
      const source = place === null ? null : { path: place.path, line: place.line };
      return [{ pc, count: counts[pc] ?? 0, source }];
    }),
  }));
  return new TextEncoder().encode(`${JSON.stringify({ version: 1, programs }, null, 1)}\n`);
}
