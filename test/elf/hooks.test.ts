import { describe, expect, it } from 'vitest';
import { findingsOf, readSample } from './sample.ts';

describe('programs of hooks', () => {
  const object = readSample('hooks.clang19.o');

  it('are attached to what their sections name, or the variables that hold them', () => {
    expect(object.programs.map(({ name, attachType, attachTarget }) => [name, attachType, attachTarget])).toEqual([
      ['switched', 'trace_raw_tp', 'btf_trace_sched_switch'],
      ['slept', 'trace_fexit', '__x64_sys_nanosleep'],
      ['opened', 'lsm_mac', 'bpf_lsm_file_open'],
      ['listed', 'trace_iter', 'bpf_iter_task'],
      ['anywhere', 'trace_fentry', null],
      ['begin', null, 'tcp_congestion_ops.init'],
      ['undo', null, 'tcp_congestion_ops.undo_cwnd'],
      ['unused', null, null],
    ]);
  });

  it('of kernel structures come without the values of their variables', () => {
    expect(findingsOf(object)).toEqual(['warning struct-ops-unsupported', 'warning struct-ops-unsupported']);
  });
});
