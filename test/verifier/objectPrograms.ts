/** Random programs about dynptrs and iterators: mostly right, so that many are accepted and the rest fail late. */
import type { Program } from '../../server/src/program/program.ts';
import { programOfText } from '../support/assembled.ts';
import { randomNumbers } from '../support/random.ts';

type Holds = 'free' | 'local' | 'ringbuf' | 'skb' | 'iter';

/** Where objects lie, as offsets from the frame pointer; each has room for a dynptr. */
const PLACES = [-16, -32, -48, -64];
const SPILL = -72;
const BUFFER = -88;

interface Writer {
  readonly random: (below: number) => number;
  readonly lines: string[];
  /** What each place should hold. */
  holds: Holds[];
  /** Whether r8 should be a slice that was checked. */
  slice: boolean;
  labels: number;
  budget: number;
  readonly functions: string[];
}

export function objectProgram(seed: number): Program {
  const random = randomNumbers(seed);
  const writer: Writer = {
    random,
    lines: [],
    holds: PLACES.map(() => 'free'),
    slice: false,
    labels: 0,
    budget: 4 + random(14),
    functions: [],
  };
  block(writer, 0);
  finish(writer);
  return programOfText(`.license "GPL"
.map rb, type=ringbuf, entries=4096
.map values, type=array, key=4, value=64, entries=1
.section "tc"
main:
  r6 = r1
  r9 = 0
  *(u32 *)(r10 - ${-BUFFER}) = 0
  *(u64 *)(r10 - ${-BUFFER - 8}) = 0
  r2 = r10
  r2 += ${BUFFER}
  r1 = values ll
  call bpf_map_lookup_elem
  if r0 == 0 goto end
  r7 = r0
${writer.lines.join('\n')}
end:
  r0 = 0
  exit
${writer.functions.join('\n')}`);
}

type Statement = (writer: Writer, depth: number) => void;

function block(writer: Writer, depth: number): void {
  const count = 1 + writer.random(5);
  for (let i = 0; i < count && writer.budget > 0; i++) {
    writer.budget--;
    const statement = STATEMENTS[writer.random(STATEMENTS.length)];
    statement?.(writer, depth);
  }
}

function put(writer: Writer, ...lines: string[]): void {
  writer.lines.push(...lines.map((line) => `  ${line}`));
}

function label(writer: Writer): string {
  return `l${writer.labels++}`;
}

/** A place that holds one of these, or, now and then, any. */
function pick(writer: Writer, ...wanted: Holds[]): number {
  const { random, holds } = writer;
  const fit = PLACES.map((_, i) => i).filter((i) => wanted.includes(holds[i] ?? 'free'));
  if (random(16) === 0) return random(PLACES.length);
  return fit.length === 0 ? -1 : (fit[random(fit.length)] ?? -1);
}

function address(writer: Writer, regno: number, place: number): void {
  const slip = writer.random(60) === 0 ? 8 * (1 - writer.random(3)) : 0;
  put(writer, `r${regno} = r10`, `r${regno} += ${(PLACES[place] ?? -16) + slip}`);
}

const makeLocal: Statement = (writer) => {
  const place = pick(writer, 'free', 'local', 'skb');
  if (place < 0) return;
  put(writer, 'r1 = r7', `r2 = ${16 + writer.random(32)}`, 'r3 = 0');
  address(writer, 4, place);
  put(writer, 'call bpf_dynptr_from_mem');
  writer.holds[place] = 'local';
};

const reserve: Statement = (writer) => {
  const place = pick(writer, 'free', 'local');
  if (place < 0) return;
  put(writer, 'r1 = rb ll', 'r2 = 16', 'r3 = 0');
  address(writer, 4, place);
  put(writer, 'call bpf_ringbuf_reserve_dynptr');
  writer.holds[place] = 'ringbuf';
};

const makePacket: Statement = (writer) => {
  const place = pick(writer, 'free', 'skb');
  if (place < 0) return;
  put(writer, 'r1 = r6', 'r2 = 0');
  address(writer, 3, place);
  put(writer, 'call bpf_dynptr_from_skb');
  writer.holds[place] = 'skb';
};

const release: Statement = (writer) => {
  const place = pick(writer, 'ringbuf');
  if (place >= 0) giveBack(writer, place);
};

function giveBack(writer: Writer, place: number): void {
  address(writer, 1, place);
  put(writer, 'r2 = 0', `call bpf_ringbuf_${writer.random(2) === 0 ? 'submit' : 'discard'}_dynptr`);
  writer.holds[place] = 'free';
  writer.slice = false;
}

const data: Statement = (writer) => {
  const place = pick(writer, 'local', 'ringbuf', 'skb');
  if (place < 0) return;
  address(writer, 1, place);
  put(writer, `r2 = ${writer.random(4)}`, `r3 = ${1 + writer.random(12)}`, 'call bpf_dynptr_data');
  keepSlice(writer);
};

const slice: Statement = (writer) => {
  const place = pick(writer, 'local', 'ringbuf', 'skb');
  if (place < 0) return;
  address(writer, 1, place);
  const buffered = writer.random(2) === 0;
  put(writer, `r2 = ${writer.random(4)}`, 'r3 = 0', ...(buffered ? ['r3 = r10', `r3 += ${BUFFER}`] : []));
  put(writer, `r4 = ${1 + writer.random(12)}`, `call bpf_dynptr_slice${writer.random(2) === 0 ? '' : '_rdwr'}`);
  keepSlice(writer);
};

/** Checked mostly; in r8, or on the stack too. */
function keepSlice(writer: Writer): void {
  put(writer, 'r8 = r0');
  if (writer.random(4) === 0) put(writer, `*(u64 *)(r10 - ${-SPILL}) = r8`);
  writer.slice = true;
}

const useSlice: Statement = (writer) => {
  if (!writer.slice && writer.random(8) !== 0) return;
  const skip = label(writer);
  if (writer.random(8) === 0) put(writer, `r8 = *(u64 *)(r10 - ${-SPILL})`);
  if (writer.random(12) !== 0) put(writer, `if r8 == 0 goto ${skip}`);
  const off = writer.random(6);
  put(writer, writer.random(3) === 0 ? `*(u8 *)(r8 + ${off}) = 1` : `r1 = *(u8 *)(r8 + ${off})`);
  writer.lines.push(`${skip}:`);
};

const clone: Statement = (writer) => {
  const from = pick(writer, 'local', 'ringbuf', 'skb');
  const to = pick(writer, 'free', 'local');
  if (from < 0 || to < 0 || from === to) return;
  address(writer, 1, from);
  address(writer, 2, to);
  put(writer, 'call bpf_dynptr_clone');
  // A clone of a record must not be given back as well, so it counts as nothing that must be.
  writer.holds[to] = writer.holds[from] === 'ringbuf' ? 'free' : (writer.holds[from] ?? 'free');
};

const ask: Statement = (writer) => {
  const place = pick(writer, 'local', 'ringbuf', 'skb');
  if (place < 0) return;
  address(writer, 1, place);
  put(writer, `call bpf_dynptr_${['size', 'is_null', 'is_rdonly'][writer.random(3)] ?? 'size'}`);
  if (writer.random(2) === 0) put(writer, 'r9 += r0');
};

const write: Statement = (writer) => {
  const place = pick(writer, 'local', 'ringbuf', 'skb');
  if (place < 0) return;
  address(writer, 1, place);
  put(
    writer,
    'r2 = 0',
    'r3 = r10',
    `r3 += ${BUFFER}`,
    `r4 = ${1 + writer.random(8)}`,
    'r5 = 0',
    'call bpf_dynptr_write',
  );
};

const read: Statement = (writer) => {
  const place = pick(writer, 'local', 'ringbuf', 'skb');
  if (place < 0) return;
  put(writer, 'r1 = r10', `r1 += ${BUFFER + (writer.random(20) === 0 ? 16 : 0)}`, `r2 = ${1 + writer.random(8)}`);
  address(writer, 3, place);
  put(writer, 'r4 = 0', 'r5 = 0', 'call bpf_dynptr_read');
};

const overwrite: Statement = (writer) => {
  const place = pick(writer, 'local', 'skb', 'free');
  if (place < 0) return;
  const size = [8, 4, 1][writer.random(3)] ?? 8;
  const off = -(PLACES[place] ?? -16) - 8 * writer.random(2);
  const value = writer.random(3) === 0 ? 'r10' : `${writer.random(3)}`;
  put(writer, size === 8 ? `*(u64 *)(r10 - ${off}) = ${value}` : `*(u${8 * size} *)(r10 - ${off}) = 0`);
  writer.holds[place] = 'free';
};

const load: Statement = (writer) => {
  const place = pick(writer, 'free');
  if (place < 0) return;
  put(writer, `r0 = *(u64 *)(r10 - ${-(PLACES[place] ?? -16)})`);
};

const movePacket: Statement = (writer) => {
  if (writer.random(3) !== 0) return;
  put(writer, 'r1 = r6', 'r2 = 20', 'call bpf_skb_pull_data');
};

const count: Statement = (writer) => {
  put(writer, ['r9 += 1', 'r9 = 0', 'r9 &= 7', 'r9 += r9'][writer.random(4)] ?? 'r9 += 1');
};

const index: Statement = (writer) => {
  const skip = label(writer);
  put(writer, `if r9 > ${writer.random(9)} goto ${skip}`, 'r1 = r7', 'r1 += r9', 'r1 = *(u8 *)(r1 + 0)');
  writer.lines.push(`${skip}:`);
};

const branch: Statement = (writer, depth) => {
  if (depth > 2) return;
  const other = label(writer);
  const join = label(writer);
  if (writer.random(2) === 0) put(writer, 'call bpf_get_prandom_u32', `if r0 > 5 goto ${other}`);
  else put(writer, `if r9 == ${writer.random(3)} goto ${other}`);
  const before = { holds: writer.holds.slice(), slice: writer.slice };
  block(writer, depth + 1);
  const after = writer.holds.slice();
  put(writer, `goto ${join}`);
  writer.lines.push(`${other}:`);
  writer.holds = before.holds.slice();
  if (writer.random(2) === 0) block(writer, depth + 1);
  // What only one way holds is given back or forgotten.
  writer.holds.forEach((held, i) => {
    if (held === 'ringbuf' && after[i] !== 'ringbuf') giveBack(writer, i);
  });
  writer.lines.push(`${join}:`);
  writer.holds = writer.holds.map((held, i) => (held === after[i] ? held : 'free'));
  writer.slice = false;
};

/** Iterators by name, and what their makers are given besides the place. */
const ITERATORS: readonly (readonly [name: string, given: string])[] = [
  ['num', 'r2 = 0\n  r3 = 7'],
  ['num', 'r2 = 0\n  r3 = 7'],
  ['bits', `r2 = r10\n  r2 += ${BUFFER}\n  r3 = 1`],
  // Takes more room than a place has.
  ['task', 'r2 = 0\n  r3 = 0'],
];

const iterate: Statement = (writer, depth) => {
  const place = pick(writer, 'free');
  if (place < 0 || depth > 2) return;
  const [name, given] = ITERATORS[writer.random(ITERATORS.length)] ?? ['num', ''];
  const again = label(writer);
  const done = label(writer);
  address(writer, 1, place);
  put(writer, given, `call bpf_iter_${name}_new`);
  writer.holds[place] = 'iter';
  writer.lines.push(`${again}:`);
  const before = writer.holds.slice();
  step(writer, name, place);
  put(writer, `if r0 == 0 goto ${done}`);
  if (writer.random(2) === 0) {
    put(writer, `r1 = *(u32 *)(r0 + ${name === 'task' ? 16 : 0})`, `if r1 > ${writer.random(60)} goto ${done}`);
    if (writer.random(4) === 0) put(writer, 'r9 = r1');
  }
  if (writer.random(6) === 0) put(writer, 'r8 = r0');
  block(writer, depth + 1);
  writer.holds.forEach((held, i) => {
    if (held === 'ringbuf' && before[i] !== 'ringbuf') giveBack(writer, i);
  });
  put(writer, `goto ${again}`);
  writer.lines.push(`${done}:`);
  writer.holds = before;
  address(writer, 1, place);
  put(writer, `call bpf_iter_${name}_destroy`);
  writer.holds[place] = 'free';
  writer.slice = false;
};

/** Here, or in a function. */
function step(writer: Writer, name: string, place: number): void {
  address(writer, 1, place);
  if (writer.random(6) !== 0) {
    put(writer, `call bpf_iter_${name}_next`);
    return;
  }
  const subprog = `f${writer.functions.length}`;
  writer.functions.push(`${subprog}:\n  call bpf_iter_${name}_next\n  exit`);
  put(writer, `call ${subprog}`);
}

const repeat: Statement = (writer, depth) => {
  if (depth > 1) return;
  const again = label(writer);
  put(writer, 'r9 = 0');
  writer.lines.push(`${again}:`);
  const before = writer.holds.slice();
  block(writer, depth + 1);
  writer.holds.forEach((held, i) => {
    if (held === 'ringbuf' && before[i] !== 'ringbuf') giveBack(writer, i);
  });
  writer.holds = writer.holds.map((held, i) => (held === before[i] ? held : 'free'));
  put(writer, 'r9 += 1', `if r9 < ${2 + writer.random(4)} goto ${again}`);
};

const call: Statement = (writer) => {
  const place = pick(writer, 'local', 'ringbuf', 'skb');
  if (place < 0) return;
  const name = `f${writer.functions.length}`;
  const body = BODIES[writer.random(BODIES.length)] ?? '';
  writer.functions.push(`${name}:${body}\n  r0 = 0\n  exit`);
  address(writer, 1, place);
  put(writer, `call ${name}`);
};

/** What a function does with the dynptr in r1. */
const BODIES = [
  `
  r2 = 0
  r3 = 4
  call bpf_dynptr_data
  if r0 == 0 goto +1
  r1 = *(u8 *)(r0 + 0)`,
  `
  r2 = r10
  r2 += -16
  call bpf_dynptr_clone
  r1 = r10
  r1 += -16
  call bpf_dynptr_size`,
  `
  r2 = 1
  r3 = 9
  call bpf_dynptr_adjust`,
];

const STATEMENTS: readonly Statement[] = [
  makeLocal, makeLocal, reserve, makePacket, release, data, data, slice, slice, useSlice, useSlice, useSlice, clone, ask,
  write, read, overwrite, load, movePacket, count, count, index, branch, branch, iterate, iterate, repeat, call,
]; // prettier-ignore

function finish(writer: Writer): void {
  writer.holds.forEach((held, i) => {
    if (held === 'ringbuf' && writer.random(30) !== 0) giveBack(writer, i);
  });
}
