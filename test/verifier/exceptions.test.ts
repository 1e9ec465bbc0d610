import { KIND } from '../btf/buildBtf.ts';
import { describeVerdicts } from '../support/describeVerdicts.ts';
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

const thrown = (main: string, functions = '', section = 'tc', requests: TypeRequests = {}): TypedProgram =>
  typedProgram(
    `.license "GPL"\n.section "${section}"\nmain:\n${main}\n  r0 = 0\n  exit${functions && `\n.text\n${functions}`}`,
    requests,
  );

const THROW = '  r1 = 0\n  call bpf_throw';
const LOOP = '  r1 = 4\n  r2 = cb ll\n  r3 = 0\n  r4 = 0\n  call bpf_loop';

const THROWN: readonly (readonly [name: string, program: TypedProgram, verdict: string])[] = [
  ['in the program', thrown(THROW), 'accept'],
  ['what stands behind is not walked', thrown(`${THROW}\n  r0 = *(u8 *)(r9 + 0)`), 'accept'],
  ['at the very end', typedProgram(`.license "GPL"\n.section "tc"\nmain:\n${THROW}`), 'last insn is not an exit or jmp'],
  ['on one of two ways', thrown(`  r6 = *(u32 *)(r1 + 0)\n  if r6 > 5 goto +2\n${THROW}\n  r0 = r6`), 'accept'],
  ['in a function', thrown('  call f', `f:\n${THROW}\n  r0 = 0\n  exit`), 'accept'],
  ['while a reference is held', thrown(`  r1 = 1\n  call bpf_task_from_pid\n${THROW}`), 'Unreleased reference id=2 alloc_insn=1'],
  ['in a function while its caller holds a reference', thrown('  r1 = 1\n  call bpf_task_from_pid\n  r6 = r0\n  if r6 == 0 goto +3\n  call f\n  r1 = r6\n  call bpf_task_release', `f:\n${THROW}\n  r0 = 0\n  exit`), 'Unreleased reference id=2 alloc_insn=1'],
  ['in an RCU section', thrown(`  call bpf_rcu_read_lock\n${THROW}\n  call bpf_rcu_read_unlock`), 'bpf_throw cannot be used inside bpf_rcu_read_lock-ed region'],
  ['while preemption is off', thrown(`  call bpf_preempt_disable\n${THROW}\n  call bpf_preempt_enable`), 'bpf_throw cannot be used inside bpf_preempt_disable-ed region'],
  ['in a callback', thrown(LOOP, `cb:\n${THROW}\n  r0 = 0\n  exit`), 'bpf_throw kfunc (insn 9) cannot be called from callback subprog 1'],
  ['in a function that a callback calls', thrown(LOOP, `cb:\n  call f\n  r0 = 0\n  exit\nf:\n${THROW}\n  r0 = 0\n  exit`), 'bpf_throw kfunc (insn 12) cannot be called from callback subprog 2'],
  ['in a loop with may_goto', thrown(`again:\n  may_goto out\n${THROW}\n  goto again\nout:`), 'accept'],
  ['in a loop, before any state of it is kept', thrown(`  r6 = 0\nagain:\n  r6 += 1\n  if r6 != 1 goto +2\n${THROW}\n  if r6 < 5 goto again`), 'verifier bug: scc exit: no visit info for call chain (1)'],
  ['in a callback that is never walked', thrown(LOOP.replace('r1 = 4', 'r1 = 0'), `cb:\n${THROW}\n  r0 = 0\n  exit`), 'accept'],
  ['a cookie that the program may not return', thrown('  r1 = 2\n  call bpf_throw', '', 'cgroup_skb/ingress'), 'At program exit the register R1 has smin=2 smax=2 should have been in [0, 1]'],
  ['a cookie that the program may return', thrown('  r1 = 1\n  call bpf_throw', '', 'cgroup_skb/ingress'), 'accept'],
  ['a cookie of which nothing is known', thrown('  r1 = *(u32 *)(r1 + 0)\n  call bpf_throw', '', 'cgroup_skb/ingress'), 'At program exit the register R1 has smin=0 smax=4294967295 should have been in [0, 1]'],
  ['a cookie in a function that the program may not return', thrown('  call f', 'f:\n  r1 = 7\n  call bpf_throw\n  r0 = 0\n  exit', 'cgroup_skb/ingress'), 'At program exit the register R1 has smin=7 smax=7 should have been in [0, 1]'],
  ['any cookie for a handler', handled(text('  r0 = 0\n  exit', '  r1 = 7\n  call bpf_throw', 'cgroup_skb/ingress'), ['handler']), 'accept'],
  ['a pointer as cookie', thrown('  r1 = r10\n  call bpf_throw'), 'R1 is not a scalar'],
  ['in a global function', thrown('  call f', `f:\n${THROW}\n  r0 = 0\n  exit`, 'cgroup_skb/ingress', { globals: ['f'] }), 'accept'],
  ['any cookie in a global function', thrown('  call f', 'f:\n  r1 = 7\n  call bpf_throw\n  r0 = 0\n  exit', 'cgroup_skb/ingress', { globals: ['f'] }), 'accept'],
  ['in the handler', handled(text(`${THROW}\n  r0 = 0\n  exit`), ['handler']), 'bpf_throw kfunc (insn 4) cannot be called from callback subprog 1'],
]; // prettier-ignore

const all = [
  ...CASES.map(([name, program, verdict]) => ({ name: `handler: ${name}`, told: program, verdict })),
  ...THROWN.map(([name, program, verdict]) => ({ name: `thrown: ${name}`, told: program, verdict })),
];

describeVerdicts('exceptions', all, 'anywhere');
