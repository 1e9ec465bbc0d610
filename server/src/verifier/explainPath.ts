/** The way to a finding: where a register's value came from, and which branches were taken. */
import type { Insn } from '../isa/insn.ts';
import { printCondition } from '../isa/print.ts';
import type { Env } from './env.ts';
import { helperName } from './helperNames.ts';
import { aluSymbol } from './insnText.ts';
import type { RegisterKind } from './state/register.ts';
import { registerWords } from './state/registerWords.ts';
import { getReg } from './registers.ts';
import { executedBefore } from './trail.ts';
import type { PathStep } from './verification.ts';

/** How far back a path is told, and how many of its branches. */
const MAX_TRAIL = 4000;
const MAX_BRANCHES = 12;

/**
 * Where the register's value comes from, what of the instructions `acquiring` is still held, and the branches the path
 * took, oldest first.
 */
export function pathTo(env: Env, regno: number | null, acquiring: ReadonlySet<number>): PathStep[] {
  const trail = executedBefore(env, MAX_TRAIL);
  const tracker: Tracker = { regno, slot: null, depth: 0, done: regno === null, redefined: 0 };
  const steps: PathStep[] = [];
  let branches = 0;
  if (regno !== null) {
    const reg = getReg(env, regno);
    if (reg.kind !== 'notInit') steps.push({ pc: env.pc, note: `here r${regno} is ${registerWords(reg)}` });
  }
  let later = env.pc;
  for (const pc of trail) {
    const insn = env.program.insns[pc];
    if (insn === undefined) break;
    const origin = tracker.done ? null : trace(env, tracker, insn, pc);
    tracker.redefined |= definedBy(insn);
    if (origin !== null) steps.push({ pc, note: origin });
    if (acquiring.has(pc)) steps.push({ pc, note: 'this acquires what is still held' });
    if (insn.kind === 'jump' && branches < MAX_BRANCHES) {
      branches++;
      steps.push({
        pc,
        note: `${later === pc + 1 + insn.off ? 'taken' : 'not taken'}: if ${printCondition(insn, false)}`,
      });
    }
    later = pc;
  }
  return steps.reverse();
}

/** Which register is looked for while going back, and how many finished callees deep. */
interface Tracker {
  regno: number | null;
  /** Offset from r10 of the place on the stack that is looked for instead, where the register was loaded from there. */
  slot: number | null;
  depth: number;
  done: boolean;
  /** Bit i: register i was written later on the path. */
  redefined: number;
}

/** What an instruction did to the register looked for; null when nothing. */
function trace(env: Env, tracker: Tracker, insn: Insn, pc: number): string | null {
  if (insn.kind === 'exit') {
    tracker.depth++;
    return null;
  }
  if (insn.kind === 'call' && insn.target === 'subprog') return traceCall(tracker);
  if (tracker.depth > 0) return null;
  if (tracker.slot !== null) return traceStore(tracker, insn);
  if (tracker.regno === null) return null;
  const { regno } = tracker;
  switch (insn.kind) {
    case 'alu':
      return insn.dst === regno ? traceAlu(env, tracker, insn) : null;
    case 'call':
      return regno <= 5 ? traceCallee(env, tracker, insn) : null;
    case 'load':
      return insn.dst === regno ? traceLoad(env, tracker, insn, pc) : null;
    case 'packet':
      return regno <= 5 ? end(tracker, 'this packet load sets r0 and leaves r1 to r5 undefined') : null;
    case 'loadMap':
      return insn.dst === regno ? end(tracker, `r${regno} becomes ${mapWords(env, insn)} here`) : null;
    case 'loadImm64':
    case 'loadBtfId':
    case 'loadFunc':
      return insn.dst === regno ? end(tracker, `r${regno} is set to a constant here`) : null;
    case 'bswap':
      return insn.dst === regno ? `the bytes of r${regno} are swapped here` : null;
    case 'atomic':
      return insn.fetch && (insn.op === 'cmpxchg' ? regno === 0 : insn.src === regno)
        ? end(tracker, `r${regno} is the old value of this atomic operation`)
        : null;
    default:
      return null;
  }
}

function end(tracker: Tracker, note: string): string {
  tracker.done = true;
  return note;
}

function traceCall(tracker: Tracker): string | null {
  if (tracker.depth > 0) {
    tracker.depth--;
    if (tracker.depth > 0 || tracker.regno === null || tracker.regno > 5) return null;
    const { regno } = tracker;
    return end(tracker, regno === 0 ? 'r0 is what this function returned' : `this call leaves r${regno} undefined`);
  }
  // Out of the function that is still running: its arguments were the caller's.
  if (tracker.regno === null || tracker.regno === 0 || tracker.regno > 5)
    return end(tracker, 'the function is called here');
  return `r${tracker.regno} is passed to the function here`;
}

function traceAlu(env: Env, tracker: Tracker, insn: Extract<Insn, { kind: 'alu' }>): string {
  const { dst, src, op, source } = insn;
  const letter = insn.wide ? 'r' : 'w';
  if (op === 'neg') return `r${dst} is negated here`;
  if (op !== 'mov')
    return source === 'reg'
      ? `r${dst} ${aluSymbol(op)} ${letter}${src} here${rangeText(env, tracker, src)}`
      : `r${dst} ${aluSymbol(op)} ${insn.imm} here`;
  if (source === 'imm') return end(tracker, `r${dst} is set to ${insn.imm} here`);
  tracker.regno = src;
  return `r${dst} is copied from ${letter}${src} here`;
}

/** A register that was put on the stack before goes on from there. */
function traceLoad(env: Env, tracker: Tracker, insn: Extract<Insn, { kind: 'load' }>, pc: number): string {
  const note = `r${insn.dst} is loaded here ${loadedFrom(env, pc, insn.src)}`;
  if (insn.src !== 10 || insn.size !== 8) return end(tracker, note);
  tracker.slot = insn.off;
  tracker.regno = null;
  return note;
}

function traceStore(tracker: Tracker, insn: Insn): string | null {
  if (insn.kind !== 'store' || insn.dst !== 10 || insn.off !== tracker.slot) return null;
  if (insn.source === 'imm' || insn.size !== 8) return end(tracker, 'the place on the stack is written here');
  tracker.slot = null;
  tracker.regno = insn.src;
  return `r${insn.src} is put on the stack here`;
}

function mapWords(env: Env, { map, by }: Extract<Insn, { kind: 'loadMap' }>): string {
  const name = env.program.maps[map]?.name ?? '';
  const what = name === '' ? 'a map' : `map ${name}`;
  return by === 'value' || by === 'idxValue' ? `an address in the value of ${what}` : what;
}

function traceCallee(env: Env, tracker: Tracker, insn: Extract<Insn, { kind: 'call' }>): string {
  const name =
    insn.target === 'kfunc' ? (env.program.kfuncs?.get(insn.imm) ?? 'a kernel function') : helperName(insn.imm);
  return end(
    tracker,
    tracker.regno === 0 ? `r0 is what ${name} returned` : `the call of ${name} leaves r${tracker.regno ?? 1} undefined`,
  );
}

const MEMORY_WORDS: Partial<Record<RegisterKind, string>> = {
  ctx: 'from the context',
  stack: 'from the stack',
  mapValue: 'from a map value',
  packet: 'from the packet',
  packetMeta: "from the packet's metadata",
  mem: 'from reserved memory',
};

function loadedFrom(env: Env, pc: number, src: number): string {
  const kind = env.facts.pointerKind[pc] ?? null;
  return (kind === null ? undefined : MEMORY_WORDS[kind]) ?? `through r${src}`;
}

/** What a number that still holds its value may be, in words. */
function rangeText(env: Env, tracker: Tracker, regno: number): string {
  const reg = getReg(env, regno);
  if (tracker.redefined & (1 << regno) || tracker.depth > 0 || reg.kind !== 'scalar') return '';
  const { smin, smax, umin, umax } = reg.bounds;
  if (umin === umax) return ` (r${regno} is ${smin})`;
  if (umax < 1n << 63n) return ` (r${regno} is from ${umin} to ${umax})`;
  return smin > -(1n << 63n) ? ` (r${regno} is from ${smin} to ${smax})` : ` (r${regno} may be any number)`;
}

/** Bits of the registers an instruction writes. */
function definedBy(insn: Insn): number {
  if (insn.kind === 'call' || insn.kind === 'packet') return 0b111111;
  if (insn.kind === 'store' || insn.kind === 'jump') return 0;
  if (insn.kind !== 'atomic') return 'dst' in insn ? 1 << insn.dst : 0;
  if (insn.op === 'loadAcquire') return 1 << insn.dst;
  return insn.fetch ? 1 << (insn.op === 'cmpxchg' ? 0 : insn.src) : 0;
}
