/**
 * A function's body as blocks between jumps, with what happens to variables in them. Mirrors clang's CFG.cpp (v19) as far as
 * its UninitializedValues.cpp looks at it: conditions with `&&` and `||` jump from each operand.
 */
import type { Place, Range } from '../places.ts';
import type { Expr, Label, LocalVariable, Statement } from '../typed.ts';
import { evaluate, truthOf } from './constant.ts';
import { isExhaustive } from './flow.ts';
import { eventsOf, type Events } from './flowEvents.ts';

export type FlowEvent =
  | { readonly kind: 'declare'; readonly variable: LocalVariable }
  | { readonly kind: 'read'; readonly variable: LocalVariable; readonly at: Range }
  | { readonly kind: 'write'; readonly variable: LocalVariable };

/** Where a block's way parts, in the words of the source. */
export interface Branching {
  readonly word: 'if' | '?:' | '&&' | '||' | 'while' | 'for' | 'do' | 'switch' | 'elvis';
  /** Of the condition, or its left side. */
  readonly at: Range;
  /** Of the keyword of an `if`. */
  readonly start: Place;
}

export interface FlowBlock {
  readonly events: FlowEvent[];
  /** Where the way parts: the one for true first. Null for ways that are never taken. */
  readonly successors: (FlowBlock | null)[];
  readonly predecessors: FlowBlock[];
  branching: Branching | null;
  /** The `case` or `default` that begins it. */
  label: { readonly word: 'case' | 'default'; readonly at: Range } | null;
}

export interface FlowGraph {
  readonly entry: FlowBlock;
  readonly blocks: readonly FlowBlock[];
  /** `int x = x;`: meant to leave it without a value. */
  readonly selfInitialised: ReadonlySet<LocalVariable>;
}

export function flowGraph(body: Statement): FlowGraph {
  const graph = new Builder();
  const entry = graph.block();
  graph.current = entry;
  graph.statement(body);
  return { entry, blocks: graph.blocks, selfInitialised: graph.selfInitialised };
}

interface Around {
  readonly breakTo: FlowBlock;
  /** Null in a switch. */
  readonly continueTo: FlowBlock | null;
  readonly choice: Choice | null;
}

/** A switch: where its cases are reached from. */
interface Choice {
  readonly from: FlowBlock;
  hasDefault: boolean;
}

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

class Builder {
  readonly blocks: FlowBlock[] = [];
  readonly selfInitialised = new Set<LocalVariable>();
  /** Where the next event goes. Behind a jump it is a block that nothing leads to. */
  current: FlowBlock = this.block();
  private readonly around: Around[] = [];
  private readonly labels = new Map<Label, FlowBlock>();
  private readonly events: Events = {
    add: (event) => this.current.events.push(event),
    logical: (expr) => this.logicalValue(expr),
    conditional: (expr, go) => this.conditional(expr, go),
    body: (statements) => this.sequence(statements),
    ends: () => this.jump(null),
  };

  block(): FlowBlock {
    const made: FlowBlock = { events: [], successors: [], predecessors: [], branching: null, label: null };
    this.blocks.push(made);
    return made;
  }

  link(from: FlowBlock, to: FlowBlock | null): void {
    from.successors.push(to);
    to?.predecessors.push(from);
  }

  /** Control goes there, and nowhere else. */
  private jump(to: FlowBlock | null): void {
    if (to !== null) this.link(this.current, to);
    this.current = this.block();
  }

  private goOnAt(to: FlowBlock): void {
    this.link(this.current, to);
    this.current = to;
  }

  private branch(branching: Branching, known: boolean | null, onTrue: FlowBlock, onFalse: FlowBlock): void {
    this.current.branching = branching;
    this.link(this.current, known === false ? null : onTrue);
    this.link(this.current, known === true ? null : onFalse);
  }

  private value(expr: Expr): void {
    eventsOf(expr, this.events);
  }

  /** A condition that decides between two blocks; its last operand belongs to the statement around. */
  private condition(expr: Expr, branching: Branching, onTrue: FlowBlock, onFalse: FlowBlock): void {
    if (expr.kind === 'logical') {
      const right = this.block();
      const [then, otherwise] = expr.op === 'and' ? [right, onFalse] : [onTrue, right];
      this.condition(expr.left, operatorOf(expr), then, otherwise);
      this.current = right;
      this.condition(expr.right, branching, onTrue, onFalse);
      return;
    }
    this.value(expr);
    this.branch(branching, truthOf(evaluate(expr, false)), onTrue, onFalse);
  }

  private logicalValue(expr: Extract<Expr, { kind: 'logical' }>): void {
    const [right, after] = [this.block(), this.block()];
    const [then, otherwise] = expr.op === 'and' ? [right, after] : [after, right];
    this.condition(expr.left, operatorOf(expr), then, otherwise);
    this.current = right;
    this.value(expr.right);
    this.goOnAt(after);
  }

  private conditional(expr: Extract<Expr, { kind: 'conditional' }>, go: (expr: Expr) => void): void {
    const [then, otherwise, after] = [this.block(), this.block(), this.block()];
    const branching = branchingAt(expr.then === null ? 'elvis' : '?:', expr.condition, expr.start);
    this.condition(expr.condition, branching, then, otherwise);
    this.current = then;
    if (expr.then !== null) go(expr.then);
    this.goOnAt(after);
    this.current = otherwise;
    go(expr.otherwise);
    this.goOnAt(after);
  }

  sequence(body: readonly Statement[]): void {
    for (const one of body) this.statement(one);
  }

  statement(statement: Statement): void {
    switch (statement.kind) {
      case 'block':
        return this.sequence(statement.body);
      case 'declare':
        return this.declared(statement);
      case 'expression':
        return this.value(statement.expr);
      case 'if':
        return this.choose(statement);
      case 'loop':
        return this.loop(statement);
      case 'switch':
        return this.switch(statement);
      case 'case':
      case 'default':
        return this.enterCase(statement);
      default:
        return this.jumping(statement);
    }
  }

  private jumping(statement: Of<'break' | 'continue' | 'return' | 'goto' | 'label' | 'asm'>): void {
    switch (statement.kind) {
      case 'break':
        return this.jump(this.around.at(-1)?.breakTo ?? null);
      case 'continue':
        return this.jump(this.around.findLast(({ continueTo }) => continueTo !== null)?.continueTo ?? null);
      case 'return':
        if (statement.value !== null) this.value(statement.value);
        return this.jump(null);
      case 'goto':
        return this.jump(this.labelled(statement.label));
      case 'label':
        this.goOnAt(this.labelled(statement.label));
        return this.statement(statement.body);
      case 'asm':
        return this.asm(statement);
    }
  }

  private labelled(label: Label): FlowBlock {
    const known = this.labels.get(label) ?? this.block();
    this.labels.set(label, known);
    return known;
  }

  private declared({ variable, init }: Of<'declare'>): void {
    // Read in its own initialiser, it has no value yet.
    this.current.events.push({ kind: 'declare', variable });
    if (init === null) return;
    if (init.kind === 'value' && isItself(init.value, variable)) return void this.selfInitialised.add(variable);
    const values = init.kind === 'value' ? [init.value] : init.entries.map(({ value }) => value);
    for (const value of values) this.value(value);
    this.current.events.push({ kind: 'write', variable });
  }

  private choose({ condition, then, otherwise, start }: Of<'if'>): void {
    const [onTrue, after] = [this.block(), this.block()];
    const onFalse = otherwise === null ? after : this.block();
    this.condition(condition, branchingAt('if', condition, start), onTrue, onFalse);
    this.current = onTrue;
    this.statement(then);
    this.goOnAt(after);
    if (otherwise === null) return;
    this.current = onFalse;
    this.statement(otherwise);
    this.goOnAt(after);
  }

  private loop(statement: Of<'loop'>): void {
    this.sequence(statement.init);
    const [head, body, next, after] = [this.block(), this.block(), this.block(), this.block()];
    this.goOnAt(statement.testLast ? body : head);
    if (!statement.testLast) this.test(statement, body, after);
    this.current = body;
    this.around.push({ breakTo: after, continueTo: next, choice: null });
    this.statement(statement.body);
    this.around.pop();
    this.goOnAt(next);
    if (statement.step !== null) this.value(statement.step);
    if (statement.testLast) this.test(statement, body, after);
    else this.link(this.current, head);
    this.current = after;
  }

  private test({ condition, word, start }: Of<'loop'>, onTrue: FlowBlock, onFalse: FlowBlock): void {
    if (condition === null) return this.link(this.current, onTrue);
    const branching = branchingAt(word, condition, start);
    if (word !== 'do') return this.condition(condition, branching, onTrue, onFalse);
    this.value(condition);
    this.branch(branching, truthOf(evaluate(condition, false)), onTrue, onFalse);
  }

  private switch(statement: Of<'switch'>): void {
    const { value, body, start } = statement;
    this.value(value);
    const after = this.block();
    const choice: Choice = { from: this.current, hasDefault: false };
    choice.from.branching = branchingAt('switch', value, start);
    this.around.push({ breakTo: after, continueTo: null, choice });
    this.current = this.block();
    this.statement(body);
    this.around.pop();
    this.goOnAt(after);
    if (!choice.hasDefault) this.link(choice.from, isExhaustive(statement) ? null : after);
  }

  private enterCase(statement: Of<'case' | 'default'>): void {
    const choice = this.around.findLast((one) => one.choice !== null)?.choice ?? null;
    const entry = this.block();
    entry.label = { word: statement.kind, at: statement.kind === 'case' ? statement.valueAt : statement };
    this.goOnAt(entry);
    if (choice !== null) this.link(choice.from, entry);
    if (choice !== null && statement.kind === 'default') choice.hasDefault = true;
    this.statement(statement.body);
  }

  private asm({ inputs, outputs, labels }: Of<'asm'>): void {
    for (const { expr } of inputs) this.value(expr);
    for (const { expr, constraint } of outputs) {
      if (expr.kind !== 'variable') this.value(expr);
      else if (expr.variable.kind === 'local') this.output(expr.variable, constraint, expr);
    }
    if (labels.length === 0) return;
    const next = this.block();
    for (const label of labels) this.link(this.current, this.labelled(label));
    this.goOnAt(next);
  }

  private output(variable: LocalVariable, constraint: string, at: Range): void {
    if (constraint.startsWith('+')) this.current.events.push({ kind: 'read', variable, at });
    this.current.events.push({ kind: 'write', variable });
  }
}

function isItself(value: Expr, variable: LocalVariable): boolean {
  if (value.kind === 'convert') return isItself(value.operand, variable);
  return value.kind === 'load' && value.object.kind === 'variable' && value.object.variable === variable;
}

function branchingAt(word: Branching['word'], { start, end }: Range, keyword: Place): Branching {
  return { word, at: { start, end }, start: keyword };
}

function operatorOf({ op, left, start }: Extract<Expr, { kind: 'logical' }>): Branching {
  return branchingAt(op === 'and' ? '&&' : '||', left, start);
}
