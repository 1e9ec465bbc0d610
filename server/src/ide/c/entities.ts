import { printDeclaration, printType } from '../../c/check/printType.ts';
import type { Entity, TagEntity } from '../../c/check/scope.ts';
import type { Range } from '../../c/places.ts';
import type { Expr, FunctionSymbol } from '../../c/typed.ts';
import type { CType, Member } from '../../c/types.ts';
import { CONTEXTS } from '../../kernel/contexts.ts';
import { helperByName } from '../../kernel/helpers.ts';
import { kfuncByName } from '../../kernel/kfuncs.ts';
import { describeHelperInC } from '../describeHelper.ts';
import { describeKfunc } from '../describeKfunc.ts';

/** What a name in C stands for: how it is declared, where, and what is known about it. */
export interface Described {
  /** C. */
  readonly declaration: string;
  /** Markdown; empty for none. */
  readonly text: string;
  readonly declaredAt: Range | null;
}

/** What the named thing in an expression is; null for expressions that are no names. */
export function describeExpr(expr: Expr): Described | null {
  if (expr.kind === 'member') return describeMember(expr.member, expr.owner.tag, expr.owner.union);
  if (expr.kind === 'variable') return describeEntity(expr.variable.name, expr.variable);
  return expr.kind === 'function' ? describeEntity(expr.symbol.name, expr.symbol) : null;
}

export function describeMember(member: Member, tag: string, union: boolean): Described {
  const bits = member.bits === null ? '' : ` : ${member.bits}`;
  const place = member.offsetBits % 8 === 0 ? `byte ${member.offsetBits / 8}` : `bit ${member.offsetBits}`;
  const owner = `${union ? 'union' : 'struct'} ${tag === '' ? '(unnamed)' : tag}`;
  return {
    declaration: `${printDeclaration(member.type, member.name)}${bits};`,
    text: [contextDoc(tag, member.name), `In ${owner}, at ${place}.`].filter(Boolean).join('\n\n'),
    declaredAt: member.declaredAt,
  };
}

function contextDoc(tag: string, member: string): string {
  const context = Object.values(CONTEXTS).find(({ name }) => name === tag);
  const field = context?.fields.find(({ name }) => name === member);
  return field === undefined ? '' : `${field.doc} Since Linux ${field.since}.`;
}

export function describeEntity(name: string, entity: Entity): Described | null {
  switch (entity.kind) {
    case 'function':
      return {
        declaration: functionDeclaration(entity),
        text: known(name),
        declaredAt: entity.definedAt ?? entity.declaredAt,
      };
    case 'global':
      return describeGlobal(name, entity);
    case 'local':
      return { declaration: printDeclaration(entity.type, name), text: '', declaredAt: entity.declaredAt };
    case 'typedef':
      return {
        declaration: `typedef ${printDeclaration(entity.type, name)}`,
        text: sizeText(entity),
        declaredAt: entity.declaredAt,
      };
    case 'enumerator':
      return {
        declaration: `${name} = ${entity.enumerator.value}`,
        text: `In ${printType(entity.type)}.`,
        declaredAt: entity.enumerator.declaredAt,
      };
    case 'poisoned':
      return null;
  }
}

/** With the names of its parameters, which types do not have. */
function functionDeclaration({ name, type, params }: FunctionSymbol): string {
  if (!type.prototype || type.params.length === 0) return printDeclaration(type, name);
  return printDeclaration(type.returns, `${name}(${functionParameters({ type, params }).join(', ')})`);
}

/** As they are declared; `...` for what a variadic function takes beyond them. */
export function functionParameters({ type, params }: Pick<FunctionSymbol, 'type' | 'params'>): string[] {
  const declared = type.params.map((one, index) => printDeclaration(one.type, params[index]?.name ?? one.name));
  return type.variadic ? [...declared, '...'] : declared;
}

/** Helpers are constants of headers: a pointer to a function without names. How they are called is in the table. */
function describeGlobal(name: string, { type, declaredAt }: Extract<Entity, { kind: 'global' }>): Described {
  const plain = type.kind === 'qualified' ? type.type : type;
  const helper = plain.kind === 'pointer' && plain.to.kind === 'function' ? helperByName(name) : null;
  if (helper !== null) return { declaration: helper.signature, text: describeHelperInC(helper), declaredAt };
  return { declaration: printDeclaration(type, name), text: known(name), declaredAt };
}

function known(name: string): string {
  const helper = helperByName(name);
  if (helper !== null) return describeHelperInC(helper);
  const kfunc = kfuncByName(name);
  return kfunc === null ? '' : describeKfunc(kfunc);
}

export function describeTag(entity: TagEntity): Described {
  return { declaration: printType(entity), text: sizeText(entity), declaredAt: entity.definedAt };
}

function sizeText(type: CType): string {
  let at = type;
  for (let depth = 0; depth < 50 && (at.kind === 'typedef' || at.kind === 'qualified'); depth++) at = at.type;
  if (at.kind === 'record')
    return at.layout === null ? '' : `${at.layout.sizeBytes} bytes, ${at.layout.members.length} members.`;
  return at.kind === 'int' ? `${at.bits / 8} bytes.` : '';
}
