import type { Event } from '../events/event.ts';
import { LINKTYPE } from '../events/linkTypes.ts';
import type { Program } from '../program/program.ts';
import type { EventResult } from '../run/result.ts';
import { pcapngHeader, pcapngPacket } from '../run/writePcapng.ts';
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
  const type = verdictType(program);
  let pending = [pcapngHeader(`eBPF Workbench ${world.version}`, type === null ? LINKTYPE.raw : LINKTYPE.ethernet)];
  const flush = async (): Promise<void> => {
    const parts = pending;
    pending = [];
    if (parts.length > 0) await guard(() => file.write(joined(parts)));
  };
  return {
    add: (event, result) => {
      if (result.packet === null) return;
      const data = result.packet.subarray(type === null ? HIDDEN_BYTES : result.metaBytes);
      const { returnValue } = result;
      const verdict = type === null || returnValue === null ? null : { type, value: returnValue | 0 };
      pending.push(pcapngPacket({ data, timeNs: event.timeNs, wireLength: data.length, id: event.index, verdict }));
    },
    flush,
    close: async () => {
      await flush();
      await guard(() => file.close());
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
