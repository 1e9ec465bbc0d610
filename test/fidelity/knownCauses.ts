/** Why we differ from the kernel, where somebody has found out. First match counts. */
const CAUSES: readonly (readonly [id: RegExp, cause: string])[] = [
  [
    /^test_probe_user\//,
    'On x86 `bpf_probe_write_user` needs a kernel that is not locked down; this one keeps it from everybody.',
  ],
  [
    /^kprobe_multi_override\//,
    'This kernel is built without `CONFIG_BPF_KPROBE_OVERRIDE`, so that the helper is missing.',
  ],
];

export function causeOf(id: string): string {
  return CAUSES.find(([pattern]) => pattern.test(id))?.[1] ?? 'Cause not found yet.';
}
