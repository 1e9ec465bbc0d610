import { describeVerdicts } from '../support/describeVerdicts.ts';
import { programWithTypes } from '../support/programWithTypes.ts';
import { TypesBuilder } from '../support/typesBuilder.ts';

/**
 * Elements are `struct elem { struct bpf_rb_node tree; struct bpf_list_node list; int key; }`, counted ones have a
 * `struct bpf_refcount` behind. The maps' values are a lock, a list and a tree of one of them.
 */
function declare(types: TypesBuilder) {
  const int = types.int('int', 4, true);
  const members = [
    ['tree', types.guarded('bpf_rb_node'), 0],
    ['key', int, 32],
  ] as const;
  const treeElem = types.struct('tree_elem', 40, members);
  const listElem = types.struct('list_elem', 32, [
    ['list', types.guarded('bpf_list_node'), 0],
    ['key', int, 24],
  ]);
  const counted = types.struct('counted', 72, [
    ['tree', types.guarded('bpf_rb_node'), 0],
    ['list', types.guarded('bpf_list_node'), 32],
    ['key', int, 56],
    ['count', types.guarded('bpf_refcount'), 60],
  ]);
  const plain = types.struct('plain', 16, [['x', int, 0]]);
  const valueOf = (name: string, inList: string, inTree: string): number => {
    const value = types.struct(name, 40, [
      ['lock', types.guarded('bpf_spin_lock'), 0],
      ['head', types.guarded('bpf_list_head'), 8],
      ['root', types.guarded('bpf_rb_root'), 24],
    ]);
    types.declTag(`contains:${inList}`, value, 1);
    types.declTag(`contains:${inTree}`, value, 2);
    return value;
  };
  const owned = valueOf('owned', 'list_elem:list', 'tree_elem:tree');
  const shared = valueOf('shared', 'counted:list', 'counted:tree');
  return { int, treeElem, listElem, counted, plain, owned, shared };
}

const IDS = declare(new TypesBuilder());

const HEAD = `.license "GPL"
.map owned, type=array, key=4, value=40, entries=1
.map other, type=array, key=4, value=40, entries=1
.map shared, type=array, key=4, value=40, entries=1
.section "tc"
.globl main
main:
`;
const END = `
out:
  r0 = 0
  exit
.text
less:
  r0 = 0
  exit`;

const make = (type: number, to: string, orElse = 'out'): string => `
  r1 = ${type}
  r2 = 0
  call bpf_obj_new_impl
  if r0 == 0 goto ${orElse}
  ${to} = r0`;
const drop = (reg: string): string => `
  r1 = ${reg}
  r2 = 0
  call bpf_obj_drop_impl`;
const lock = (map: string): string => `
  r1 = ${map}[0] ll
  call bpf_spin_lock`;
const unlock = (map: string): string => `
  r1 = ${map}[0] ll
  call bpf_spin_unlock`;
const locked = (map: string, body: string): string => lock(map) + body + unlock(map);
const push = (map: string, reg: string, off = 0): string => `
  r1 = ${map}[0] + 8 ll
  r2 = ${reg}
  r2 += ${off}
  r3 = 0
  r4 = 0
  call bpf_list_push_front_impl`;
const add = (map: string, reg: string, off = 0): string => `
  r1 = ${map}[0] + 24 ll
  r2 = ${reg}
  r2 += ${off}
  r3 = less ll
  r4 = 0
  r5 = 0
  call bpf_rbtree_add_impl`;
const pop = (map: string): string => `
  r1 = ${map}[0] + 8 ll
  call bpf_list_pop_front`;
const first = (map: string): string => `
  r1 = ${map}[0] + 24 ll
  call bpf_rbtree_first`;

/** Name, body, and what the kernel says first; "accept" where it says nothing. */
const CASES: readonly (readonly [name: string, body: string, verdict: string])[] = [
  ['made and given back', make(IDS.listElem, 'r6') + drop('r6'), 'accept'],
  ['made and kept', make(IDS.listElem, 'r6'), 'Unreleased reference id=2 alloc_insn=2'],
  ['used before it is known to be there', `
  r1 = ${IDS.listElem}
  r2 = 0
  call bpf_obj_new_impl
  r1 = *(u32 *)(r0 + 24)`, "R0 invalid mem access 'ptr_or_null_'"],
  ['given back twice', make(IDS.listElem, 'r6') + drop('r6') + drop('r6'), 'R1 must be referenced or trusted'],
  ['read and written', `${make(IDS.listElem, 'r6')}
  *(u32 *)(r6 + 24) = 1
  r1 = *(u32 *)(r6 + 24)${drop('r6')}`, 'accept'],
  ['its node written', `${make(IDS.listElem, 'r6')}
  *(u64 *)(r6 + 8) = 1`, 'direct access to bpf_list_node is disallowed'],
  ['written behind its end', `${make(IDS.listElem, 'r6')}
  *(u64 *)(r6 + 32) = 1`, 'access beyond struct list_elem at off 32 size 8'],
  ['written before it begins', `${make(IDS.listElem, 'r6')}
  *(u32 *)(r6 - 4) = 1`, 'R6 is ptr_list_elem invalid negative access: off=-4'],
  ['of a type that is no structure', make(IDS.int, 'r6'), 'bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct'],
  ['of a type that is not there', make(9999, 'r6'), 'bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct'],
  ['of a type without special fields', make(IDS.plain, 'r6') + drop('r6'), 'accept'],
  ['pushed', make(IDS.listElem, 'r6') + locked('owned', push('owned', 'r6')), 'accept'],
  ['pushed without the lock', make(IDS.listElem, 'r6') + push('owned', 'r6'), 'bpf_spin_lock at off=0 must be held for bpf_list_head'],
  ['pushed with another lock', make(IDS.listElem, 'r6') + lock('other') + push('owned', 'r6'), 'held lock and object are not in the same allocation'],
  ['pushed twice', make(IDS.listElem, 'r6') + lock('owned') + push('owned', 'r6') + push('owned', 'r6'), 'arg#1 expected pointer to allocated object'],
  ['pushed, then read', `${make(IDS.listElem, 'r6')}${lock('owned')}${push('owned', 'r6')}
  r7 = *(u32 *)(r6 + 24)${unlock('owned')}`, 'accept'],
  ['pushed, then read without the lock', `${make(IDS.listElem, 'r6')}${locked('owned', push('owned', 'r6'))}
  r7 = *(u32 *)(r6 + 24)`, "R6 invalid mem access 'scalar'"],
  ['pushed, then given back', make(IDS.listElem, 'r6') + locked('owned', push('owned', 'r6')) + drop('r6'), 'R1 must be referenced or trusted'],
  ['pushed by a wrong place', make(IDS.listElem, 'r6') + lock('owned') + push('owned', 'r6', 24), 'bpf_list_node not found at offset=24'],
  ['of another type pushed', make(IDS.treeElem, 'r6') + lock('owned') + push('owned', 'r6'), 'bpf_list_node not found at offset=0'],
  ['of another type with such a node pushed', make(IDS.counted, 'r6') + lock('owned') + push('owned', 'r6', 32), 'operation on bpf_list_head expects arg#1 bpf_list_node at offset=0 in struct list_elem, but arg is at offset=32 in struct counted'],
  ['popped and given back', `${locked('owned', pop('owned') + '\n  r6 = r0')}
  if r6 == 0 goto out${drop('r6')}`, 'accept'],
  ['popped and kept', locked('owned', pop('owned')), 'Unreleased reference id=2 alloc_insn=5'],
  ['popped from what is no list', `${lock('owned')}
  r1 = owned[0] + 16 ll
  call bpf_list_pop_front`, 'bpf_list_head not found at offset=16'],
  ['added to a tree', make(IDS.treeElem, 'r6') + locked('owned', add('owned', 'r6')), 'accept'],
  ['added without the lock', make(IDS.treeElem, 'r6') + add('owned', 'r6'), 'bpf_spin_lock at off=0 must be held for bpf_rb_root'],
  ['the first of a tree, without a check', `${lock('owned')}${first('owned')}
  r1 = *(u32 *)(r0 + 32)`, "R0 invalid mem access 'ptr_or_null_'"],
  ['the first of a tree, read', `${lock('owned')}${first('owned')}
  if r0 == 0 goto unlock
  r1 = *(u32 *)(r0 + 32)
unlock:${unlock('owned')}`, 'accept'],
  ['the first of a tree, read too late', `${lock('owned')}${first('owned')}
  r6 = r0${unlock('owned')}
  if r6 == 0 goto out
  r1 = *(u32 *)(r6 + 32)`, "R6 invalid mem access 'scalar'"],
  ['the first of a tree taken out', `${lock('owned')}${first('owned')}
  if r0 == 0 goto unlock
  r1 = owned[0] + 24 ll
  r2 = r0
  call bpf_rbtree_remove
  r6 = r0${unlock('owned')}
  if r6 == 0 goto out${drop('r6')}
  goto out
unlock:${unlock('owned')}`, 'accept'],
  ['an owned object taken out of a tree', `${make(IDS.treeElem, 'r6')}${lock('owned')}
  r1 = owned[0] + 24 ll
  r2 = r6
  call bpf_rbtree_remove`, 'BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region'],
  ['the top of a tree and its children', `${lock('owned')}
  r1 = owned[0] + 24 ll
  call bpf_rbtree_root
  if r0 == 0 goto unlock
  r1 = owned[0] + 24 ll
  r2 = r0
  call bpf_rbtree_left
  if r0 == 0 goto unlock
  r1 = owned[0] + 24 ll
  r2 = r0
  call bpf_rbtree_right
unlock:${unlock('owned')}`, 'accept'],
  ['the ends of a list', `${lock('owned')}
  r1 = owned[0] + 8 ll
  call bpf_list_front
  r1 = owned[0] + 8 ll
  call bpf_list_back
  if r0 == 0 goto unlock
  r1 = *(u32 *)(r0 + 24)
unlock:${unlock('owned')}`, 'accept'],
  ['counted, in a list and a tree', `${make(IDS.counted, 'r6')}
  r1 = r6
  r2 = 0
  call bpf_refcount_acquire_impl
  r7 = r0${locked('shared', push('shared', 'r6', 32) + add('shared', 'r7'))}`, 'accept'],
  ['counted, the second reference kept', `${make(IDS.counted, 'r6')}
  r1 = r6
  r2 = 0
  call bpf_refcount_acquire_impl${locked('shared', push('shared', 'r6', 32))}`, 'Unreleased reference id=3 alloc_insn=7'],
  ['counted, borrowed and read without the lock', `${make(IDS.counted, 'r6')}${locked('shared', push('shared', 'r6', 32))}
  r1 = *(u32 *)(r6 + 56)`, "R6 invalid mem access 'scalar'"],
  ['an object without a count counted', `${make(IDS.listElem, 'r6')}
  r1 = r6
  r2 = 0
  call bpf_refcount_acquire_impl`, "arg#0 doesn't point to a type with bpf_refcount field"],
  ['per CPU', `
  r1 = ${IDS.plain}
  r2 = 0
  call bpf_percpu_obj_new_impl
  if r0 == 0 goto out
  r1 = r0
  r2 = 0
  call bpf_percpu_obj_drop_impl`, 'accept'],
  ['per CPU, given back as if it were not', `
  r1 = ${IDS.plain}
  r2 = 0
  call bpf_percpu_obj_new_impl
  if r0 == 0 goto out${drop('r0')}`, 'arg#0 expected for bpf_percpu_obj_drop_impl()'],
  ['per CPU, read at once', `
  r1 = ${IDS.plain}
  r2 = 0
  call bpf_percpu_obj_new_impl
  if r0 == 0 goto out
  r1 = *(u32 *)(r0 + 0)`, 'R0 is ptr_plain access percpu memory: off=0'],
  ['per CPU, with special fields', `
  r1 = ${IDS.counted}
  r2 = 0
  call bpf_percpu_obj_new_impl`, 'bpf_percpu_obj_new type ID argument must not contain special fields'],
]; // prettier-ignore

/** Programs whose ordering function is what matters. */
const ORDERS: readonly (readonly [name: string, body: string, verdict: string])[] = [
  ['reads both', '  r1 = *(u32 *)(r1 + 32)\n  r2 = *(u32 *)(r2 + 32)\n  r0 = 0', 'accept'],
  ['returns what is no truth value', '  r0 = 5', 'At callback return the register R0 has smin=5 smax=5 should have been in [0, 1]'],
  ['takes the lock once more', '  r1 = owned[0] ll\n  call bpf_spin_lock\n  r0 = 0', 'function calls are not allowed while holding a lock'],
  ['writes the key', '  *(u32 *)(r1 + 32) = 1\n  r0 = 0', 'accept'],
  ['looks for the first', '  r1 = owned[0] + 24 ll\n  call bpf_rbtree_first\n  r0 = 0', 'accept'],
  ['takes one out', '  r2 = r1\n  r1 = owned[0] + 24 ll\n  call bpf_rbtree_remove\n  r0 = 0', 'bpf_rbtree_remove not allowed in rbtree cb'],
  ['gives one back', '  r2 = 0\n  call bpf_obj_drop_impl\n  r0 = 0', 'function calls are not allowed while holding a lock'],
]; // prettier-ignore

const ids = ({ int, owned, shared }: typeof IDS) => {
  return { owned: [int, owned], other: [int, owned], shared: [int, shared] } as const;
};

const all = [
  ...CASES.map(([name, body, verdict]) => ({ name, text: HEAD + body + END, verdict })),
  ...ORDERS.map(([name, body, verdict]) => ({
    name: `the function that orders a tree ${name}`,
    text: `${HEAD}${make(IDS.treeElem, 'r6')}${locked('owned', add('owned', 'r6'))}${END.replace('  r0 = 0\n  exit\n.text\nless:\n  r0 = 0', `  r0 = 0\n  exit\n.text\nless:\n${body}`)}`,
    verdict,
  })),
].map(({ name, text, verdict }) => ({
  name,
  verdict,
  told: programWithTypes(text, (types) => ids(declare(types))),
}));

describeVerdicts('lists, trees and their elements', all);
