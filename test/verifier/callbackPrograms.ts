/** Random programs that run functions of their own from helpers, loop with may_goto and end by exceptions. */
import { randomNumbers } from '../support/random.ts';
import { typedProgram, type TypedProgram } from '../support/typedProgram.ts';

type Next = (below: number) => number;

/** What a function under construction may use. */
interface Scope {
  readonly next: Next;
  /** Registers that hold numbers. */
  readonly numbers: readonly number[];
  /** Register that points to 32 bytes of a stack: the frame pointer moved, or what a callback was given. */
  readonly memory: number;
  /** Functions further down, which may be called back. */
  readonly callbacks: readonly string[];
  readonly throws: boolean;
}

/** Labels are numbered by their place in the text. */
class Text {
  readonly lines: string[] = [];
  #labels = 0;

  say(line: string): void {
    this.lines.push(line);
  }

  label(prefix: string): string {
    return `${prefix}_${this.#labels++}`;
  }
}

export function callbackProgram(seed: number): TypedProgram {
  const next = randomNumbers(seed);
  const text = new Text();
  const depth = 1 + next(2);
  const names = Array.from({ length: depth }, (_, i) => `cb${i}`);
  text.say('.license "GPL"');
  text.say('.map m, type=hash, key=8, value=32, entries=4');
  text.say('.section "tc"');
  mainFunction(text, next, names);
  text.say('.text');
  names.forEach((name, i) => {
    callback(text, next, name, names.slice(i + 1));
  });
  text.say('sub:');
  statements(text, { next, numbers: [1, 2], memory: 0, callbacks: [], throws: false }, 1 + next(4));
  text.say(`  r0 = r${1 + next(2)}`);
  text.say('  exit');
  return typedProgram(`${text.lines.join('\n')}\n`);
}

function mainFunction(text: Text, next: Next, callbacks: readonly string[]): void {
  text.say('  r6 = 0');
  text.say(next(2) === 0 ? '  r7 = 1' : '  r7 = *(u32 *)(r1 + 0)');
  text.say('  r8 = 5');
  text.say('  r9 = r10');
  text.say('  r9 += -32');
  for (const at of [0, 8, 16, 24]) if (next(5) > 0) text.say(`  *(u64 *)(r9 + ${at}) = ${next(3)}`);
  const scope = { next, numbers: [6, 7, 8], memory: 9, callbacks, throws: true };
  statements(text, scope, 2 + next(6));
  callBack(text, scope);
  statements(text, scope, 1 + next(5));
  // All functions must be reached.
  text.say('  r1 = 1');
  text.say('  r2 = 2');
  text.say('  call sub');
  text.say(next(3) === 0 ? '  r0 = r6' : '  r0 = 0');
  text.say('  exit');
}

function callback(text: Text, next: Next, name: string, callbacks: readonly string[]): void {
  text.say(`${name}:`);
  const keyed = name === 'cb0' && next(4) === 0;
  // Elements of maps come with map, key, value and context.
  text.say(keyed ? '  r9 = r4' : '  r9 = r2');
  text.say('  r6 = 1');
  text.say(next(2) === 0 ? '  r7 = 0' : '  r7 = r1');
  text.say('  r8 = 3');
  const scope = { next, numbers: [6, 7, 8], memory: 9, callbacks, throws: next(12) === 0 };
  statements(text, scope, 1 + next(6));
  if (callbacks.length > 0) callBack(text, scope);
  statements(text, scope, next(3));
  const result = next(10);
  if (result < 5) text.say('  r0 = 0');
  else if (result < 7) text.say('  r0 = 1');
  else {
    text.say(`  r0 = r${6 + next(3)}`);
    if (result < 9) text.say('  r0 &= 1');
  }
  text.say('  exit');
}

function callBack(text: Text, scope: Scope): void {
  const { next, callbacks, memory } = scope;
  const name = callbacks[0];
  if (name === undefined) return;
  if (next(5) === 0) {
    text.say('  r1 = m ll');
    text.say(`  r2 = ${name} ll`);
    text.say(`  r3 = r${memory}`);
    text.say('  r4 = 0');
    text.say('  call bpf_for_each_map_elem');
  } else {
    text.say(next(3) > 0 ? `  r1 = ${next(9)}` : `  r1 = r${6 + next(3)}`);
    text.say(`  r2 = ${name} ll`);
    text.say(`  r3 = r${memory}`);
    text.say(next(6) === 0 ? `  r4 = r${6 + next(3)}` : '  r4 = 0');
    text.say('  call bpf_loop');
  }
}

function statements(text: Text, scope: Scope, count: number): void {
  for (let i = 0; i < count; i++) statement(text, scope);
}

const OFFSETS = [0, 8, 16, 24] as const;
const OPERATORS = ['+=', '-=', '&=', '|=', '^=', '*=', '<<=', '>>='] as const;
const COMPARISONS = ['==', '!=', '>', '<', '>=', '<=', 's>', 's<', '&'] as const;

function statement(text: Text, scope: Scope): void {
  const { next, memory } = scope;
  const choice = next(memory === 0 ? 6 : 13);
  if (choice < 3) arithmetic(text, scope);
  else if (choice < 5) condition(text, scope);
  else if (choice === 5) rounds(text, scope);
  else if (choice < 8) text.say(`  *(u64 *)(r${memory} + ${offset(next)}) = ${value(scope)}`);
  else if (choice < 10) text.say(`  r${number(scope)} = *(u64 *)(r${memory} + ${offset(next)})`);
  else if (choice === 10) narrow(text, scope);
  else if (choice === 11) pointed(text, scope);
  else special(text, scope);
}

function offset(next: Next): number {
  return OFFSETS[next(OFFSETS.length)] ?? 0;
}

function number({ next, numbers }: Scope): number {
  return numbers[next(numbers.length)] ?? 6;
}

function value(scope: Scope): string {
  return scope.next(2) === 0 ? `r${number(scope)}` : `${scope.next(20)}`;
}

function arithmetic(text: Text, scope: Scope): void {
  const { next } = scope;
  const operator = next(3) === 0 ? '=' : (OPERATORS[next(OPERATORS.length)] ?? '+=');
  const operand = operator === '<<=' || operator === '>>=' ? `${next(8)}` : value(scope);
  text.say(`  r${number(scope)} ${operator} ${operand}`);
}

function condition(text: Text, scope: Scope): void {
  const { next } = scope;
  const out = text.label('skip');
  text.say(`  if r${number(scope)} ${COMPARISONS[next(COMPARISONS.length)] ?? '=='} ${value(scope)} goto ${out}`);
  statements(text, scope, 1 + next(2));
  text.say(`${out}:`);
}

/** A loop with may_goto, one with a limit, or one of both. */
function rounds(text: Text, scope: Scope): void {
  const { next } = scope;
  const again = text.label('again');
  const out = text.label('out');
  const counter = number(scope);
  const sort = next(3);
  text.say(`  r${counter} = 0`);
  text.say(`${again}:`);
  if (sort > 0) text.say(`  may_goto ${out}`);
  statements(text, scope, next(3));
  text.say(`  r${counter} += 1`);
  if (sort === 1) text.say(`  goto ${again}`);
  else text.say(`  if r${counter} < ${1 + next(6)} goto ${again}`);
  text.say(`${out}:`);
}

function narrow(text: Text, scope: Scope): void {
  const { next, memory } = scope;
  const at = next(8) * 4;
  if (next(2) === 0) text.say(`  *(u32 *)(r${memory} + ${at}) = ${value(scope)}`);
  else text.say(`  r${number(scope)} = *(u${[8, 16, 32][next(3)] ?? 8} *)(r${memory} + ${at})`);
}

/** A number that was known to be small decides where memory is read. */
function pointed(text: Text, scope: Scope): void {
  const { next, memory } = scope;
  const reg = number(scope);
  if (next(4) > 0) text.say(`  r${reg} &= ${[7, 15, 24, 31][next(4)] ?? 7}`);
  text.say(`  r5 = r${memory}`);
  text.say(`  r5 += r${reg}`);
  text.say(`  r${number(scope)} = *(u8 *)(r5 + 0)`);
}

function special(text: Text, scope: Scope): void {
  const { next, memory, throws } = scope;
  const reg = number(scope);
  switch (next(throws ? 6 : 4)) {
    case 0:
      text.say('  call bpf_get_prandom_u32');
      text.say(`  r${reg} = r0`);
      return;
    case 1:
      text.say(`  r${reg} = load_acquire((u64 *)(r${memory} + ${offset(next)}))`);
      return;
    case 2:
      text.say(`  store_release((u64 *)(r${memory} + ${offset(next)}), r${reg})`);
      return;
    case 3:
      text.say(`  lock *(u64 *)(r${memory} + ${offset(next)}) += r${reg}`);
      return;
    default: {
      const out = text.label('fine');
      text.say(`  if r${reg} != ${next(9)} goto ${out}`);
      text.say('  r1 = 0');
      text.say('  call bpf_throw');
      text.say(`${out}:`);
    }
  }
}
