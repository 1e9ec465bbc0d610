import { describe, expect, it } from 'vitest';
import type { Btf, BtfType } from '../../server/src/btf/btf.ts';
import { assumedOf, isStable } from '../../server/src/elf/stableTypes.ts';

function structure(name: string, size: number, kind = 0): Parameters<typeof isStable> {
  const type: BtfType = { kind: 'struct', name, size, members: [] };
  const btf: Btf = { types: [{ kind: 'void' }, type] };
  return [btf, { offset: 0, type: 1, access: '0:0', kind }];
}

describe('what needs no kernel to be settled', () => {
  it.each([
    ['pt_regs', 168, 0, true],
    ['pt_regs', 160, 0, false],
    ['user_pt_regs', 272, 0, true],
    ['iphdr', 20, 0, true],
    ['iphdr', 8, 0, false],
    ['__sk_buff', 192, 1, true],
    ['xdp_md', 24, 2, true],
    // BPF_CORE_FIELD_LSHIFT_U64 and BPF_CORE_TYPE_ID_TARGET
    ['iphdr', 20, 4, false],
    ['iphdr', 20, 7, false],
    ['task_struct', 9000, 0, false],
  ])('fields of struct %s of %i bytes, relocation %i: %s', (name, size, kind, expected) => {
    expect(isStable(...structure(name, size, kind))).toBe(expected);
  });

  it.each([
    ['trace_entry', 'struct trace_entry is laid out as the program declares it'],
    ['trace_event_raw_sched_switch', 'struct trace_event_raw_sched_switch is laid out as the program declares it'],
    ['task_struct', null],
  ])('a run of a program that reads struct %s takes for granted: %s', (name, expected) => {
    expect(assumedOf(...structure(name, 8))).toBe(expected);
    expect(assumedOf(...structure(name, 8, 8))).toBe(null);
  });
});
