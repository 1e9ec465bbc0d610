import { it } from 'vitest';
import {
  arrow, assign, binary, block, both, checkLowered, compare, convert, declare, fn, give, INT, load, local, LONG, num,
  pointer, record, run, U16, variable,
} from './tree.ts'; // prettier-ignore

it('keeps parameters and locals in memory and extends what is narrow', () => {
  const a = local('a', U16);
  const r = local('r', LONG);
  const sum = binary('add', convert(load(variable(a)), INT), num(1));
  checkLowered(
    [
      fn(
        'f',
        INT,
        [a],
        block(declare(r, { kind: 'value', value: convert(sum, LONG) }), give(convert(load(variable(r)), INT))),
      ),
    ],
    [],
    `
    function i32 @f(i32 %0) {
    entry:
      %1 = alloca 2 align 2 var a
      %2 = alloca 8 align 8 var r
      store u16 %1, %0
      %3 = load i32 u16 %1
      %4 = add i32 %3, 1w
      %5 = sext i64 %4
      store u64 %2, %5
      %6 = load i64 u64 %2
      %7 = trunc i32 %6
      return %7
    }`,
  );
});

it('branches where conditions are short circuits', () => {
  const a = local('a', INT);
  const positive = compare('gt', load(variable(a)), num(0));
  const small = compare('lt', load(variable(a)), num(9));
  const test = both(positive, small);
  checkLowered(
    [
      fn(
        'f',
        INT,
        [a],
        block({ kind: 'if', condition: test, then: give(num(1)), otherwise: null, start: 0, end: 1 }, give(num(0))),
      ),
    ],
    [],
    `
    function i32 @f(i32 %0) {
    entry:
      %1 = alloca 4 align 4 var a
      store u32 %1, %0
      %2 = load i32 s32 %1
      branch sgt %2, 0w then and else endif
    and:
      %3 = load i32 s32 %1
      branch slt %3, 9w then then else endif
    then:
      return 1w
    endif:
      return 0w
    }`,
  );
});

it('reads and writes bit-fields within their record', () => {
  const r = record('r', 4, 4, [['a', INT, 0, 3], ['b', INT, 3, 10], ['c', U16, 16]]); // prettier-ignore
  const p = local('p', pointer(r));
  const field = arrow(load(variable(p)), 'b');
  checkLowered(
    [fn('f', INT, [p], block(run(assign(field, num(5))), give(load(field))))],
    [],
    `
    function i32 @f(ptr %0) {
    entry:
      %1 = alloca 8 align 8 var p
      store u64 %1, %0
      %2 = load ptr u64 %1
      %3 = load i32 u16 %2
      %4 = and i32 %3, -8185w
      %5 = or i32 %4, 40w
      store u16 %2, %5
      %6 = load ptr u64 %1
      %7 = load i32 u16 %6
      %8 = shl i32 %7, 19w
      %9 = ashr i32 %8, 22w
      return %9
    }`,
  );
});

it('relocates chains of members', () => {
  const inner = record('inner', 8, 4, [['x', INT, 0], ['y', INT, 32]]); // prettier-ignore
  const outer = record('outer', 16, 4, [['h', INT, 0], ['in', inner, 32]]); // prettier-ignore
  const p = local('p', pointer(outer));
  const y = { ...arrow(load(variable(p)), 'in', true) };
  const expr = {
    kind: 'member',
    type: INT,
    record: y,
    owner: inner,
    member: inner.layout!.members[1]!,
    preserve: true,
    start: 0,
    end: 1,
  } as const;
  checkLowered(
    [fn('f', INT, [p], block(give(load(expr))))],
    [],
    `
    function i32 @f(ptr %0) {
    entry:
      %1 = alloca 8 align 8 var p
      store u64 %1, %0
      %2 = load ptr u64 %1
      %3 = core i64 0 "0:1:1" 8
      %4 = add ptr %2, %3
      %5 = load i32 s32 %4
      return %5
    }`,
  );
});
