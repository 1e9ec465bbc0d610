declare const EBPF_WORKBENCH_VERSION: string | undefined;
declare const EBPF_WORKBENCH_BUILD: string | undefined;

/** Put in by the bundler; running from sources has none. */
export const VERSION: string = typeof EBPF_WORKBENCH_VERSION === 'string' ? EBPF_WORKBENCH_VERSION : 'from source';

/** Names the sources that were bundled; null when running from sources, which may change at any time. */
export const BUILD: string | null = typeof EBPF_WORKBENCH_BUILD === 'string' ? EBPF_WORKBENCH_BUILD : null;
