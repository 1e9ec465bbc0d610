import { warningAt, type Diagnostic } from '../base/diagnostic.ts';
import { decode } from '../isa/decode.ts';
import type { Insn } from '../isa/insn.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import type { BpfObject, Program, Subprog } from '../program/program.ts';

/** More instructions than any kernel loads. */
const MAX_SLOTS = 1_000_000;

/** Reads a file that holds nothing but instructions, eight bytes each and little-endian, as one program. */
export function readRaw(path: string, bytes: Uint8Array, type: ProgramType, name: string): BpfObject {
  const slots = Math.min(Math.floor(bytes.length / 8), MAX_SLOTS);
  const insns = decode(bytes.subarray(0, slots * 8));
  const program: Program = {
    name, type, insns, attachType: null, section: '', subprogs: subprogsOf(insns, name), maps: [], lines: [],
    labels: new Map(), license: 'GPL', btf: null, sleepable: false, flags: 0,
  }; // prettier-ignore
  const programs = slots === 0 ? [] : [program];
  return { path, programs, maps: [], license: 'GPL', btf: null, diagnostics: findingsAbout(bytes, slots, insns) };
}

/** Every target of a call and of an address of a function begins one, as in the kernel's `add_subprog_and_kfunc`. */
function subprogsOf(insns: readonly Insn[], name: string): Subprog[] {
  const starts = new Set([0]);
  for (const [pc, insn] of insns.entries()) {
    const target =
      insn.kind === 'call' && insn.target === 'subprog'
        ? pc + 1 + insn.imm
        : insn.kind === 'loadFunc'
          ? pc + 1 + insn.off
          : 0;
    if (target > 0 && target < insns.length) starts.add(target);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  return sorted.map((start, index) => ({
    name: index === 0 ? name : `subprog_${start}`,
    start,
    end: sorted[index + 1] ?? insns.length,
    global: false,
    typeId: 0,
  }));
}

function findingsAbout(bytes: Uint8Array, slots: number, insns: readonly Insn[]): Diagnostic[] {
  const findings: Diagnostic[] = [];
  const rest = { start: slots * 8, end: bytes.length };
  if (slots === 0) findings.push(warningAt('program-missing', null, 'the file holds no instruction of eight bytes'));
  else if (rest.end - rest.start >= 8)
    findings.push(warningAt('program-too-large', rest, `only the first ${MAX_SLOTS} instructions are read`));
  else if (rest.end > rest.start)
    findings.push(
      warningAt(
        'instruction-truncated',
        rest,
        `the last ${rest.end - rest.start} bytes are no whole instruction; they are left out`,
      ),
    );
  const pc = insns.findIndex((insn) => insn.kind === 'loadMap');
  if (pc !== -1)
    findings.push(
      warningAt(
        'map-unknown',
        { start: pc * 8, end: pc * 8 + 16 },
        'the instructions use maps, which a file of instructions cannot describe: use an object file',
      ),
    );
  return findings;
}
