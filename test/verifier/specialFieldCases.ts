import { TypesBuilder } from '../support/typesBuilder.ts';

/** One map whose values have special fields: who holds them, and what the value is. */
export interface FieldCase {
  readonly name: string;
  readonly mapType: string;
  readonly mapFlags?: string;
  readonly valueSize: number;
  /** Type ids of key and value, which the builder is asked for. */
  readonly build: (types: TypesBuilder) => readonly [key: number, value: number];
}

type Guarded = Parameters<TypesBuilder['guarded']>[0];
/** Members in a row: a guarded structure by name, or a type made on the spot, with its offset. */
type Members = readonly (readonly [name: string, type: Guarded | ((types: TypesBuilder) => number), off: number])[];

function valueOf(name: string, mapType: string, valueSize: number, members: Members): FieldCase {
  return {
    name,
    mapType,
    valueSize,
    build: (types) => {
      const key = types.int('int', 4, true);
      const value = structOf(types, 'value', valueSize, members);
      return [key, value];
    },
  };
}

function structOf(types: TypesBuilder, name: string, size: number, members: Members): number {
  const rows = members.map(([member, type, off]) => {
    const id = typeof type === 'string' ? types.guarded(type) : type(types);
    return [member, id, off] as const;
  });
  return types.struct(name, size, rows);
}

const toKernel =
  (tag: string, name: string) =>
  (types: TypesBuilder): number =>
    types.tagged(tag, types.struct(name, 8, [['x', types.int('u64', 8), 0]]));

/** A list head or tree root with its tag, in a value with a lock at offset 0. */
function graphOf(name: string, head: 'bpf_list_head' | 'bpf_rb_root', tag: string, mapType = 'hash'): FieldCase {
  return {
    name,
    mapType,
    valueSize: 48,
    build: (types) => {
      const key = types.int('int', 4, true);
      const node = head === 'bpf_list_head' ? 'bpf_list_node' : 'bpf_rb_node';
      structOf(types, 'elem', 64, [
        ['n', node, 0],
        ['other', 'bpf_refcount', 48],
      ]);
      const value = structOf(types, 'value', 48, [
        ['lock', 'bpf_spin_lock', 0],
        ['head', head, 8],
      ]);
      if (tag !== '') types.declTag(tag, value, 1);
      return [key, value];
    },
  };
}

const LOCK = ['lock', 'bpf_spin_lock', 0] as const;

/** A list of structures of which each, but for the last, holds a list of the next. */
function chain(length: number): FieldCase {
  return {
    name: `lists in lists, ${length} deep`,
    mapType: 'hash',
    valueSize: 24,
    build: (types) => {
      const key = types.int('int', 4, true);
      for (let i = length; i > 0; i--) {
        const node = ['node', 'bpf_list_node', 24] as const;
        const head = ['head', 'bpf_list_head', 8] as const;
        const id = structOf(types, `level${i}`, 48, i < length ? [LOCK, head, node] : [LOCK, node]);
        if (i < length) types.declTag(`contains:level${i + 1}:node`, id, 1);
      }
      const value = structOf(types, 'value', 24, [LOCK, ['head', 'bpf_list_head', 8]]);
      types.declTag('contains:level1:node', value, 1);
      return [key, value];
    },
  };
}

/** A pointer to a structure with a pointer to a structure, and so on. */
function pointers(length: number): FieldCase {
  return {
    name: `pointers to pointers, ${length} deep`,
    mapType: 'hash',
    valueSize: 16,
    build: (types) => {
      const key = types.int('int', 4, true);
      let inner = structOf(types, 'innermost', 8, [['x', 'bpf_refcount', 0]]);
      for (let i = 0; i < length; i++)
        inner = structOf(types, `outer${i}`, 8, [['next', (t) => t.tagged('kptr', inner), 0]]);
      return [key, structOf(types, 'value', 16, [LOCK, ['own', (t) => t.tagged('kptr', inner), 8]])];
    },
  };
}

/** A structure that holds a pointer to itself, or a list of its own kind. */
function owner(name: string, members: Members, tag: string): FieldCase {
  return {
    name,
    mapType: 'hash',
    valueSize: 16,
    build: (types) => {
      const key = types.int('int', 4, true);
      const own = structOf(types, 'own', 64, members);
      if (tag !== '') types.declTag(tag, own, 1);
      return [key, structOf(types, 'value', 16, [LOCK, ['own', (t) => t.tagged('kptr', own), 8]])];
    },
  };
}

export const FIELD_CASES: readonly FieldCase[] = [
  valueOf('a lock', 'hash', 16, [LOCK]),
  valueOf('a lock behind a number', 'array', 16, [
    ['x', (types) => types.int('u32', 4), 0],
    ['lock', 'bpf_spin_lock', 4],
  ]),
  valueOf('a lock in a per-CPU map', 'percpu_hash', 16, [LOCK]),
  valueOf('a lock in an LRU map', 'lru_hash', 16, [LOCK]),
  valueOf('two locks', 'hash', 16, [LOCK, ['second', 'bpf_spin_lock', 4]]),
  valueOf('a lock and a resilient one', 'hash', 16, [LOCK, ['second', 'bpf_res_spin_lock', 4]]),
  valueOf('a resilient lock', 'hash', 16, [['lock', 'bpf_res_spin_lock', 8]]),
  valueOf('a lock at an odd offset', 'hash', 16, [['lock', 'bpf_spin_lock', 2]]),
  valueOf('a timer', 'hash', 32, [['timer', 'bpf_timer', 8]]),
  valueOf('a timer in a per-CPU map', 'percpu_array', 32, [['timer', 'bpf_timer', 8]]),
  valueOf('two timers', 'hash', 32, [['timer', 'bpf_timer', 0], ['second', 'bpf_timer', 16]]),
  valueOf('a work queue and a timer', 'array', 40, [['wq', 'bpf_wq', 0], ['timer', 'bpf_timer', 16]]),
  valueOf('task work', 'hash', 24, [['tw', 'bpf_task_work', 8]]),
  valueOf('a lock in a typedef', 'hash', 16, [['lock', (types) => types.typedef('lock_t', types.guarded('bpf_spin_lock')), 0]]),
  valueOf('a lock in a structure', 'hash', 24, [
    ['x', (types) => types.int('u64', 8), 0],
    ['inner', (types) => structOf(types, 'inner', 16, [['y', (t) => t.int('u32', 4), 0], ['lock', 'bpf_spin_lock', 4]]), 8],
  ]),
  valueOf('an array of locks', 'hash', 24, [
    ['locks', (types) => types.array(types.guarded('bpf_spin_lock'), 3, types.int('u32', 4)), 4],
  ]),
  valueOf('an array of one lock', 'hash', 24, [
    ['locks', (types) => types.array(types.guarded('bpf_spin_lock'), 1, types.int('u32', 4)), 4],
  ]),
  valueOf('a pointer to a task', 'hash', 24, [['task', toKernel('kptr', 'task_struct'), 8]]),
  valueOf('an unreferenced pointer to a task', 'array', 24, [['task', toKernel('kptr_untrusted', 'task_struct'), 8]]),
  valueOf('a pointer to what the kernel cannot free', 'hash', 24, [['file', toKernel('kptr', 'file'), 8]]),
  valueOf('an unreferenced pointer to what the kernel cannot free', 'hash', 24, [['file', toKernel('kptr_untrusted', 'file'), 8]]),
  valueOf('a pointer with an unknown tag', 'hash', 24, [['task', toKernel('kpointer', 'task_struct'), 8]]),
  valueOf('a per-CPU pointer to an own structure', 'hash', 24, [['own', toKernel('percpu_kptr', 'own'), 8]]),
  valueOf('user memory', 'hash', 24, [['own', toKernel('uptr', 'own'), 8]]),
  valueOf('an array of pointers', 'hash', 64, [
    ['tasks', (types) => types.array(toKernel('kptr', 'task_struct')(types), 5, types.int('u32', 4)), 8],
  ]),
  valueOf('more pointers than fit', 'hash', 128, [
    ['tasks', (types) => types.array(toKernel('kptr', 'task_struct')(types), 12, types.int('u32', 4)), 8],
  ]),
  valueOf('an array of structures with pointers', 'hash', 64, [
    ['pairs', (types) => types.array(structOf(types, 'pair', 16, [['task', toKernel('kptr', 'task_struct'), 8]]), 3, types.int('u32', 4)), 8],
  ]),
  valueOf('a pointer in a per-CPU map', 'percpu_array', 24, [['task', toKernel('kptr', 'task_struct'), 8]]),
  valueOf('a refcount', 'hash', 16, [['count', 'bpf_refcount', 8]]),
  valueOf('a list node', 'hash', 40, [['node', 'bpf_list_node', 8]]),
  valueOf('two fields in the wrong order', 'hash', 40, [['timer', 'bpf_timer', 8], ['lock', 'bpf_spin_lock', 0]]),
  { ...valueOf('a lock in a map programs may only read', 'array', 16, [LOCK]), mapFlags: 'BPF_F_RDONLY_PROG' },
  graphOf('a list', 'bpf_list_head', 'contains:elem:n'),
  graphOf('a list in an array', 'bpf_list_head', 'contains:elem:n', 'array'),
  graphOf('a tree', 'bpf_rb_root', 'contains:elem:n'),
  graphOf('a list without elements', 'bpf_list_head', ''),
  graphOf('a list of nothing', 'bpf_list_head', 'contains:nothing:n'),
  graphOf('a list by a missing member', 'bpf_list_head', 'contains:elem:m'),
  graphOf('a list by a member that is no node', 'bpf_list_head', 'contains:elem:other'),
  graphOf('a list whose tag has no member', 'bpf_list_head', 'contains:elem'),
  chain(1),
  chain(2),
  chain(3),
  pointers(3),
  pointers(7),
  pointers(12),
  chain(9),
  owner('a pointer to a structure with a list of itself', [LOCK, ['head', 'bpf_list_head', 8], ['node', 'bpf_list_node', 24]], 'contains:own:node'),
  owner('a pointer to a structure with a list and no lock', [['x', 'bpf_refcount', 0], ['head', 'bpf_list_head', 8], ['node', 'bpf_list_node', 24]], 'contains:own:node'),
  owner('a pointer to a structure with nodes of both kinds', [['tree', 'bpf_rb_node', 0], ['node', 'bpf_list_node', 32]], ''),
  owner('a pointer to a structure with nodes of both kinds and a count', [['tree', 'bpf_rb_node', 0], ['node', 'bpf_list_node', 32], ['count', 'bpf_refcount', 56]], ''),
  owner('a pointer to a structure with two counts', [['a', 'bpf_refcount', 0], ['b', 'bpf_refcount', 4]], ''),
  owner('a pointer to a structure with a timer', [['timer', 'bpf_timer', 0]], ''),
  valueOf('a list without a lock', 'hash', 24, [['head', 'bpf_list_head', 0]]),
]; // prettier-ignore
