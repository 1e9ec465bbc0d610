/** Tunnel metadata of a packet: struct ip_tunnel_info, as far as programs see it. Never changed in place. */
export interface Tunnel {
  readonly id: number;
  readonly ip6: boolean;
  /** 16 bytes each, of which IPv4 uses four. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly tos: number;
  readonly ttl: number;
  readonly label: number;
  /** TUNNEL_* bits of include/uapi/linux/if_tunnel.h. */
  readonly flags: number;
  readonly options: Uint8Array;
}

/** Bits that say that there are options, of whatever kind of tunnel. */
export const OPTION_FLAGS = 0xd800;
