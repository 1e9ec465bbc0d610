/** Why we differ from the kernel, where somebody has found out. First match counts. */
const CAUSES: readonly (readonly [id: RegExp, cause: string])[] = [
  [
    /^test_probe_user\//,
    '`bpf_probe_write_user` needs a kernel that is not locked down; this one keeps it from everybody.',
  ],
  [
    /^kprobe_multi_override\//,
    'This kernel is built without `CONFIG_BPF_KPROBE_OVERRIDE`, so that the helper is missing.',
  ],
  [
    /^(read_bpf_task_storage_busy|test_ksyms_btf)\//,
    'The variable is in the types of this kernel, but not among its symbols (no `CONFIG_KALLSYMS_ALL`), which the types do not tell.',
  ],
  [
    /^(test_kfunc_dynptr_param|test_verify_pkcs7_sig)\//,
    'The kernel at hand has no `CONFIG_SYSTEM_DATA_VERIFICATION` and so does not offer the function; the one that spoke, 6.17, does.',
  ],
];

export function causeOf(id: string): string {
  return CAUSES.find(([pattern]) => pattern.test(id))?.[1] ?? 'Cause not found yet.';
}
