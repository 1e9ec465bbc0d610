import type { EventRow } from '../../../server/src/lsp/protocol.ts';
import { count, element } from './dom.ts';

const ROW_HEIGHT = 22;
const PAGE = 200;

export interface EventTable {
  readonly node: HTMLElement;
  /** Starts again from the top with other rows. */
  reset(verdict: string | null): void;
}

type Load = (
  from: number,
  count: number,
  verdict: string | null,
) => Promise<{ rows: readonly EventRow[]; total: number }>;

/** A table of any length: only the rows in sight exist, and they are asked for a page at a time. */
export function eventTable(load: Load, onSelect: (row: EventRow) => void): EventTable {
  const pages = new Map<number, readonly EventRow[] | 'loading'>();
  const body = element('div', { class: 'rows' });
  const scroller = element('div', { class: 'scroller', tabindex: '0', role: 'grid', 'aria-label': 'Events' }, body);
  const node = element('div', { class: 'table' }, header(), scroller);
  let total = 0;
  let verdict: string | null = null;
  let selected = -1;
  let announced = -1;

  const draw = (): void => {
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW_HEIGHT) - 10);
    const last = Math.min(total, first + Math.ceil(scroller.clientHeight / ROW_HEIGHT) + 20);
    body.style.height = `${total * ROW_HEIGHT}px`;
    const lines: HTMLElement[] = [];
    for (let position = first; position < last; position++) lines.push(line(position));
    body.replaceChildren(...lines);
  };

  const line = (position: number): HTMLElement => {
    const row = rowAt(position);
    const node = row === null ? element('div', { class: 'row' }, '…') : rowNode(row, position === selected);
    node.style.top = `${position * ROW_HEIGHT}px`;
    if (row !== null) node.addEventListener('click', () => select(position));
    return node;
  };

  const rowAt = (position: number): EventRow | null => {
    const page = Math.floor(position / PAGE);
    const rows = pages.get(page);
    if (rows === undefined) void fetchPage(page);
    return rows === undefined || rows === 'loading' ? null : (rows[position % PAGE] ?? null);
  };

  const fetchPage = async (page: number): Promise<void> => {
    const wanted = verdict;
    pages.set(page, 'loading');
    const answer = await load(page * PAGE, PAGE, wanted);
    if (wanted !== verdict) return;
    if (pages.size > 50) pages.clear();
    pages.set(page, answer.rows);
    total = answer.total;
    draw();
    announce();
  };

  const select = (position: number): void => {
    if (position < 0 || position >= total) return;
    selected = position;
    const top = position * ROW_HEIGHT;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    if (top + ROW_HEIGHT > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = top + ROW_HEIGHT - scroller.clientHeight;
    draw();
    announce();
  };

  /** Tells of the selected row as soon as it is there. */
  const announce = (): void => {
    const row = selected === announced || selected < 0 ? null : rowAt(selected);
    if (row === null) return;
    announced = selected;
    onSelect(row);
  };

  scroller.addEventListener('scroll', draw);
  scroller.addEventListener('keydown', (event) => {
    const page = Math.floor(scroller.clientHeight / ROW_HEIGHT);
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -total, End: total }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    select(Math.max(0, Math.min(total - 1, selected + move)));
  });
  new ResizeObserver(draw).observe(scroller);

  return {
    node,
    reset(next) {
      pages.clear();
      verdict = next;
      selected = -1;
      announced = -1;
      scroller.scrollTop = 0;
      void fetchPage(0);
    },
  };
}

function header(): HTMLElement {
  const names = ['#', 'Time', 'Verdict', 'Bytes', 'Event'];
  return element('div', { class: 'row head' }, ...names.map((name) => element('span', {}, name)));
}

function rowNode(row: EventRow, selected: boolean): HTMLElement {
  const size =
    row.lengthAfter === row.lengthBefore ? count(row.lengthBefore) : `${row.lengthBefore} → ${row.lengthAfter}`;
  const marks = [row.changed ? '✎' : '', row.outputs > 0 ? `▤ ${row.outputs}` : ''].filter(Boolean).join(' ');
  return element(
    'div',
    { class: `row ${row.status}${selected ? ' selected' : ''}`, role: 'row', 'aria-selected': String(selected) },
    element('span', { class: 'number' }, count(row.index + 1)),
    element('span', { class: 'time' }, row.timeNs === null ? '–' : clock(row.timeNs)),
    element('span', { class: 'verdict' }, row.verdict),
    element('span', { class: 'number' }, size),
    element('span', { class: 'summary', title: row.summary }, row.summary),
    element(
      'span',
      { class: 'marks', title: row.changed ? 'the program changed the packet or its context' : '' },
      marks,
    ),
  );
}

/** Time of day in UTC with microseconds. */
function clock(timeNs: string): string {
  const time = BigInt(timeNs);
  const seconds = Number(time / 1_000_000_000n);
  if (!Number.isFinite(seconds) || Math.abs(seconds) > 8_640_000_000_000) return timeNs;
  const fraction = String((time % 1_000_000_000n) / 1000n).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(11, 19)}.${fraction}`;
}
