/** Lists and trees that programs keep. Mirrors `process_kf_arg_ptr_to_graph_root` and `…_node`, v6.18. */
import { nameOf, typeAt } from '../btf/query.ts';
import type { Env } from './env.ts';
import type { FieldKind, SpecialField } from './fields/specialField.ts';
import { FIELD_FACTS, fieldOf } from './fields/specialField.ts';
import { getReg } from './registers.ts';
import { reject, rejectReg } from './rejection.ts';
import { recordOfRegister } from './specialFields.ts';
import type { RegisterState } from './state/register.ts';
import { isConstant } from './state/register.ts';

export type RootKind = 'listHead' | 'rbRoot';
type NodeKind = 'listNode' | 'rbNode';

/** Functions that call back with the tree's lock held: `is_rbtree_lock_required_kfunc`. */
const TREE_FUNCTIONS: ReadonlySet<string> = new Set([
  'bpf_rbtree_add_impl', 'bpf_rbtree_remove', 'bpf_rbtree_first', 'bpf_rbtree_root', 'bpf_rbtree_left',
  'bpf_rbtree_right',
]); // prettier-ignore

/** Mirrors `in_rbtree_lock_required_cb`: the path is in the callback that orders a tree. */
export function insideAddCallback({ program, state }: Env): boolean {
  return state.frames.some(({ callback, callsite }) => {
    const insn = callback.sort === 'none' ? undefined : program.insns[callsite];
    if (insn?.kind !== 'call' || insn.target !== 'kfunc') return false;
    return TREE_FUNCTIONS.has(program.kfuncs?.get(insn.imm) ?? '');
  });
}

/** The head or root that the register points to; its lock must be held. */
export function graphRoot(env: Env, regno: number, kind: RootKind): SpecialField {
  const reg = getReg(env, regno);
  const record = recordOfRegister(env, reg);
  const field = fieldAt(env, regno, kind);
  const lockOff = fieldOf(record, 'spinLock')?.off ?? NO_LOCK;
  const complaints = lockComplaints(env, reg);
  if (complaints !== null)
    rejectReg(regno, ...complaints, `bpf_spin_lock at off=${lockOff} must be held for ${FIELD_FACTS[kind].name}`);
  return field;
}

/** What the kernel prints for a missing bpf_spin_lock: -EINVAL. */
const NO_LOCK = -22;

/** The special field of that kind at the pointer's place. */
function fieldAt(env: Env, regno: number, kind: FieldKind): SpecialField {
  const reg = getReg(env, regno);
  const { name } = FIELD_FACTS[kind];
  if (!isConstant(reg))
    rejectReg(regno, `R${regno} doesn't have constant offset. ${name} has to be at the constant offset`);
  const off = offsetOf(reg);
  const field = recordOfRegister(env, reg)?.fields.find((one) => one.kind === kind && one.off === off);
  return field ?? rejectReg(regno, `${name} not found at offset=${off >>> 0}`);
}

function offsetOf(reg: RegisterState): number {
  return reg.off + Number(BigInt.asIntN(64, reg.bounds.varOff.value));
}

/** Null when the lock beside the field is held. Mirrors `check_reg_allocation_locked`. */
function lockComplaints(env: Env, reg: RegisterState): string[] | null {
  const owner = reg.kind === 'mapValue' ? reg.map : reg.btf;
  const { refs, regions } = env.state;
  if (regions.locks === 0) return [];
  const held = refs.some(
    (ref) => ref.kind !== 'object' && ref.kind !== 'irq' && ref.id === reg.id && ref.owner === owner,
  );
  return held ? null : ['held lock and object are not in the same allocation'];
}

/** A node that may lie in the list or tree. */
export function checkNode(env: Env, regno: number, root: SpecialField): void {
  const reg = getReg(env, regno);
  const kind: NodeKind = root.kind === 'listHead' ? 'listNode' : 'rbNode';
  fieldAt(env, regno, kind);
  const { element } = root;
  if (element === null || reg.btf === null) return;
  const off = offsetOf(reg);
  const wanted = nameOf(typeAt(reg.btf, element.valueId));
  const word = FIELD_FACTS[kind].name;
  if (reg.btfId !== element.valueId) {
    const expects = `expects arg#1 ${word} at offset=${element.nodeOff} in struct ${wanted}`;
    const given = `arg is at offset=${off} in struct ${nameOf(typeAt(reg.btf, reg.btfId))}`;
    reject(`operation on ${FIELD_FACTS[root.kind].name} ${expects}, but ${given}`);
  }
  if (off !== element.nodeOff)
    reject(`arg#1 offset=${off}, but expected ${word} at offset=${element.nodeOff} in struct ${wanted}`);
}
