import { describe, expect, it } from 'vitest';
import type { Btf, BtfType } from '../../server/src/btf/btf.ts';
import type { Program } from '../../server/src/program/program.ts';
import { contextFields } from '../../server/src/run/contextFields.ts';
import { programOfText } from '../support/assembled.ts';

const program = (section: string): Program => programOfText(`.section "${section}"\n r0 = 0\n exit\n`);

function shown(of: Program, bytes: Uint8Array): string[] {
  return contextFields(of, bytes).map(({ name, value, text }) => `${name}=${value ?? text}`);
}

describe('the fields of a context', () => {
  it.each([
    ['kprobe/f', 168, 'r15', 'ss', 21],
    ['kprobe/f', 272, 'x0', 'pstate', 34],
    ['perf_event', 184, 'r15', 'addr', 23],
    ['perf_event', 288, 'x0', 'addr', 36],
    ['sockops', 224, 'op', 'skb_hwtstamp', 42],
    ['cgroup/dev', 12, 'access_type', 'minor', 3],
    ['raw_tp/x', 16, 'args[0]', 'args[1]', 2],
    ['fentry/f', 24, 'args[0]', 'args[2]', 3],
    ['fexit/f', 24, 'args[0]', 'returned', 3],
    ['lsm/file_open', 16, 'args[0]', 'returned', 2],
    ['tracepoint/a/b', 32, '+8', '+24', 3],
    ['syscall', 20, '+0', '+8', 2],
  ])('of %s with %i bytes begin with %s%s', (section, length, first, last, count) => {
    const fields = contextFields(program(section), new Uint8Array(length));
    expect([fields[0]?.name, fields.at(-1)?.name, fields.length]).toEqual([first, last, count]);
  });

  it('are as the program declares them where it has a structure of its own', () => {
    const int = (name: string, size: number): BtfType => ({ kind: 'int', name, size, bits: 8 * size, offsetBits: 0, signed: false, char: name === 'char', bool: false }); // prettier-ignore
    const at = (name: string, type: number, offset: number): { name: string; type: number; offsetBits: number; bitSize: number } => ({ name, type, offsetBits: 8 * offset, bitSize: 0 }); // prettier-ignore
    const record: BtfType = {
      kind: 'struct',
      name: 'trace_event_raw_x',
      size: 32,
      members: [at('ent', 3, 0), at('comm', 4, 8), at('pid', 1, 12), at('__data_loc_name', 1, 16), at('cut', 3, 28)],
    };
    const btf: Btf = {
      types: [
        { kind: 'void' },
        int('int', 4),
        int('char', 1),
        int('long', 8),
        { kind: 'array', type: 2, indexType: 1, length: 4 },
        record,
        { kind: 'ptr', type: 5 },
        { kind: 'funcProto', returns: 1, params: [{ name: 'ctx', type: 6 }], variadic: false },
        { kind: 'func', name: 'f', type: 7, linkage: 'global' },
      ],
    };
    const plain = program('tracepoint/a/b');
    const own = { ...plain, btf, subprogs: plain.subprogs.map((subprog) => ({ ...subprog, typeId: 8 })) };
    const bytes = new Uint8Array(32);
    bytes.set([0x63, 0x61, 0x74, 0, 7, 0, 0, 0, 24, 0, 4, 0], 8);
    bytes.set([0x68, 0x69, 0, 0], 24);
    expect(shown(own, bytes)).toEqual(['comm="cat"', 'pid=7', '__data_loc_name="hi"']);
  });
});
