import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import { firstDifference } from '../fidelity/compareLog.ts';
import { askKernel } from '../support/kverify.ts';
import { kernelVerdict, rawProgram } from '../support/oracle.ts';
import { programWithTypes } from '../support/programWithTypes.ts';
import { kernelAnswers, kernels, ours } from '../support/sameVerdict.ts';
import type { TypedProgram } from '../support/typedProgram.ts';

const READS_PACKET = 'r6 = r1\n  r0 = *(u8 *)skb[0]';
const TAIL_CALLS = 'r2 = programs ll\n  r3 = 0\n  call bpf_tail_call';
const VOID = 0;

/** A program that calls `helped`, which returns an int or nothing. */
function calling(body: string, returnsInt: boolean): TypedProgram {
  const text = `.license "GPL"
.map programs, type=prog_array, key=4, value=4, entries=1
.section "socket"
.globl main
main:
  call helped
  r0 = 0
  exit
.text
helped:
  ${body}
  r0 = 0
  exit`;
  return programWithTypes(text, (types) => {
    const returned = returnsInt ? types.int('int', 4, true) : VOID;
    types.func('helped', types.proto(returned, []), 'static');
    return {};
  });
}

describe('functions that may end early', () => {
  it.each([
    ['reads the packet', READS_PACKET, false, "LD_ABS is only allowed in functions that return 'int'."],
    ['calls another program', TAIL_CALLS, false, "tail_call is only allowed in functions that return 'int'."],
    ['neither', 'r1 = 0', false, ''],
    ['reads the packet, returns an int', READS_PACKET, true, ''],
    ['calls another program, returns an int', TAIL_CALLS, true, ''],
  ])('%s', (_what, body, returnsInt, message) => {
    const { finding } = verify(calling(body, returnsInt).program);
    expect(finding?.kernelMessage ?? '').toBe(message);
  });

  it.skipIf(!kernelAnswers)('are judged as the running kernel judges them (skipped where there is none)', () => {
    const programs = [READS_PACKET, TAIL_CALLS, 'r1 = 0'].flatMap((body) => [
      calling(body, false),
      calling(body, true),
    ]);
    expect(programs.map((typed) => ours(typed))).toEqual(kernels(programs));
  });
});

/** A program whose own function returns and takes what is asked for. */
function declared(what: string): TypedProgram {
  return programWithTypes('.license "GPL"\n.section "socket"\n.globl main\nmain:\n  r0 = 0\n  exit', (types) => {
    const int = types.int('int', 4, true);
    const returned = what === 'nothing' ? VOID : int;
    const count = what === 'six numbers' ? 6 : 1;
    const params = Array.from({ length: count }, (_, i) => [`a${i}`, int] as const);
    types.func('main', types.proto(returned, params), what === 'static' ? 'static' : 'global');
    return {};
  });
}

describe('the type of the program’s own function', () => {
  it('is told where it will not do, and nothing follows from it', () => {
    const { outcome, log } = verify(declared('nothing').program, { logLevel: 2 });
    expect(outcome).toBe('accepted');
    expect(log).toContain(
      "Global function main() doesn't return scalar. Only those are supported.\n0: R1=ctx() R10=fp0\n",
    );
  });

  it.skipIf(!kernelAnswers).each(['nothing', 'one number', 'six numbers', 'static'])(
    'is told of as the running kernel does: %s (skipped where there is none)',
    (what) => {
      const { program, btf } = declared(what);
      const said = askKernel([rawProgram(program, btf)], 2).map(kernelVerdict)[0];
      expect(firstDifference(said?.log ?? '', verify(program, { logLevel: 2 }).log)).toBeNull();
    },
  );
});
