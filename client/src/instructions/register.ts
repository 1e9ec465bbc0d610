import * as vscode from 'vscode';
import type { LanguageServer } from '../server.ts';
import { instructionsOf } from './address.ts';
import { createMarks } from './colours.ts';
import { InstructionDocuments } from './documents.ts';
import { LinkMarks } from './linkMarks.ts';
import { StateMarks } from './stateMarks.ts';

/** The instructions of programs beside their sources. */
export function registerInstructions(context: vscode.ExtensionContext, server: LanguageServer): void {
  const marks = createMarks(context);
  const documents = new InstructionDocuments(context, server);
  const links = new LinkMarks(context, server, marks, documents);
  const states = new StateMarks(context, marks, documents);
  documents.onDidRefresh((document) => {
    states.show(document);
    const active = vscode.window.activeTextEditor;
    const about = active && [active.document.uri, instructionsOf(active.document.uri)].map(String);
    if (active !== undefined && about?.includes(document.toString())) void links.show(active, false);
  });
}
