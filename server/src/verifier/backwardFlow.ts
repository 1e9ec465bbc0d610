/** The ways control may have come, for what is propagated backwards over the instructions of each subprogram. */
export interface BackwardFlow {
  /** Place of each instruction in the postorder; -1 for those that control never reaches. */
  readonly position: Int32Array;
  /** Instructions that may come right before: those of `pc` lie in `before` from `first[pc]` to `first[pc + 1]`. */
  readonly first: Int32Array;
  readonly before: Int32Array;
}

export function backwardFlow(successors: readonly (readonly number[])[], postorder: Int32Array): BackwardFlow {
  const count = successors.length;
  const position = new Int32Array(count).fill(-1);
  for (let i = 0; i < postorder.length; i++) position[postorder[i] ?? 0] = i;
  const first = new Int32Array(count + 1);
  for (const next of successors) for (const to of next) first[to + 1] = (first[to + 1] ?? 0) + 1;
  for (let pc = 0; pc < count; pc++) first[pc + 1] = (first[pc + 1] ?? 0) + (first[pc] ?? 0);
  const filled = first.slice();
  const before = new Int32Array(first[count] ?? 0);
  for (let pc = 0; pc < count; pc++)
    for (const to of successors[pc] ?? []) {
      const at = filled[to] ?? 0;
      before[at] = pc;
      filled[to] = at + 1;
    }
  return { position, first, before };
}
