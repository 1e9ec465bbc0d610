import type { ContextLine, EventDetail } from '../../../server/src/lsp/protocol.ts';
import { element } from './dom.ts';

export interface DetailActions {
  reveal(path: string, line: number): void;
  debug(index: number): void;
}

/** One event in full: what went wrong, the packet before and after, and what the program sent out. */
export function detailNodes(detail: EventDetail, actions: DetailActions): HTMLElement[] {
  const { row, summary, trap, context, program, before, after, output, notes } = detail;
  const debug = element('button', { type: 'button', onclick: () => actions.debug(row.index) }, 'Debug this event');
  const nodes: HTMLElement[] = [
    element('div', { class: 'bar' }, element('h3', {}, `Event ${row.index + 1}: ${row.verdict}`), debug),
    element('p', { class: 'dim' }, program === null ? summary : `${summary} · ${program}`),
  ];
  if (trap !== null) nodes.push(trapNode(trap, actions));
  if (output.length > 0) nodes.push(element('h4', {}, 'Output'), element('pre', {}, output.join('\n')));
  if (notes.length > 0) nodes.push(element('h4', {}, 'Not computed'), element('pre', {}, notes.join('\n')));
  if (context !== null && context.length > 0) nodes.push(element('h4', {}, 'Context'), contextTable(context));
  if (before !== null && before !== '') {
    const changed = after !== null && after !== before;
    const what = context === null ? 'Packet' : 'Data';
    nodes.push(element('h4', {}, changed ? `${what} before` : what), hexDump(before, changed ? after : null));
    if (changed) nodes.push(element('h4', {}, `${what} after`), hexDump(after, before));
  }
  return nodes;
}

function trapNode(trap: NonNullable<EventDetail['trap']>, actions: DetailActions): HTMLElement {
  const { path, line } = trap;
  const children: (Node | string)[] = [trap.message];
  if (path !== null && line > 0)
    children.push(
      ' ',
      element('button', { type: 'button', class: 'link', onclick: () => actions.reveal(path, line) }, `line ${line}`),
    );
  return element('p', { class: 'trap' }, ...children);
}

/** Field by field; what the program changed stands beside what it was. */
function contextTable(lines: readonly ContextLine[]): HTMLElement {
  const changes = lines.some(({ after }) => after !== null);
  const names = changes ? ['Field', 'Before', 'After'] : ['Field', 'Value'];
  const rows = lines.map(({ name, type, before, after }) =>
    element(
      'tr',
      {},
      element('td', { title: type }, name),
      element('td', { class: 'code' }, before),
      ...(changes ? [element('td', { class: 'code' }, after === null ? '' : element('b', {}, after))] : []),
    ),
  );
  const head = element('tr', {}, ...names.map((name) => element('th', { scope: 'col' }, name)));
  return element('table', { class: 'context' }, element('thead', {}, head), element('tbody', {}, ...rows));
}

/** Sixteen bytes a line; bytes that differ from `other` at the same place stand out. */
function hexDump(hex: string, other: string | null): HTMLElement {
  const dump = element('div', { class: 'hex' });
  const length = Math.min(hex.length / 2, 2048);
  for (let at = 0; at < length; at += 16) dump.append(hexLine(hex, other, at, Math.min(at + 16, length)));
  if (hex.length / 2 > length) dump.append(element('div', { class: 'dim' }, `… ${hex.length / 2 - length} more bytes`));
  return dump;
}

function hexLine(hex: string, other: string | null, from: number, to: number): HTMLElement {
  const bytes = element('span', { class: 'bytes' });
  let text = '';
  for (let at = from; at < to; at++) {
    const byte = hex.slice(2 * at, 2 * at + 2);
    const differs = other !== null && other.slice(2 * at, 2 * at + 2) !== byte;
    bytes.append(differs ? element('b', {}, byte) : byte, at % 8 === 7 ? '  ' : ' ');
    const code = Number.parseInt(byte, 16);
    text += code >= 32 && code < 127 ? String.fromCodePoint(code) : '·';
  }
  return element(
    'div',
    {},
    element('span', { class: 'dim' }, from.toString(16).padStart(4, '0')),
    bytes,
    element('span', { class: 'ascii' }, text),
  );
}
