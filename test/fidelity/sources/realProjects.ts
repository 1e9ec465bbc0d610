/** Public projects whose eBPF programs are real: where they are, and what their C files need to compile. */
export interface RealProject {
  readonly name: string;
  /** On GitHub, as owner/name; null where the sources of the kernel hold it. */
  readonly repository: string | null;
  /** Folders of C files for the kernel's side, relative to the project. A file counts when it names a section. */
  readonly folders: readonly string[];
  /** Folders of headers, relative to the project, searched before libbpf's and the kernel's. */
  readonly includes: readonly string[];
  /** More switches for all files. */
  readonly flags: readonly string[];
  /** Builds of the same file for kernels of different ages: suffix and switches. */
  readonly variants?: Readonly<Record<string, readonly string[]>>;
}

const TARGET = ['-D__TARGET_ARCH_x86', '-D__x86_64__'];

export const REAL_PROJECTS: readonly RealProject[] = [
  {
    name: 'xdp-tutorial',
    repository: 'xdp-project/xdp-tutorial',
    folders: ['.'],
    includes: ['headers'],
    flags: TARGET,
  },
  {
    name: 'katran',
    repository: 'facebookincubator/katran',
    folders: ['katran/lib/bpf', 'katran/decap/bpf', 'katran/tpr/bpf'],
    includes: ['.', 'katran/lib/linux_includes', 'katran/lib/bpf', 'katran/decap/bpf', 'katran/tpr/bpf'],
    flags: [...TARGET, '-DINLINE_DECAP_GUE', '-DLPM_SRC_LOOKUP', '-DGUE_ENCAP'],
  },
  { name: 'ebpf-samples', repository: 'vbpf/ebpf-samples', folders: [], includes: [], flags: [] },
  {
    name: 'libbpf-bootstrap',
    repository: 'libbpf/libbpf-bootstrap',
    folders: ['examples/c', 'examples/rust'],
    includes: [],
    flags: TARGET,
  },
  { name: 'ebpf', repository: 'cilium/ebpf', folders: ['examples'], includes: ['examples/headers'], flags: TARGET },
  {
    name: 'bpf-developer-tutorial',
    repository: 'eunomia-bpf/bpf-developer-tutorial',
    folders: ['src'],
    includes: ['src/third_party/vmlinux/x86', '../scx/scheds/include'],
    flags: TARGET,
  },
  {
    name: 'tetragon',
    repository: 'cilium/tetragon',
    folders: ['bpf/process', 'bpf/cgroup', 'bpf/test', 'bpf/tests'],
    includes: ['bpf', 'bpf/libbpf', 'bpf/include', 'bpf/lib', 'bpf/errmetrics', 'bpf/process'],
    flags: [...TARGET, '-mcpu=v2', '-D__BPF_OVERRIDE_RETURN'],
    variants: {
      '': [],
      _v53: ['-D__LARGE_BPF_PROG'],
      _v61: ['-D__LARGE_BPF_PROG', '-D__V511_BPF_PROG', '-D__V61_BPF_PROG'],
    },
  },
  {
    name: 'bcc',
    repository: 'iovisor/bcc',
    folders: ['libbpf-tools'],
    includes: ['libbpf-tools/x86', 'libbpf-tools'],
    flags: TARGET,
  },
  {
    name: 'bpf-examples',
    repository: 'xdp-project/bpf-examples',
    folders: ['.'],
    includes: ['include', 'headers', '../xdp-tools/headers'],
    flags: TARGET,
  },
  {
    name: 'xdp-tools',
    repository: 'xdp-project/xdp-tools',
    folders: ['.'],
    includes: ['headers', 'lib/util'],
    flags: [...TARGET, '-Dbool=_Bool'],
  },
  {
    name: 'tracee',
    repository: 'aquasecurity/tracee',
    folders: ['pkg/ebpf/c', 'pkg/ebpf/c/lsmsupport'],
    includes: ['pkg/ebpf/c'],
    flags: [...TARGET, '-DCORE', '-mcpu=v2'],
  },
  {
    name: 'scx',
    repository: 'sched-ext/scx',
    folders: ['scheds', 'lib', 'rust/scx_rustland_core/assets/bpf', 'tools'],
    includes: [
      'scheds/vmlinux/arch/x86',
      'scheds/vmlinux',
      'scheds/include',
      'scheds/include/bpf-compat',
      'scheds/include/scx',
      'scheds/include/lib',
      'lib',
    ],
    flags: [...TARGET, '-mcpu=v3'],
  },
  {
    name: 'linux-samples',
    repository: null,
    folders: ['bpf'],
    includes: ['bpf'],
    flags: TARGET,
  },
];
