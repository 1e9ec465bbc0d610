import { describe, expect, it } from 'vitest';
import { buildBtf, KIND } from '../btf/buildBtf.ts';
import type { Outcome, Setting } from './fakeWorld.ts';
import { runMain } from './fakeWorld.ts';

const kernel = buildBtf([{ kind: KIND.struct, name: 'task_struct', word: 0 }]);
const traced = '.section "tp_btf/sched_switch"\nr0 = 0\nexit\n';
const packets = '.section "xdp"\nr0 = 2\nexit\n';

function check(words: string, files: Setting['files'], own?: string): Promise<Outcome> {
  const ownKernel = own === undefined ? {} : { ownKernel: { release: own, types: '/sys/types' } };
  return runMain(['check', 'p.bpfasm', ...words.split(' ').filter(Boolean)], { files, ...ownKernel });
}

const NEEDED = 'Checking programs of type tracing needs the types (BTF) of the kernel';

describe('the types of the kernel', () => {
  it('are asked for where a verdict needs them', async () => {
    const { out, status } = await check('', { 'p.bpfasm': traced });
    expect(out).toContain(NEEDED);
    expect(out).toContain('--btf FILE');
    expect(status).toBe(3);
  });

  it('come from the file that is named', async () => {
    const { out } = await check('--btf vmlinux', { 'p.bpfasm': traced, vmlinux: kernel });
    expect(out).not.toContain(NEEDED);
  });

  it('come from this machine only where it runs the kernel that is asked about', async () => {
    const files = { 'p.bpfasm': traced, '/sys/types': kernel };
    expect((await check('', files, '6.18.44')).out).not.toContain(NEEDED);
    for (const release of ['6.1.0', '5.15.0-91-generic', '6.180.1', '6.18'])
      expect((await check('', files, release)).out).toContain(NEEDED);
  });

  it('are not looked for where no program wants them', async () => {
    expect((await check('', { 'p.bpfasm': packets }, '6.18.44')).status).toBe(0);
  });

  it.each([
    ['vmlinux', 'ebpf-workbench: vmlinux: no such file or directory\n'],
    ['p.bpfasm', 'ebpf-workbench: p.bpfasm: the type data does not begin with the BTF mark 0xeb9f\n'],
  ])('are refused when %s has none', async (file, error) => {
    const outcome = await check(`--btf ${file}`, { 'p.bpfasm': packets });
    expect(outcome.error).toBe(error);
    expect(outcome.status).toBe(2);
  });
});
