import type { PacketEvent } from '../../server/src/events/event.ts';
import type { Program } from '../../server/src/program/program.ts';
import { createRunSession, type RunOptions, type RunSession } from '../../server/src/run/session.ts';
import { verify } from '../../server/src/verifier/verify.ts';

/** A user-defined link type: nothing is known of what the bytes mean. */
const LINKTYPE_USER = 147;

export function packetEvent(data: Uint8Array, index: number, more: Partial<PacketEvent> = {}): PacketEvent {
  return {
    kind: 'packet',
    index,
    timeNs: 0n,
    linkType: LINKTYPE_USER,
    data,
    wireLength: data.length,
    interfaceId: 0,
    interfaceName: null,
    direction: null,
    queue: null,
    packetId: null,
    verdict: null,
    ...more,
  };
}

/** A run of one filter, compiled without checks where the verifier accepts it. Throws where there can be none. */
export function sessionOf(program: Program, engine: RunOptions['engine']): RunSession {
  const object = { path: 'filter.cbpf', programs: [program], maps: [], license: '', btf: null, diagnostics: [] };
  const verified = verify(program).program;
  const session = createRunSession(object, program, { engine, verified: verified === null ? [] : [verified] });
  if (typeof session === 'string') throw new Error(session);
  return session;
}
