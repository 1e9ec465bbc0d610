import { NOTHING_RECORDED, type HookEvent, type PacketEvent } from '../../events/event.ts';
import type { ProgramType } from '../../kernel/programTypes.ts';
import { flowOf, type Flow } from '../packetFlow.ts';

/** What a program of the type sees of a packet's flow: fields of its context, and data. */
type Conversion = (flow: Flow) => { readonly fields: ReadonlyMap<string, bigint>; readonly data: Uint8Array | null };

/** Hooks that a captured packet would have reached. A packet comes in; a message goes out. */
const CONVERSIONS: Partial<Record<ProgramType, Conversion>> = {
  sk_lookup: (flow) => ({ fields: lookupFields(flow), data: null }),
  sk_reuseport: (flow) => ({ fields: reuseportFields(flow), data: flow.transport }),
  sk_msg: (flow) => ({ fields: messageFields(flow), data: flow.payload }),
};

/** The event that a packet is for programs of other hooks; a string says in plain words why it is none. */
export function hookOfPacket(type: ProgramType, event: PacketEvent): HookEvent | string {
  const conversion = CONVERSIONS[type];
  if (conversion === undefined) return `a packet, but programs of type ${type} run at other hooks`;
  const flow = flowOf(event);
  if (typeof flow === 'string') return flow;
  const { fields, data } = conversion(flow);
  const recorded = event.recorded ?? NOTHING_RECORDED;
  const all = { ...recorded, fields: new Map([...fields, ...recorded.fields]) };
  const { index, timeNs } = event;
  const nothing = { context: null, registers: null, args: null, returned: null };
  return { kind: 'hook', index, timeNs, ...nothing, data, recorded: all };
}

function lookupFields(flow: Flow): Map<string, bigint> {
  const { family, protocol, source, destination, sourcePort, destinationPort } = flow;
  return new Map([
    ['family', BigInt(family)],
    ['protocol', BigInt(protocol)],
    ...addressFields('remote', source),
    ...addressFields('local', destination),
    ['remote_port', networkOrder(sourcePort)],
    ['local_port', BigInt(destinationPort)],
    ['ingress_ifindex', 1n],
  ]);
}

function reuseportFields({ etherType, protocol, transport }: Flow): Map<string, bigint> {
  return new Map([
    ['len', BigInt(transport.length)],
    ['eth_protocol', networkOrder(etherType)],
    ['ip_protocol', BigInt(protocol)],
  ]);
}

/** The port of the other side is that of sockets in network order, in the upper half of a word. */
function messageFields({
  family,
  source,
  destination,
  sourcePort,
  destinationPort,
  payload,
}: Flow): Map<string, bigint> {
  return new Map([
    ['family', BigInt(family)],
    ...addressFields('local', source),
    ...addressFields('remote', destination),
    ['remote_port', networkOrder(destinationPort) << 16n],
    ['local_port', BigInt(sourcePort)],
    ['size', BigInt(payload.length)],
  ]);
}

/** `remote_ip4`, or `remote_ip6[0]` to `[3]`, as bytes in memory. */
function addressFields(side: 'remote' | 'local', address: Uint8Array): [string, bigint][] {
  const view = new DataView(address.buffer, address.byteOffset);
  if (address.length === 4) return [[`${side}_ip4`, BigInt(view.getUint32(0, true))]];
  return [0, 1, 2, 3].map((i) => [`${side}_ip6[${i}]`, BigInt(view.getUint32(4 * i, true))]);
}

function networkOrder(port: number): bigint {
  return BigInt(((port & 0xff) << 8) | (port >> 8));
}
