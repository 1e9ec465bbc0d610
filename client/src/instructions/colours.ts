import * as vscode from 'vscode';

const { Center } = vscode.OverviewRulerLane;
const colour = (id: string): vscode.ThemeColor => new vscode.ThemeColor(id);

const MARK: vscode.DecorationRenderOptions = {
  borderStyle: 'solid',
  borderWidth: '1px',
  rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
};

const STRONG: vscode.DecorationRenderOptions = {
  ...MARK,
  backgroundColor: colour('ebpf.linkedBackground'),
  borderColor: colour('ebpf.linkedBorder'),
  overviewRulerColor: colour('ebpf.linkedOverviewRuler'),
  overviewRulerLane: Center,
};

const LIGHT: vscode.DecorationRenderOptions = {
  ...MARK,
  borderStyle: 'dotted',
  backgroundColor: colour('ebpf.linkedNearbyBackground'),
  borderColor: colour('ebpf.linkedBorder'),
};

/** The kinds of marks in a source and its instructions. */
type Mark = keyof typeof MARKS;

const MARKS = {
  /** In the source: what the instructions are made for. */
  source: { ...STRONG, borderRadius: '2px' },
  /** In the source: calls that were inlined. */
  call: { ...LIGHT, borderRadius: '2px' },
  instruction: { ...STRONG, isWholeLine: true },
  nearby: { ...LIGHT, isWholeLine: true },
  /** As VS Code draws problems, which these are not: they are listed with the source. */
  error: {
    textDecoration: 'underline wavy var(--vscode-editorError-foreground) from-font; text-decoration-skip-ink: none',
    overviewRulerColor: colour('editorOverviewRuler.errorForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Right,
  },
  information: {
    textDecoration: 'underline wavy var(--vscode-editorInfo-foreground) from-font; text-decoration-skip-ink: none',
    overviewRulerColor: colour('editorOverviewRuler.infoForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Right,
  },
  /** The text is from before the source's errors. */
  stale: { opacity: '0.55' },
} satisfies Record<string, vscode.DecorationRenderOptions>;

export type Marks = Record<Mark, vscode.TextEditorDecorationType>;

/** Made once; VS Code gives the colours of the theme. */
export function createMarks(context: vscode.ExtensionContext): Marks {
  const made = Object.entries(MARKS).map(([name, options]) => {
    const type = vscode.window.createTextEditorDecorationType(options);
    context.subscriptions.push(type);
    return [name, type] as const;
  });
  return Object.fromEntries(made) as Marks;
}
