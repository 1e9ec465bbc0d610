import { describe, expect, it } from 'vitest';
import { KIND } from '../btf/buildBtf.ts';
import { kernelAnswers, kernels, ours } from '../support/sameVerdict.ts';
import { typedProgram, type TypedProgram, type TypeRequests } from '../support/typedProgram.ts';

const WHOLE = 0xffff_ffff;
const INT = 1;

const NOTHING = {
  kind: 'alu',
  op: 'mov',
  wide: true,
  dst: 0,
  source: 'imm',
  imm: 0,
  src: 0,
  signExtendBits: 0,
} as const;

/**
 * A program with two functions; the tags name what handles its exceptions. The assembler keeps what is called, so the
 * text calls the handler; that call becomes an instruction that does nothing.
 */
function handled(text: string, tags: readonly string[], requests: TypeRequests = {}): TypedProgram {
  const { program, btf } = typed(text, tags, requests);
  return { program: { ...program, insns: program.insns.with(0, NOTHING) }, btf };
}

function typed(text: string, tags: readonly string[], requests: TypeRequests): TypedProgram {
  return typedProgram(text, {
    globals: ['handler'],
    protos: (firstId) => ({ handler: firstId }),
    rows: (_, funcIds) => [
      { kind: KIND.funcProto, word: INT, vlen: 1, rest: ['cookie', INT] },
      ...tags.map((tag) => ({
        kind: KIND.declTag,
        name: `exception_callback:${tag}`,
        word: funcIds.get('main') ?? 0,
        rest: [WHOLE],
      })),
    ],
    ...requests,
  });
}

const text = (body: string, main = '', section = 'tc'): string => `.license "GPL"
.section "${section}"
main:
  call handler
${main}
  r0 = 0
  exit
.text
handler:
${body}`;

const CASES: readonly (readonly [name: string, program: TypedProgram, verdict: string])[] = [
  ['a handler that nothing calls', handled(text('  r0 = 0\n  exit'), ['handler']), 'accept'],
  ['a handler that breaks a rule', handled(text('  r0 = *(u8 *)(r1 + 0)\n  exit'), ['handler']), "R1 invalid mem access 'scalar'"],
  ['a handler that does not exist', handled(text('  r0 = 0\n  exit'), ['nobody']), "exception callback 'nobody' could not be found in BTF"],
  ['a static handler', handled(text('  r0 = 0\n  exit'), ['handler'], { globals: [] }), "exception callback 'handler' must have global linkage"],
  ['the program itself as handler', handled(text('  r0 = 0\n  exit'), ['main']), 'invalid exception callback insn_off in func_info: 0'],
  ['two handlers', handled(text('  r0 = 0\n  exit'), ['handler', 'handler']), 'multiple exception callback tags for main subprog'],
  ['a handler without its argument', handled(text('  r0 = 0\n  exit'), ['handler'], { protos: () => ({}) }), 'exception cb only supports single integer argument'],
  ['a handler that is called', handled(text('  r0 = 0\n  exit', '  r1 = 0\n  call handler'), ['handler']), 'insn 2 cannot call exception cb directly'],
  ['a result out of the program\'s range', handled(text('  r0 = 2\n  exit', '', 'cgroup_skb/ingress'), ['handler']), 'At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]'],
  ['a result in the program\'s range', handled(text('  r0 = 1\n  exit', '', 'cgroup_skb/ingress'), ['handler']), 'accept'],
  ['any result of the cookie', handled(text('  r0 = r1\n  exit'), ['handler']), 'accept'],
  ['a big stack of its own', handled(text('  *(u64 *)(r10 - 512) = 0\n  r0 = 0\n  exit', '  *(u64 *)(r10 - 512) = 0'), ['handler']), 'accept'],
  ['a tail call within the handler', handled(`.license "GPL"\n.section "tc"\n.map programs, type=prog_array, key=4, value=4, entries=1
main:
  call handler
  r0 = 0
  exit
.text
handler:
  r1 = 0
  call jumps
  r0 = 0
  exit
jumps:
  r0 = 0
  r6 = 0
  if r6 == 0 goto +4
  r2 = programs ll
  r3 = 0
  call bpf_tail_call
  exit`, ['handler']), 'cannot tail call within exception cb'],
]; // prettier-ignore

describe('functions that handle exceptions', () => {
  it.each(CASES)('%s', (_name, program, verdict) => {
    const { verdict: outcome, message } = ours(program);
    expect(outcome === 'accept' ? 'accept' : message).toBe(verdict);
  });

  it.skipIf(!kernelAnswers)('are judged as the running kernel does (skipped where there is none)', () => {
    const asked = kernels(CASES.map(([, program]) => program));
    expect(CASES.map(([name, program]) => ({ name, ...ours(program) }))).toEqual(
      CASES.map(([name], i) => ({ name, ...asked[i] })),
    );
  });
});
