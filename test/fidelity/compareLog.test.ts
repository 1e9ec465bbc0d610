import { describe, expect, it } from 'vitest';
import { firstDifference } from './compareLog.ts';

const log = `0: R1=ctx() R10=fp0
; int x = 1; @ prog.c:7
0: (b7) r0 = 1                        ; R0=1
1: (95) exit
processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;

describe('two logs', () => {
  it('are the same whatever they say of time, memory and source text', () => {
    expect(firstDifference(log, log.replace('; int x = 1; @ prog.c:7\n', ''))).toBeNull();
    expect(firstDifference(`${log}verification time 7 usec\nstack depth 0\n`, log)).toBeNull();
    expect(firstDifference(log.replace('exit\n', 'exitverification time 7 usec\n'), log)).toBeNull();
  });

  it('part at the first line that differs', () => {
    expect(firstDifference(log, log.replace('R0=1', 'R0=2'))).toEqual({
      line: 2,
      kernel: '0: (b7) r0 = 1                        ; R0=1',
      ours: '0: (b7) r0 = 1                        ; R0=2',
    });
    expect(firstDifference(log, '')).toMatchObject({ line: 1, ours: '(end)' });
    expect(firstDifference('', log)).toMatchObject({ line: 1, kernel: '(end)' });
  });

  it('do not differ in addresses, which take no fixed room', () => {
    const kernel = '0: (18) r1 = 0xffff88813b365c00       ; R1=map_ptr(map=m,ks=4,vs=8)';
    const ours = '0: (18) r1 = 0x0                      ; R1=map_ptr(map=m,ks=4,vs=8)';
    expect(firstDifference(kernel, ours)).toBeNull();
    expect(firstDifference(kernel, ours.replace('vs=8', 'vs=9'))).not.toBeNull();
    expect(firstDifference(kernel, ours.replace('0x0', '0x7'))).not.toBeNull();
  });
});
