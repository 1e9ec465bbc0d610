/**
 * What classic BPF reads that is no packet data: loads at SKF_AD_OFF and beyond. Source: include/uapi/linux/filter.h;
 * how they become eBPF mirrors `convert_bpf_extensions` of net/core/filter.c, v6.18.
 */
import type { ClassicInsn } from '../isa/classic.ts';
import { CLASSIC_CODE } from '../isa/classic.ts';

/** Offsets from here on name no packet data; the kernel says (-0x1000). */
export const EXTENSION_OFFSET = 0xffff_f000;

/** SKF_NET_OFF: offsets from the network header. */
export const NETWORK_OFFSET = 0xfff0_0000;

/** How eBPF gets the value; `unsupported` names it for a message, as neither a context field nor a helper gives it. */
export type ExtensionSource =
  | { readonly kind: 'field'; readonly field: string; readonly swapped: boolean }
  | { readonly kind: 'helper'; readonly id: number }
  | { readonly kind: 'xor' }
  | { readonly kind: 'unsupported'; readonly what: string };

export interface ClassicExtension {
  /** Added to SKF_AD_OFF. */
  readonly offset: number;
  /** As bpf_asm writes it. */
  readonly name: string;
  /** As tcpdump -d writes it. */
  readonly dumped: string;
  /** Further spellings that bpf_asm takes. */
  readonly aliases: readonly string[];
  readonly source: ExtensionSource;
  readonly description: string;
}

function row(
  offset: number,
  name: string,
  source: ExtensionSource,
  description: string,
  dumped = name,
  aliases: readonly string[] = [],
): ClassicExtension {
  return { offset, name, dumped, aliases, source, description };
}

const field = (name: string, swapped = false): ExtensionSource => ({ kind: 'field', field: name, swapped });
const helper = (id: number): ExtensionSource => ({ kind: 'helper', id });
const unsupported = (what: string): ExtensionSource => ({ kind: 'unsupported', what });

export const CLASSIC_EXTENSIONS: readonly ClassicExtension[] = [
  row(0, 'proto', field('protocol', true), 'The EtherType of the packet.'),
  row(4, 'type', field('pkt_type'), 'For this host 0, broadcast 1, multicast 2, for another host 3, outgoing 4.'),
  row(8, 'ifidx', field('ifindex'), 'Index of the network device.'),
  row(12, 'nla', unsupported('the netlink attribute of type X (nla)'), 'Offset of the netlink attribute of type X behind offset A.'),
  row(16, 'nlan', unsupported('the nested netlink attribute of type X (nlan)'), 'Offset of the netlink attribute of type X inside the attribute at offset A.'),
  row(20, 'mark', field('mark'), 'The mark that firewall and routing rules set.'),
  row(24, 'queue', field('queue_mapping'), 'Queue of the network device.'),
  row(28, 'hatype', unsupported("the network device's hardware type (hatype)"), 'Hardware type of the network device (ARPHRD numbers).'),
  row(32, 'rxhash', field('hash'), "Hash of the packet's flow."),
  row(36, 'cpu', helper(8), 'Number of the CPU that runs the filter.'),
  row(40, 'xor_x', { kind: 'xor' }, 'A ^= X.'),
  row(44, 'vlan_tci', field('vlan_tci'), 'Tag control information of the VLAN tag that was taken out of the packet.'),
  row(48, 'vlan_avail', field('vlan_present'), 'Whether a VLAN tag was taken out of the packet.', 'vlanp', ['vlan_pr']),
  row(52, 'poff', unsupported("the offset of the packet's payload (poff)"), "Offset of the payload behind the packet's headers."),
  row(56, 'rand', helper(7), 'A random number.', 'random'),
  row(60, 'vlan_tpid', field('vlan_proto', true), 'Protocol of the VLAN tag that was taken out of the packet.'),
]; // prettier-ignore

/** The extension that a load reads; null for packet data and for what no kernel knows. */
export function classicExtension({ code, k }: ClassicInsn): ClassicExtension | null {
  return loadsPacket(code) ? extensionAt(k) : null;
}

export function extensionAt(k: number): ClassicExtension | null {
  return CLASSIC_EXTENSIONS.find(({ offset }) => EXTENSION_OFFSET + offset === k) ?? null;
}

/** By the names of bpf_asm and of tcpdump -d; case does not matter. */
export function extensionByName(name: string): ClassicExtension | null {
  const wanted = name.toLowerCase();
  return (
    CLASSIC_EXTENSIONS.find((one) => one.name === wanted || one.dumped === wanted || one.aliases.includes(wanted)) ??
    null
  );
}

/** Only loads at a fixed offset reach extensions. */
export function loadsPacket(code: number): boolean {
  return code === CLASSIC_CODE.ldAbsW || code === CLASSIC_CODE.ldAbsH || code === CLASSIC_CODE.ldAbsB;
}
