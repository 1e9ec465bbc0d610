/** Limits that the kernel sets to every program, Linux 6.18. */
export const LIMITS = {
  /** Bytes of stack of one function, and of all functions of a call chain together: MAX_BPF_STACK, linux/filter.h. */
  stackBytes: 512,
  /** Call frames at once: MAX_CALL_FRAMES, linux/bpf_verifier.h. */
  callFrames: 8,
  /** Tail calls in a row: MAX_TAIL_CALL_CNT, linux/bpf.h. */
  tailCalls: 33,
  /** Stack bytes of a caller when a subprogram makes tail calls: check_max_stack_depth, kernel/bpf/verifier.c. */
  stackBytesBeforeTailCall: 256,
  /** Instructions a program with CAP_BPF may have: BPF_COMPLEXITY_LIMIT_INSNS, linux/bpf.h. */
  insns: 1_000_000,
  /** Instructions an unprivileged program may have: BPF_MAXINSNS, uapi/linux/bpf_common.h. */
  unprivilegedInsns: 4096,
  /** Instructions the verifier walks before it gives up: BPF_COMPLEXITY_LIMIT_INSNS, linux/bpf.h. */
  verifiedInsns: 1_000_000,
  /** Branches waiting to be walked: BPF_COMPLEXITY_LIMIT_JMP_SEQ, kernel/bpf/verifier.c. */
  pendingBranches: 8192,
  /** States remembered at one instruction for an unprivileged program: BPF_COMPLEXITY_LIMIT_STATES. */
  unprivilegedStates: 64,
  /** Subprograms of a program: BPF_MAX_SUBPROGS, linux/bpf_verifier.h. */
  subprogs: 256,
  /** Maps a program may use: MAX_USED_MAPS, linux/bpf_verifier.h. */
  maps: 64,
  /** Arguments in registers: MAX_BPF_FUNC_REG_ARGS, linux/bpf.h. */
  arguments: 5,
  /** Highest offset that a variable packet pointer may gain: MAX_PACKET_OFF, kernel/bpf/verifier.c. */
  packetOffset: 0xffff,
  /** Biggest offset or size that pointer arithmetic may reach: BPF_MAX_VAR_OFF, linux/bpf_verifier.h. */
  variableOffset: 1 << 29,
  /** Biggest size of memory a helper may be given: BPF_MAX_VAR_SIZ, linux/bpf_verifier.h. */
  variableSize: 1 << 29,
  /** Bytes of a program's, map's or attach name with its zero: BPF_OBJ_NAME_LEN, uapi/linux/bpf.h. */
  objectName: 16,
  /** Bytes of a tracepoint's record: PERF_MAX_TRACE_SIZE, linux/trace_events.h. */
  tracepointRecord: 8192,
} as const;
