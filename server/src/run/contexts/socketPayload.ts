import { sameBytes } from '../../base/bytes.ts';
import type { Event } from '../../events/event.ts';
import { CONTEXTS } from '../../kernel/contexts.ts';
import type { Program } from '../../program/program.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { LAYOUT } from '../../vm/machine.ts';
import { SKB } from '../../vm/packet.ts';
import { flowOf, type Flow } from '../packetFlow.ts';
import type { After, ContextBuilder } from './enter.ts';
import { putFields } from './fields.ts';
import { socketBytes } from './socket.ts';
import { writableBytes } from './writable.ts';

/**
 * What programs of type sk_skb see: the data of a packet that a socket has received, without headers, and the socket's
 * two ends.
 */
export function socketPayloadContext(program: Program): ContextBuilder {
  return new SocketPayloadContext(program);
}

class SocketPayloadContext implements ContextBuilder {
  private readonly context = new Uint8Array(SKB.bytes);
  private readonly view = new DataView(this.context.buffer);
  private readonly writable: Uint8Array;
  private before: Uint8Array = new Uint8Array();
  private contextBefore: Uint8Array = new Uint8Array();

  constructor(program: Program) {
    this.writable = writableBytes(program, SKB.bytes);
  }

  enter(machine: Machine, event: Event): string | null {
    if (event.kind !== 'packet') return 'this is no packet, but a hook of another kind';
    const flow = flowOf(event);
    if (typeof flow === 'string') return flow;
    this.fillContext(flow, machine);
    const problem = putFields(CONTEXTS.__sk_buff, this.view, event.recorded?.fields ?? new Map());
    if (problem !== null) return problem;
    machine.setContext(this.context, this.writable);
    this.before = flow.payload;
    machine.packet.set(flow.payload, { kind: 'skb', networkOffset: 0 });
    this.contextBefore = machine.memory.u8.slice(LAYOUT.ctx, LAYOUT.ctx + SKB.bytes);
    return null;
  }

  leave({ packet, memory }: Machine): After {
    const bytes = memory.u8.subarray(LAYOUT.ctx, LAYOUT.ctx + SKB.bytes);
    const before = this.contextBefore;
    const changed = this.writable.some((writable, i) => writable === 1 && bytes[i] !== before[i]);
    const packetChanged = !sameBytes(packet.bytes, this.before);
    return { packet: packet.bytes, metaBytes: 0, packetChanged, context: { before, bytes, changed, writable: true } };
  }

  notes(): string[] {
    return [];
  }

  private fillContext({ family, etherType, source, destination, ...ports }: Flow, machine: Machine): void {
    const { view } = this;
    this.context.fill(0);
    view.setUint16(SKB.protocol, etherType);
    view.setUint32(SKB.ifindex, 1, true);
    view.setUint32(SKB.family, family, true);
    this.context.set(source, family === 2 ? SKB.remoteIp4 : SKB.remoteIp6);
    this.context.set(destination, family === 2 ? SKB.localIp4 : SKB.localIp6);
    view.setUint16(SKB.remotePort + 2, ports.sourcePort);
    view.setUint32(SKB.localPort, ports.destinationPort, true);
    const bytes = socketBytes({ family, local: destination, remote: source, ...ports });
    machine.memory.copyIn(LAYOUT.objects, bytes);
    const end = LAYOUT.objects + bytes.length;
    machine.regions.objects = [{ kind: 'object', name: 'socket', start: LAYOUT.objects, end, writable: false }];
    view.setUint32(SKB.sk, LAYOUT.objects, true);
  }
}
