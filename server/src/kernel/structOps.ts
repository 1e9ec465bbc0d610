/**
 * Kernel structures whose functions programs implement (struct_ops), with what their types do not tell. Sources:
 * net/ipv4/bpf_tcp_ca.c and net/bpf/bpf_dummy_struct_ops.c, Linux 6.18.
 */
export interface StructOps {
  /** Functions that programs may implement. */
  readonly members: ReadonlySet<string>;
  /** Those where they may sleep. */
  readonly sleepable: ReadonlySet<string>;
  /** A pointer to the first structure is taken for one to the second, which begins with it. */
  readonly promotes: readonly [from: string, to: string] | null;
  /** The structure that programs may write to, and its fields; null where all of it may be written. */
  readonly writes: { readonly struct: string; readonly fields: readonly string[] | null };
}

function names(text: string): ReadonlySet<string> {
  return new Set(text.split(' ').filter(Boolean));
}

const TCP_FUNCTIONS = names(
  'ssthresh cong_avoid set_state cwnd_event in_ack_event pkts_acked min_tso_segs cong_control undo_cwnd sndbuf_expand init release',
);

const STRUCT_OPS: Readonly<Record<string, StructOps>> = {
  tcp_congestion_ops: {
    members: TCP_FUNCTIONS,
    sleepable: TCP_FUNCTIONS,
    promotes: ['sock', 'tcp_sock'],
    writes: {
      struct: 'tcp_sock',
      fields: [
        'sk_pacing_rate', 'sk_pacing_status', 'icsk_ca_priv', 'icsk_ack.pending', 'snd_cwnd', 'snd_cwnd_cnt',
        'snd_cwnd_stamp', 'snd_ssthresh', 'ecn_flags', 'app_limited',
      ], // prettier-ignore
    },
  },
  bpf_dummy_ops: {
    members: names('test_1 test_2 test_sleepable'),
    sleepable: names('test_sleepable'),
    promotes: null,
    writes: { struct: 'bpf_dummy_ops_state', fields: null },
  },
};

/** What is known of the structure; null for one whose rules are not modelled. */
export function structOpsNamed(name: string): StructOps | null {
  return Object.hasOwn(STRUCT_OPS, name) ? (STRUCT_OPS[name] ?? null) : null;
}
