import { printInsn } from '../asm/pseudoC/print.ts';
import type { InsnNode, Token } from '../asm/assembler/syntax.ts';
import { DIRECTIVES, MAP_PROPERTIES } from '../asm/assembler/tables.ts';
import { toHex } from '../base/bytes.ts';
import type { Span } from '../base/source.ts';
import { encode } from '../isa/encode.ts';
import { slots, type Insn } from '../isa/insn.ts';
import { contextOf } from '../kernel/contextAccess.ts';
import { helperByName } from '../kernel/helpers.ts';
import { kfuncByName } from '../kernel/kfuncs.ts';
import type { Program } from '../program/program.ts';
import { isConstant } from '../verifier/state/register.ts';
import { registerText } from '../verifier/state/print.ts';
import type { AbstractState } from '../verifier/verification.ts';
import { classicRegister, describeClassic } from './describeClassic.ts';
import { describeInsn } from './describeInsn.ts';
import { describeHelper } from './describeHelper.ts';
import { describeKfunc } from './describeKfunc.ts';
import { describeMapType } from './describeMapType.ts';
import { describeRegister } from './describeRegister.ts';
import { definitionAt } from './navigation.ts';
import { insnAt, textOf, tokenAt } from './places.ts';
import type { OpenFile } from './workspace.ts';

export interface Hover {
  readonly markdown: string;
  readonly span: Span;
}

/** What the thing under the cursor is, and what the verifier knows about it there. */
export function hoverAt(file: OpenFile, offset: number): Hover | null {
  const token = tokenAt(file.asm, offset);
  if (token === null || token.kind === 'comment') return null;
  const markdown = describeToken(file, token, offset);
  return markdown === null ? null : { markdown, span: token.span };
}

function describeToken(file: OpenFile, token: Token, offset: number): string | null {
  const { asm } = file;
  const text = textOf(asm, token.span);
  const insn = insnAt(asm, offset);
  switch (token.kind) {
    case 'register':
      return insn && (describeRegisterUse(file, insn, text) ?? describeNode(file, insn));
    case 'helper':
    case 'kfunc':
      return describeCallee(text) ?? (insn && describeNode(file, insn));
    case 'directive':
      return directiveDoc(text);
    case 'property':
      return describeMapType(text) ?? propertyDoc(text) ?? (insn && describeNode(file, insn));
    case 'label':
    case 'function':
    case 'map':
    case 'data':
      return describeSymbol(file, offset) ?? (insn && describeNode(file, insn));
    case 'number':
      return describeNumber(text, insn === null ? null : describeNode(file, insn));
    default:
      return insn && describeNode(file, insn);
  }
}

function describeCallee(text: string): string | null {
  const name = text.replace(/#\d+$/, '');
  const helper = helperByName(name);
  if (helper !== null) return describeHelper(helper);
  const kfunc = kfuncByName(name);
  return kfunc === null ? null : describeKfunc(kfunc);
}

function directiveDoc(text: string): string | null {
  const directive = DIRECTIVES.find(({ name }) => name === text);
  return directive === undefined ? null : `\`${directive.usage}\`\n\n${directive.doc}`;
}

function propertyDoc(text: string): string | null {
  return MAP_PROPERTIES.find(({ name }) => name === text)?.doc ?? null;
}

/** A register: what the verifier knows of it before the instruction, on each path that differs. */
function describeRegisterUse(file: OpenFile, node: InsnNode, text: string): string | null {
  const classic = classicRegister(file.asm, text);
  const number = classic ?? Number(/^[rw](\d+)$/i.exec(text)?.[1] ?? Number.NaN);
  if (!(number >= 0 && number <= 10)) return null;
  const known = new Map<string, string>();
  let verified = false;
  // An instruction of a filter has its registers where its eBPF begins.
  for (const { program, pc } of classic === null ? node.places : node.places.slice(0, 1)) {
    const verification = file.verifications[program];
    if (!verification) continue;
    verified = true;
    for (const state of verification.states[pc] ?? []) addKnown(known, state, number);
  }
  const title = `**${classic === null ? `r${number}` : text.toUpperCase()}** before this line`;
  if (!verified) return `${title}: not known while the program has errors or is being checked.`;
  if (known.size === 0) return `${title}: the verifier never gets here.`;
  const lines = [...known].map(([notation, words]) => `- \`${notation}\` ${words}`);
  return [known.size > 1 ? `${title}, by path:` : `${title}:`, '', ...lines].join('\n');
}

function addKnown(known: Map<string, string>, state: AbstractState, number: number): void {
  const frame = state.frames.at(-1);
  const reg = frame?.regs[number];
  if (frame !== undefined && reg !== undefined) known.set(registerNotation(reg, frame.frameno), describeRegister(reg));
}

function registerNotation(reg: Parameters<typeof registerText>[0], frameno: number): string {
  return reg.kind === 'notInit' ? '?' : registerText(reg, frameno);
}

function describeNode(file: OpenFile, node: InsnNode): string | null {
  const classic = describeClassic(file.asm, node);
  if (classic !== null) return classic + visits(file, node);
  const place = node.places[0];
  const program = place && file.asm.object.programs[place.program];
  const insn = program?.insns[place?.pc ?? -1];
  if (place === undefined || program === undefined || insn === undefined) return null;
  const bytes = toHex(encode(program.insns.slice(place.pc, place.pc + slots(insn)))).replaceAll(/(..)(?=.)/g, '$1 ');
  const where = node.places.map(({ program: index, pc }) => `${file.asm.object.programs[index]?.name} pc ${pc}`);
  return [
    `\`\`\`ebpf-asm\n${printInsn(insn, { pc: place.pc, maps: program.maps, kfuncs: program.kfuncs })}\n\`\`\``,
    describeInsn(insn) + contextField(file, place, insn),
    `\`${bytes}\` · ${where.join(', ')}${visits(file, node)}`,
  ].join('\n\n');
}

/** What a field of the context is that the instruction reads or writes, if that is what its pointer points to. */
function contextField(file: OpenFile, { program: index, pc }: InsnNode['places'][number], insn: Insn): string {
  if (insn.kind !== 'load' && insn.kind !== 'store') return '';
  const program = file.asm.object.programs[index];
  const frame = file.verifications[index]?.states[pc]?.[0]?.frames.at(-1);
  const base = frame?.regs[insn.kind === 'load' ? insn.src : insn.dst];
  const context = program === undefined ? null : contextOf(program.type);
  if (base?.kind !== 'ctx' || context === null || !isConstant(base)) return '';
  const off = base.off + Number(BigInt.asIntN(64, base.bounds.umin)) + insn.off;
  const field = context.fields.find((one) => one.off <= off && off < one.off + one.size);
  return field === undefined ? '' : `\n\n\`${field.type} ${field.name}\` of \`struct ${context.name}\`: ${field.doc}`;
}

/** How often the verifier walked over an instruction: the cost of a line. */
function visits(file: OpenFile, node: InsnNode): string {
  let total = 0;
  for (const { program, pc } of node.places) total += file.verifications[program]?.visits[pc] ?? 0;
  return total === 0 ? '' : ` · walked ${total} ${total === 1 ? 'time' : 'times'} by the verifier`;
}

function describeSymbol(file: OpenFile, offset: number): string | null {
  const { asm } = file;
  const definition = definitionAt(asm, offset);
  if (definition === null) return null;
  const code = (text: string): string => `\`\`\`ebpf-asm\n${text}\n\`\`\``;
  if (definition.kind === 'map') return code(textOf(asm, definition.extent));
  const program = asm.object.programs.find(({ name }) => name === definition.name);
  if (definition.kind === 'function' && program !== undefined)
    return `${code(`${definition.name}:`)}\n\n${describeProgram(program, file)}`;
  return `${code(`${definition.name}:`)}\n\n${KIND_WORDS[definition.kind]}`;
}

const KIND_WORDS = {
  label: 'A place to jump to.',
  function: 'A function of this file.',
  data: 'Data of this file.',
  map: '',
};

function describeProgram(program: Program, file: OpenFile): string {
  const verification = file.verifications[file.asm.object.programs.indexOf(program)];
  const size = `${program.type} program in section \`${program.section}\`, ${program.insns.length} instructions.`;
  if (!verification) return size;
  const verdict = {
    accepted: 'The verifier accepts it',
    rejected: 'The verifier rejects it',
    unsupported: 'Not checked',
  };
  return `${size} ${verdict[verification.outcome]}: ${verification.processed} instructions processed.`;
}

function describeNumber(text: string, insn: string | null): string {
  let forms = '';
  try {
    const value = BigInt(text.replaceAll('_', ''));
    forms = `\`${value}\` · \`0x${value.toString(16)}\` · \`0b${value.toString(2)}\``;
  } catch {
    forms = `\`${text}\``;
  }
  return insn === null ? forms : `${forms}\n\n${insn}`;
}
