import type {
  CountedLine,
  EventDetail,
  EventRow,
  MapListing,
  ProgramListing,
  RunReport,
} from '../../../server/src/lsp/protocol.ts';
import { detailNodes } from './detail.ts';
import { count, element, plural } from './dom.ts';
import { eventTable } from './table.ts';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

interface Answer {
  readonly rows?: readonly EventRow[];
  readonly total?: number;
  readonly detail?: EventDetail | null;
}

const api = acquireVsCodeApi();
const waiting = new Map<number, (answer: Answer) => void>();
let nextToken = 1;

function ask(question: unknown): Promise<Answer> {
  const token = nextToken++;
  return new Promise((resolve) => {
    waiting.set(token, resolve);
    api.postMessage({ kind: 'ask', token, question });
  });
}

window.addEventListener('message', ({ data }) => {
  if (data.kind === 'report') document.querySelector('#root')?.replaceChildren(...reportNodes(data.report));
  else if (data.kind === 'answer') {
    waiting.get(data.token)?.(data.answer);
    waiting.delete(data.token);
  }
});
api.postMessage({ kind: 'ready' });

function reportNodes(report: RunReport): HTMLElement[] {
  const detail = element('section', { class: 'detail', 'aria-live': 'polite' });
  detail.append(
    element(
      'p',
      { class: 'dim' },
      report.hooks ? 'Select an event to see its context and output.' : 'Select an event to see its packet and output.',
    ),
  );
  const table = eventTable(loadRows, (row) => void showDetail(detail, row.index));
  table.reset(null);
  return [
    headline(report),
    facts(report),
    verdicts(report, (verdict) => table.reset(verdict)),
    ...notes(report.notes),
    element('section', {}, element('h2', {}, 'Events'), table.node),
    detail,
    ...counts(report),
    ...maps(report.maps),
  ];
}

async function loadRows(
  from: number,
  count: number,
  verdict: string | null,
): Promise<{ rows: readonly EventRow[]; total: number }> {
  const { rows = [], total = 0 } = await ask({ kind: 'rows', from, count, filter: { verdict } });
  return { rows, total };
}

async function showDetail(target: HTMLElement, index: number): Promise<void> {
  const { detail } = await ask({ kind: 'detail', index });
  if (!detail) return;
  const actions = {
    reveal: (path: string, line: number) => api.postMessage({ kind: 'reveal', path, line }),
    debug: (event: number) => api.postMessage({ kind: 'debug', index: event, program: detail.program }),
  };
  target.replaceChildren(...detailNodes(detail, actions));
}

function headline({ program, programs, verification, path }: RunReport): HTMLElement {
  const badge = element('span', { class: `badge ${verification.outcome}` }, verification.outcome);
  if (verification.message !== null) badge.title = verification.message;
  const where = element(
    'button',
    { type: 'button', class: 'link', onclick: () => api.postMessage({ kind: 'reveal', path, line: program.line }) },
    path.split(/[\\/]/).at(-1) ?? path,
  );
  return element(
    'header',
    {},
    element('h1', {}, programs.length > 1 ? plural(programs.length, 'program') : program.name, ' ', badge),
    element('p', { class: 'dim' }, about(program, programs), where),
    ...(verification.message === null ? [] : [element('p', { class: 'warning' }, verification.message)]),
  );
}

function about(program: ProgramListing, programs: readonly ProgramListing[]): string {
  if (programs.length > 1) return `${programs.map(({ name }) => name).join(', ')} · `;
  return `${program.type} · ${plural(program.insns, 'instruction')} · `;
}

function facts(report: RunReport): HTMLElement {
  const rows: [string, string][] = [
    ['events', count(report.total)],
    ['recording', report.events.split(/[\\/]/).at(-1) ?? report.events],
    ['engine', report.engine],
    [
      'time',
      report.milliseconds < 1000
        ? `${Math.round(report.milliseconds)} ms`
        : `${(report.milliseconds / 1000).toFixed(2)} s`,
    ],
    ['per event', report.nsPerEvent === 0 ? '–' : `${count(Math.round(report.nsPerEvent))} ns`],
    ['traps', count(report.traps)],
    ['skipped', count(report.skipped)],
  ];
  return element(
    'dl',
    { class: 'facts' },
    ...rows.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', { title: value }, value))),
  );
}

/** The histogram; a bar filters the table, a second click shows all again. */
function verdicts(report: RunReport, filter: (verdict: string | null) => void): HTMLElement {
  const most = Math.max(1, ...report.verdicts.map((verdict) => verdict.count));
  const bars = element('div', { class: 'bars', role: 'group', 'aria-label': 'Verdicts' });
  for (const { name, count: number } of report.verdicts) {
    const share = report.total === 0 ? 0 : (100 * number) / report.total;
    const fill = element('span', { class: 'fill' });
    fill.style.width = `${(100 * number) / most}%`;
    const bar = element(
      'button',
      { type: 'button', class: `verdict-bar ${tone(name)}`, 'aria-pressed': 'false', title: `Show only ${name}` },
      element('span', { class: 'name' }, name),
      element('span', { class: 'track' }, fill),
      element('span', { class: 'number' }, count(number)),
      element('span', { class: 'number dim' }, `${share.toFixed(1)} %`),
    );
    bar.addEventListener('click', () => {
      const on = bar.getAttribute('aria-pressed') !== 'true';
      for (const other of bars.children) other.setAttribute('aria-pressed', 'false');
      bar.setAttribute('aria-pressed', String(on));
      filter(on ? name : null);
    });
    bars.append(bar);
  }
  return element('section', {}, element('h2', {}, 'Verdicts'), bars);
}

function tone(verdict: string): string {
  if (/DROP|SHOT|ABORTED|^trap/i.test(verdict)) return 'bad';
  if (/skipped/i.test(verdict)) return 'quiet';
  return 'good';
}

function notes(texts: readonly string[]): HTMLElement[] {
  if (texts.length === 0) return [];
  return [element('ul', { class: 'notes' }, ...texts.map((text) => element('li', {}, text)))];
}

/** Where the instructions went: the lines that took most. */
function counts({ counts: counted, programs }: RunReport): HTMLElement[] {
  if (counted === null) return [];
  const share = counted.all === 0 ? 0 : (100 * counted.covered) / counted.all;
  const about =
    `${plural(counted.insns, 'instruction')}; an event took ${count(counted.leastPerEvent)} to ${count(counted.mostPerEvent)}, ` +
    `event ${count(counted.mostEvent)} the most. ${share.toFixed(1)} % of the program ran.`;
  const rows = counted.lines.map((line) =>
    element(
      'tr',
      {},
      element('td', { class: 'number' }, `${((100 * line.insns) / Math.max(1, counted.insns)).toFixed(1)} %`),
      element('td', { class: 'number' }, count(line.insns)),
      element('td', { class: 'number' }, count(line.hits)),
      element('td', {}, placeLink(line, programs.length > 1)),
    ),
  );
  const names = ['Share', 'Instructions', 'Times', 'Where'];
  const head = element('tr', {}, ...names.map((name) => element('th', { scope: 'col' }, name)));
  const table = element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows));
  return [element('section', {}, element('h2', {}, 'Instructions'), element('p', { class: 'dim' }, about), table)];
}

function placeLink({ program, pc, path, line }: CountedLine, several: boolean): HTMLElement {
  const prefix = several ? `${program}: ` : '';
  if (path === null) return element('span', {}, `${prefix}instruction ${pc}`);
  const onclick = (): void => api.postMessage({ kind: 'reveal', path, line });
  return element(
    'button',
    { type: 'button', class: 'link', onclick },
    `${prefix}${path.split(/[\\/]/).at(-1) ?? path}:${line}`,
  );
}

function maps(listings: readonly MapListing[]): HTMLElement[] {
  if (listings.length === 0) return [];
  return [element('section', {}, element('h2', {}, 'Maps'), ...listings.map(mapNode))];
}

function mapNode(map: MapListing): HTMLElement {
  const shown = map.truncated
    ? `first ${count(map.entries.length)} entries`
    : plural(map.entries.length, 'entry', 'entries');
  const rows = map.entries.map((entry) =>
    element(
      'tr',
      {},
      element('td', { class: 'code' }, entry.key),
      element('td', { class: 'code' }, entry.values.join('\n')),
      element('td', {}, entry.readable),
    ),
  );
  const head = element('tr', {}, ...['Key', 'Value', 'Reads as'].map((name) => element('th', { scope: 'col' }, name)));
  const details = element(
    'details',
    {},
    element('summary', {}, map.name, ' ', element('span', { class: 'dim' }, `${map.type}, ${shown}`)),
    element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows)),
  );
  details.open = map.entries.length > 0 && map.entries.length <= 64;
  return details;
}
