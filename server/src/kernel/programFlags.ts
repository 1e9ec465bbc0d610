/** Flags of BPF_PROG_LOAD. Source: include/uapi/linux/bpf.h, Linux 6.18. */
export const PROGRAM_FLAGS = {
  /** Refuses unaligned packet accesses even where the processor allows them. */
  strictAlignment: 1 << 0,
  /** Pretends that the processor allows unaligned accesses. */
  anyAlignment: 1 << 1,
  testRandomHighHalf: 1 << 2,
  testStateFrequency: 1 << 3,
  sleepable: 1 << 4,
  xdpHasFrags: 1 << 5,
  xdpDeviceBoundOnly: 1 << 6,
  testRegisterInvariants: 1 << 7,
} as const;
