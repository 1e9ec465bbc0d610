import { toHex } from '../base/bytes.ts';
import { sha256 } from '../base/sha256.ts';
import type { CallbackRun } from '../vm/deferred.ts';
import type { Trap } from '../vm/machine.ts';
import type { Event } from '../events/event.ts';
import { unexpected } from '../run/expectations.ts';
import type { EventResult, RunSummary } from '../run/result.ts';
import { mapJson } from '../run/mapJson.ts';
import { placeOf } from './place.ts';
import { profileJson } from './profileReport.ts';
import type { RunEnd, RunJob } from './run.ts';
import type { RunReport } from './runReport.ts';

/** One line an event and a summary line, or all of it as one document: a contract, only to be extended. */
export function jsonReport(job: RunJob, lines: boolean): RunReport {
  let text = '';
  let first = true;
  let traps = 0;
  let unsupported = 0;
  return {
    begin: () => (lines ? '' : documentHead(job)),
    event: (result, event) => {
      if (result.trap !== null) traps++;
      if (result.trap?.kind === 'unsupported') unsupported++;
      text += `${lines || first ? '' : ',\n'}${JSON.stringify(eventJson(result, event, job))}${lines ? '\n' : ''}`;
      first = false;
    },
    take: () => {
      const taken = text;
      text = '';
      return taken;
    },
    end: (summary, end) => {
      const json = JSON.stringify(summaryJson(summary, end, job));
      return lines ? `${text}{"summary":${json}}\n` : `${text}\n],"summary":${json}}\n`;
    },
    onlyUnsupportedTraps: () => traps > 0 && traps === unsupported,
  };
}

function documentHead({ input, program, programs, events, engine }: RunJob): string {
  const head = {
    version: 1,
    path: input.path,
    program: programs.length === 1 ? program.name : null,
    type: program.type,
    recording: events,
    engine,
  };
  return `${JSON.stringify(head).slice(0, -1)},"events":[\n`;
}

function eventJson(result: EventResult, event: Event, job: RunJob): unknown {
  const otherwise = unexpected(event, result);
  const { index, timeNs, returnValue, verdict, trap, insns, packet, metaBytes, skipped } = result;
  return {
    index,
    timeNs: timeNs === null ? null : String(timeNs),
    return: returnValue,
    verdict,
    trap: trap === null ? null : trapJson(trap, job),
    insns,
    packet: packet === null ? null : { length: packet.length, sha256: toHex(sha256(packet)) },
    output: result.output.map(({ kind, text, bytes, map }) => ({ kind, text, hex: toHex(bytes), map })),
    ...(result.callbacks.length === 0 ? {} : { callbacks: result.callbacks.map((one) => callbackJson(one, job)) }),
    ...(result.hook === null ? {} : { hook: result.hook }),
    ...(job.programs.length === 1 ? {} : { program: result.program }),
    ...(result.context?.writable === true ? { ctx: toHex(result.context.bytes) } : {}),
    ...(metaBytes === 0 ? {} : { metaBytes }),
    ...(skipped === null ? {} : { skipped }),
    ...(otherwise === null ? {} : { unexpected: otherwise }),
    ...(result.redirect === null ? {} : { redirect: result.redirect }),
    ...(result.notes.length === 0 ? {} : { notes: result.notes }),
  };
}

function callbackJson({ kind, name, dueNs, trap }: CallbackRun, job: RunJob): unknown {
  return { kind, function: name, dueNs: String(dueNs), trap: trap === null ? null : trapJson(trap, job) };
}

function trapJson({ kind, message, pc, program: name }: Trap, { programs, input }: RunJob): unknown {
  const program = programs.find((one) => one.name === name);
  const place = pc === null || program === undefined ? null : placeOf(program, pc, input.source);
  const source = place === null ? null : { path: place.path, line: place.line, column: place.column };
  return { kind, message, program: name, pc, source };
}

function summaryJson(summary: RunSummary, end: RunEnd, job: RunJob): unknown {
  const { session, filter, verified } = job;
  const { events, skipped, returns, traps, maps, notes } = summary;
  const ran = events - skipped;
  const { engineMs } = session;
  const profile = profileJson(job, summary);
  const specs = new Map(session.machine.maps.flatMap((map) => (map === null ? [] : [[map.spec.name, map.spec]])));
  const btf = job.input.object?.btf ?? null;
  return {
    events,
    returns: Object.fromEntries(returns),
    traps,
    nsPerEvent: ran === 0 || engineMs === null ? null : Math.round((engineMs * 1e7) / ran) / 10,
    maps: Object.fromEntries(maps.map((map) => [map.name, mapJson(map, specs.get(map.name) ?? null, btf)])),
    skipped,
    ...(filter === null ? {} : { shown: end.shown }),
    ...(end.unexpected.count === 0 ? {} : { unexpected: end.unexpected.count }),
    verification: verified.verification?.outcome ?? null,
    difference: session.difference,
    ...(profile === null ? {} : { profile }),
    notes,
  };
}
