import type { Event } from '../events/event.ts';
import { LINKTYPE } from '../events/linkTypes.ts';
import type { Program } from '../program/program.ts';
import type { EventResult } from '../run/result.ts';
import { pcapngHeader, pcapngInterface, pcapngPacket, pcapngSection } from '../run/writePcapng.ts';
import { messageOf, OutputFailed } from './failures.ts';
import type { OutputFile, World } from './world.ts';

/** Writes the packets after the program as pcapng. */
export interface PacketWriter {
  readonly add: (event: Event, result: EventResult) => void;
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The link header that the kernel's test run leaves out for programs that begin at the network header. */
const HIDDEN_BYTES = 14;

export async function openPackets(world: World, path: string, program: Program): Promise<PacketWriter> {
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw new OutputFailed(`${path}: ${messageOf(error)}`);
    }
  };
  const file: OutputFile = await guard(() => world.openFile(path));
  const application = `eBPF Workbench ${world.version}`;
  const blocks = program.classic === undefined ? changedPackets(application, program) : keptPackets(application);
  let pending = [blocks.header];
  const flush = async (): Promise<void> => {
    const parts = pending;
    pending = [];
    if (parts.length > 0) await guard(() => file.write(joined(parts)));
  };
  return {
    add: (event, result) => void pending.push(...blocks.of(event, result)),
    flush,
    close: async () => {
      await flush();
      await guard(() => file.close());
    },
  };
}

/** What stands in the file: its beginning, and what each event adds. */
interface Blocks {
  readonly header: Uint8Array;
  readonly of: (event: Event, result: EventResult) => readonly Uint8Array[];
}

function changedPackets(application: string, program: Program): Blocks {
  const type = verdictType(program);
  return {
    header: pcapngHeader(application, type === null ? LINKTYPE.raw : LINKTYPE.ethernet),
    of: (event, { packet, metaBytes, returnValue }) => {
      if (packet === null) return [];
      const data = packet.subarray(type === null ? HIDDEN_BYTES : metaBytes);
      const verdict = type === null || returnValue === null ? null : { type, value: returnValue | 0 };
      return [pcapngPacket({ data, timeNs: event.timeNs, wireLength: data.length, id: event.index, verdict })];
    },
  };
}

/** A filter changes no packet: what it keeps is written, as tcpdump would, with an interface for each link type. */
function keptPackets(application: string): Blocks {
  const interfaces = new Map<number, number>();
  return {
    header: pcapngSection(application),
    of: (event, { packet, returnValue }) => {
      if (event.kind !== 'packet' || packet === null || returnValue === null || returnValue === 0) return [];
      const { timeNs, wireLength, linkType, index: id } = event;
      const known = interfaces.get(linkType);
      const interfaceId = known ?? interfaces.size;
      interfaces.set(linkType, interfaceId);
      const data = packet.subarray(0, returnValue);
      const block = pcapngPacket({ data, timeNs, wireLength, id, verdict: null, interfaceId });
      return known === undefined ? [pcapngInterface(linkType), block] : [block];
    },
  };
}

/** Whose verdict stands beside each packet; null for programs that begin at the network header. */
function verdictType({ type }: Program): 'xdp' | 'tc' | null {
  if (type === 'xdp') return 'xdp';
  return type === 'sched_cls' || type === 'sched_act' ? 'tc' : null;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
