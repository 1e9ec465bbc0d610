import { describeVerdicts } from '../support/describeVerdicts.ts';
import { typedProgram } from '../support/typedProgram.ts';

const find = (
  callback: string,
  task = '  call bpf_get_current_task_btf\n  r1 = r0',
  context = 'r4 = 0',
): string => `.license "GPL"
.section "raw_tp"
  r6 = r1
${task}
  r2 = 0
  r3 = cb ll
  ${context}
  r5 = 0
  call bpf_find_vma
  r0 = 0
  exit
.text
cb:
${callback}
  r0 = 0
  exit`;

const CASES: readonly (readonly [name: string, text: string, verdict: string])[] = [
  ['nothing done', find(''), 'accept'],
  ['the area read', find('  r0 = *(u64 *)(r2 + 0)'), 'accept'],
  ['the area written', find('  *(u64 *)(r2 + 0) = 0'), 'only read is supported'],
  ['the task read', find('  r0 = *(u32 *)(r1 + 0)'), 'accept'],
  ['the context', find('  *(u64 *)(r3 + 0) = 1', undefined, 'r4 = r10\n  r4 += -8'), 'accept'],
  ['a fourth argument', find('  r0 = r4'), 'R4 !read_ok'],
  ['a number as task', find('', '  r1 = 5'), 'R1 type=scalar expected=ptr_, trusted_ptr_, rcu_ptr_'],
  ['the context as task', find('', '  r1 = r6'), 'R1 type=ctx expected=ptr_, trusted_ptr_, rcu_ptr_'],
  ['a result above 1', find('  r0 = 2\n  if r1 == 0 goto +1\n  exit'), 'At callback return the register R0 has smin=2 smax=2 should have been in [0, 1]'],
]; // prettier-ignore

const all = CASES.map(([name, text, verdict]) => ({ name, told: typedProgram(text), verdict }));

describeVerdicts('bpf_find_vma', all);
