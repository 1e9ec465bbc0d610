import { describe, expect, it } from 'vitest';
import { internalMapName, objectName } from '../../server/src/elf/dataMaps.ts';
import { ringBytes } from '../../server/src/elf/mapDefinition.ts';
import { tidyPath } from '../../server/src/elf/programInfo.ts';

describe('names as libbpf makes them', () => {
  it.each([
    ['build/xdp_count.v3.o', '.bss', 'xdp_coun.bss'],
    ['xdp.o', '.rodata', 'xdp.rodata'],
    ['xdp_count.o', '.rodata', 'xdp_coun.rodata'],
    ['xdp_count.o', '.data', 'xdp_coun.data'],
    ['xdp_count.o', '.kconfig', 'xdp_cou.kconfig'],
    ['xdp_count.o', '.rodata.str1.1', '.rodata.str1.1'],
    ['xdp_count.o', '.data.custom_section', '.data.custom_se'],
    ['C:\\objects\\my-prog.bpf.o', '.bss', 'my_prog.bss'],
    ['averyverylongobjectname.o', '.bss', 'averyver.bss'],
  ])('%s %s', (path, section, name) => expect(internalMapName(objectName(path), section)).toBe(name));
});

describe('sizes of ring buffers', () => {
  it.each([[0, 0], [1, 4096], [4096, 4096], [5000, 8192], [262_144, 262_144], [300_000, 524_288]])('%i becomes %i', (asked, bytes) =>
    expect(ringBytes(asked)).toBe(bytes),
  ); // prettier-ignore
});

describe('paths of sources', () => {
  it.each([
    ['./src/a.bpf.c', 'src/a.bpf.c'],
    ['/home/me/./x/../a.c', '/home/me/a.c'],
    ['../common/b.h', '../common/b.h'],
    ['src\\win.c', 'src/win.c'],
    ['a//b.c', 'a/b.c'],
    ['', ''],
  ])('%s is %s', (from, to) => expect(tidyPath(from)).toBe(to));
});
