import type { AsmFile, InsnNode } from '../asm/assembler/syntax.ts';
import { asmLine } from '../asm/classic/print.ts';
import { printInsn } from '../asm/pseudoC/print.ts';
import { classicOp, type ClassicInsn } from '../isa/classic.ts';
import { classicExtension } from '../kernel/classicExtensions.ts';
import type { Program } from '../program/program.ts';

/** What an instruction of a filter does and what it became; null in other files. */
export function describeClassic({ insns, object }: AsmFile, node: InsnNode): string | null {
  const [program] = object.programs;
  const index = insns.indexOf(node);
  const insn = program?.classic?.insns[index];
  if (program === undefined || insn === undefined) return null;
  const { code, jt, jf, k } = insn;
  return [
    `\`\`\`cbpf\n${asmLine(insn, index)}\n\`\`\``,
    sentence(insn),
    ebpfOf(program, node),
    `\`{ 0x${code.toString(16)}, ${jt}, ${jf}, 0x${k.toString(16).padStart(8, '0')} }\` · instruction ${index}`,
  ].join('\n\n');
}

function sentence(insn: ClassicInsn): string {
  const extension = classicExtension(insn);
  if (extension === null) return classicOp(insn.code)?.description ?? 'This is no instruction of classic BPF.';
  return extension.source.kind === 'xor' ? extension.description : `A = ${extension.name}. ${extension.description}`;
}

function ebpfOf({ insns }: Program, { places }: InsnNode): string {
  if (places.length === 0) return 'No path leads here, so it has no eBPF.';
  const lines = places.flatMap(({ pc }) => {
    const insn = insns[pc];
    return insn === undefined ? [] : `${pc}: ${printInsn(insn, { pc })}`;
  });
  return `In eBPF, with A in r0 and X in r7:\n\n\`\`\`ebpf-asm\n${lines.join('\n')}\n\`\`\``;
}

/** The register of eBPF that holds A or X of a filter; null for other names and other files. */
export function classicRegister({ object }: AsmFile, name: string): number | null {
  if (object.programs[0]?.classic === undefined) return null;
  return { a: 0, x: 7 }[name.toLowerCase()] ?? null;
}
