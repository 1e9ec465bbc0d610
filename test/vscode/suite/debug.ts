import { assert } from 'chai';
import * as vscode from 'vscode';
import { until } from '../until.ts';
import { pathOf, workspaceFile } from '../workspace.ts';

/** The frame at which VS Code shows that it stopped next; only then does it take another step. */
function nextStop(): Promise<vscode.DebugStackFrame> {
  return until(vscode.debug.onDidChangeActiveStackItem, (item) =>
    item instanceof vscode.DebugStackFrame ? item : undefined,
  );
}

interface Variable {
  readonly name: string;
  readonly value: string;
  readonly variablesReference: number;
}

async function lineAndRegister(
  { session, threadId, frameId }: vscode.DebugStackFrame,
  register: string,
): Promise<string> {
  const { stackFrames } = await session.customRequest('stackTrace', { threadId });
  const { scopes } = await session.customRequest('scopes', { frameId });
  const { variables } = (await session.customRequest('variables', {
    variablesReference: (scopes as { name: string; variablesReference: number }[])[0]?.variablesReference,
  })) as { variables: Variable[] };
  return `${stackFrames[0].line} ${variables.find(({ name }) => name === register)?.value}`;
}

export default function (): void {
  describe('debugging over a capture', () => {
    it('stops at a breakpoint, steps forward and back, and goes from event to event', async () => {
      const uri = workspaceFile('filter.bpfasm');
      const breakpoint = new vscode.SourceBreakpoint(new vscode.Location(uri, new vscode.Position(14, 0)));
      vscode.debug.addBreakpoints([breakpoint]);
      try {
        let stopped = nextStop();
        const started = await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], {
          type: 'ebpf',
          request: 'launch',
          name: 'test',
          program: pathOf(uri),
          events: pathOf(workspaceFile('traffic.pcap')),
          stopOnEntry: false,
        });
        assert.isTrue(started);
        const frame = await stopped;
        const go = async (command: string): Promise<string> => {
          stopped = nextStop();
          await vscode.commands.executeCommand(command);
          return lineAndRegister(await stopped, 'r5');
        };
        assert.equal(await lineAndRegister(frame, 'r5'), '15 8');
        assert.equal(await go('workbench.action.debug.stepOver'), '16 6');
        assert.equal(await go('workbench.action.debug.stepBack'), '15 8');
        assert.equal(await go('workbench.action.debug.stepBack'), '14 8');
        assert.match(await go('ebpf.nextEvent'), /^7 /);
        assert.equal(await go('workbench.action.debug.continue'), '15 8');
        assert.equal(await go('workbench.action.debug.stepOver'), '16 0x11 (17)');
        const ended = until(vscode.debug.onDidTerminateDebugSession, ({ type }) =>
          type === 'ebpf' ? true : undefined,
        );
        await vscode.commands.executeCommand('workbench.action.debug.stop');
        await ended;
      } finally {
        vscode.debug.removeBreakpoints([breakpoint]);
      }
    });

    it('says why a session cannot be', async () => {
      // In a test VS Code throws what it would show in a dialog.
      let reason = '';
      try {
        await vscode.debug.startDebugging(undefined, {
          type: 'ebpf',
          request: 'launch',
          name: 'test',
          program: pathOf(workspaceFile('traffic.pcap')),
          events: pathOf(workspaceFile('traffic.pcap')),
        });
      } catch (error) {
        reason = String(error);
      }
      assert.match(reason, /traffic\.pcap: unknown kind of file: expected assembly/);
    });
  });
}
