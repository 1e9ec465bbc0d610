import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBtf } from '../../server/src/btf/read.ts';
import { typeAt } from '../../server/src/btf/query.ts';
import { KFUNCS, kfuncByName } from '../../server/src/kernel/kfuncs.ts';

const VMLINUX = '/sys/kernel/btf/vmlinux';

/** Functions of the kernel's own tests. */
const ONLY_TESTS = /^(__bpf_trap|bpf_fentry_test\d*|bpf_modify_return_test.*|bpf_kfunc_call_.*)$/;

describe('the table of kernel functions', () => {
  it('is sorted, without doubles, each with a sentence', () => {
    const names = KFUNCS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
    for (const { name, doc, since } of KFUNCS) {
      expect(doc, name).toMatch(/^[A-Z].*\.$/);
      expect(since, name).toMatch(/^[56]\.\d+$/);
    }
  });

  it('knows pointers to functions as one argument', () => {
    expect(kfuncByName('bpf_rbtree_add_impl')?.args).toBe(5);
    expect(kfuncByName('bpf_wq_set_callback_impl')?.args).toBe(4);
    expect(kfuncByName('bpf_rcu_read_lock')?.args).toBe(0);
  });
});

describe.skipIf(!existsSync(VMLINUX))('the running kernel’s functions (skipped without its BTF)', () => {
  it('are in the table, with as many arguments', () => {
    const btf = readBtf(new Uint8Array(readFileSync(VMLINUX))).btf;
    if (btf === null) throw new Error('the kernel’s BTF cannot be read');
    const missing: string[] = [];
    let compared = 0;
    for (const tag of btf.types) {
      if (tag.kind !== 'declTag' || tag.name !== 'bpf_kfunc') continue;
      const func = typeAt(btf, tag.type);
      if (func.kind !== 'func' || ONLY_TESTS.test(func.name)) continue;
      const proto = typeAt(btf, func.type);
      const args = proto.kind === 'funcProto' ? proto.params.length : -1;
      if (kfuncByName(func.name)?.args === args) compared++;
      else missing.push(`${func.name}: ${args} arguments`);
    }
    expect(missing).toEqual([]);
    expect(compared).toBeGreaterThan(100);
  });
});
