declare const EBPF_WORKBENCH_VERSION: string | undefined;

/** Put in by the bundler; running from sources has none. */
export const VERSION: string = typeof EBPF_WORKBENCH_VERSION === 'string' ? EBPF_WORKBENCH_VERSION : 'from source';
