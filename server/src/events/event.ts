/** One recorded happening. Later formats add further kinds. */
export interface PacketEvent {
  readonly kind: 'packet';
  /** Position in the recording, from 0. */
  readonly index: number;
  /** Nanoseconds since the epoch; null for a record without a time stamp (pcapng simple packet). */
  readonly timeNs: bigint | null;
  /** LINKTYPE_* of the interface it was captured on. */
  readonly linkType: number;
  /** Captured bytes. Valid until the next call of the reader unless copied. */
  readonly data: Uint8Array;
  /** Length on the wire; larger than data.length when the snap length cut it. */
  readonly wireLength: number;
  /** pcapng interface id, 0 for pcap. */
  readonly interfaceId: number;
  readonly interfaceName: string | null;
  /** epb_flags direction. */
  readonly direction: 'in' | 'out' | null;
  /** epb_queue. */
  readonly queue: number | null;
  /** epb_packetid. */
  readonly packetId: bigint | null;
  /** epb_verdict of type 2 (XDP) or 1 (TC). */
  readonly verdict: { readonly type: 'xdp' | 'tc'; readonly value: bigint } | null;
}

export type Event = PacketEvent;
