import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { helperAvailable, HELPERS, type Helper, type HelperArg } from '../../server/src/kernel/helpers.ts';
import type { Program } from '../../server/src/program/program.ts';
import { MODELLED_PROGRAM_TYPES } from '../../server/src/verifier/require.ts';
import type { Verification } from '../../server/src/verifier/verification.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { helperQuestions } from '../../test/support/helperQuestions.ts';
import { programOfRaw } from '../../test/support/programOfRaw.ts';
import { programWithTypes } from '../../test/support/programWithTypes.ts';

/** Helpers of which the verifier knows what they take and give: it has a verdict on a program that calls them rightly. */
export function verifiedHelpers(): ReadonlySet<number> {
  const verified = new Set<number>();
  for (const type of MODELLED_PROGRAM_TYPES)
    for (const { helper, about, program } of helperQuestions(type))
      if (about === 'all set' && outcomeOf(programOfRaw(program)) !== 'unsupported') verified.add(helper.id);
  for (const helper of HELPERS)
    if (!verified.has(helper.id) && helperAvailable('sched_cls', helper.id, true) && accepts(helper))
      verified.add(helper.id);
  for (const { id, proto } of HELPERS)
    if (proto?.args.some(({ type }) => type === 'func' || type === 'timer') === true && acceptsDeferred(id))
      verified.add(id);
  return verified;
}

function outcomeOf(program: Program): Verification['outcome'] {
  return verify(program, { kernel: '6.18', privileged: true, logLevel: 0 }).outcome;
}

/** For arguments that only another call yields: sockets, records of a ring buffer, constant texts. */
function accepts(helper: Helper): boolean {
  if (helper.proto === null) return false;
  const record = helper.proto.args.some(({ type }) => type === 'ringbufMem');
  return [callWithSocket(helper, helper.proto.args), record ? callWithRecord(helper) : null].some((text) => {
    if (text === null) return false;
    const { programs, diagnostics } = assemble(sourceText('', text)).object;
    const [program] = programs;
    return program !== undefined && diagnostics.length === 0 && outcomeOf(program) === 'accepted';
  });
}

const MAKE: Partial<Record<HelperArg['type'], string>> = {
  ctx: 'r6', sockCommon: 'r7', socket: 'r7', btfIdSockCommon: 'r7', constSize: '8', constSizeOrZero: '8',
  constAllocSizeOrZero: '8', anything: '0', scalar: '0',
}; // prettier-ignore

function callWithSocket(helper: Helper, args: readonly HelperArg[]): string {
  const set = args.map(({ type }, i) => {
    if (type === 'constStr') return `r${i + 1} = text ll`;
    const value = MAKE[type];
    return value === undefined ? `r${i + 1} = r10\nr${i + 1} += -48` : `r${i + 1} = ${value}`;
  });
  return `.section .rodata
text: .asciz "%d"
.license "GPL"
.section "tc"
r6 = r1
${[8, 16, 24, 32, 40, 48].map((at) => `*(u64 *)(r10 - ${at}) = 0`).join('\n')}
r2 = r10
r2 += -48
r3 = 12
r4 = -1
r5 = 0
call bpf_sk_lookup_tcp
if r0 == 0 goto out
r7 = r0
${set.join('\n')}
call ${helper.name}
${args.some(({ release }) => release) ? '' : 'r1 = r7\ncall bpf_sk_release'}
out:
r0 = 0
exit
`;
}

function callWithRecord(helper: Helper): string {
  return `.map ring, type=ringbuf, entries=4096
.section "tc"
r1 = ring ll
r2 = 8
r3 = 0
call bpf_ringbuf_reserve
if r0 == 0 goto out
r1 = r0
r2 = 0
call ${helper.name}
out:
r0 = 0
exit
`;
}

const FIELD = 'r1 = r6\nr1 += 8';
const CONTEXT = 'r3 = 0\nr4 = 0';

/** Calls of helpers that run functions of the program, now or later, with all that such a call needs. */
const DEFERRED: Readonly<Record<number, string>> = {
  164: `r1 = m ll\nr2 = cb ll\n${CONTEXT}\ncall bpf_for_each_map_elem`,
  169: `${FIELD}\nr2 = m ll\nr3 = 1\ncall bpf_timer_init`,
  170: `${FIELD}\nr2 = cb ll\ncall bpf_timer_set_callback`,
  171: `${FIELD}\nr2 = 1\nr3 = 0\ncall bpf_timer_start`,
  172: `${FIELD}\ncall bpf_timer_cancel`,
  181: `r1 = 4\nr2 = cb ll\n${CONTEXT}\ncall bpf_loop`,
  209: `r1 = records ll\nr2 = cb ll\n${CONTEXT}\ncall bpf_user_ringbuf_drain`,
};

function acceptsDeferred(id: number): boolean {
  const call = DEFERRED[id];
  if (call === undefined) return false;
  const text = `.license "GPL"
.map m, type=hash, key=4, value=24, entries=4
.map records, type=user_ringbuf, entries=4096
.section "tc"
*(u32 *)(r10 - 4) = 0
r1 = m ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto out
r6 = r0
${call}
out:
r0 = 0
exit
.text
cb:
r0 = 0
exit
`;
  const { program } = programWithTypes(text, (types) => {
    const int = types.int('int', 4, true);
    return { m: [int, types.struct('value', 24, [['field', types.guarded('bpf_timer'), 8]])] };
  });
  return outcomeOf(program) === 'accepted';
}
