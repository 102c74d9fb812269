import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { applied, inverse } from './applied.fixture.ts';
import { type FieldChange, fieldChanges } from './field-changes.ts';
import { formatKey, formatPath } from './field-path.ts';

/** Returns the changes between two values in YAML, one a line as people would write them. */
function lines(before: string, after: string): string[] {
  return fieldChanges(parse(before), parse(after)).map((change) => {
    const path = formatPath(change.path);
    if (change.kind === 'reordered')
      return `${path} ${change.before.map(formatKey).join(' ')} -> ${change.after.map(formatKey).join(' ')}`;
    const value = (side: unknown) => JSON.stringify(side);
    if (change.kind === 'added') return `+ ${path} ${value(change.after)}`;
    if (change.kind === 'removed') return `- ${path} ${value(change.before)}`;
    return `${path} ${value(change.before)} -> ${value(change.after)}`;
  });
}

describe('a path', () => {
  it('goes through fields, and through items by what tells them apart', () => {
    const containers = (image: string) =>
      `spec: {template: {spec: {containers: [{name: web, image: ${image}}, {name: log, image: b}]}}}`;
    expect(lines(containers('a:1'), containers('a:2'))).toEqual([
      'spec.template.spec.containers[name=web].image "a:1" -> "a:2"',
    ]);
  });

  it('quotes what could be taken for a part of the path', () => {
    expect(
      lines(
        '{metadata: {annotations: {"a.b/c": x}}, volumeMounts: [{mountPath: "/a b", name: x}]}',
        '{metadata: {annotations: {"a.b/c": y}}, volumeMounts: [{mountPath: "/a b", name: y}]}',
      ),
    ).toEqual(['metadata.annotations["a.b/c"] "x" -> "y"', 'volumeMounts[mountPath="/a b"].name "x" -> "y"']);
  });
});

describe('items of a list', () => {
  test.each([
    [
      'are told apart by name, wherever they stand',
      'env: [{name: A, value: x}, {name: B, value: x}]',
      'env: [{name: C, value: x}, {name: A, value: y}, {name: B, value: x}]',
      ['env[name=A].value "x" -> "y"', '+ env[name=C] {"name":"C","value":"x"}'],
    ],
    [
      'that only change places are said to',
      'initContainers: [{name: a}, {name: b}, {name: c}]',
      'initContainers: [{name: b}, {name: c}, {name: a}]',
      ['initContainers name=a name=b name=c -> name=b name=c name=a'],
    ],
    [
      'are ports by number and protocol, TCP unless written',
      'ports: [{containerPort: 53}, {containerPort: 53, protocol: UDP}, {containerPort: 8}, {containerPort: 10}]',
      'ports: [{containerPort: 53, protocol: TCP}, {containerPort: 53, protocol: UDP, name: dns}, {containerPort: 10, name: x}]',
      [
        '- ports[containerPort=8] {"containerPort":8}',
        '+ ports[containerPort=10].name "x"',
        '+ ports[containerPort=53].protocol "TCP"',
        '+ ports[containerPort=53,protocol=UDP].name "dns"',
      ],
    ],
    [
      'that break the rule of their key are told apart by what they hold',
      'env: [{name: A, value: x}, {name: A, value: y}]',
      'env: [{name: A, value: x}, {name: A, value: z}]',
      ['env[1].value "y" -> "z"'],
    ],
    [
      'without a key stay what they are when one comes before them',
      'tolerations: [{key: gpu, operator: Exists}, {key: spot, operator: Exists}]',
      'tolerations: [{key: arm, effect: NoSchedule}, {key: gpu, operator: Exists}, {key: spot, operator: Equal}]',
      ['+ tolerations[0] {"key":"arm","effect":"NoSchedule"}', 'tolerations[2].operator "Exists" -> "Equal"'],
    ],
    [
      'that are arguments are paired by what stands before the value',
      'args: [--a=1, --level=info, --b=1]',
      'args: [--level=debug, --b=1, --c=1]',
      ['- args[0] "--a=1"', 'args[0] "--level=info" -> "--level=debug"', '+ args[2] "--c=1"'],
    ],
    ['are no pair when they are of two kinds', 'x: [1]', 'x: [{a: 1}]', ['- x[0] 1', '+ x[0] {"a":1}']],
  ])('%s', (_, before, after, expected) => {
    expect(lines(before, after)).toEqual(expected);
  });
});

test('null, an empty map and nothing are three things', () => {
  expect(lines('{a: null, b: {}, c: 1}', '{a: {}, c: "1", d: null}')).toEqual([
    'a null -> {}',
    '- b {}',
    'c 1 -> "1"',
    '+ d null',
  ]);
});

test('a list of thousands takes no longer than it has to', () => {
  const many = (length: number, shift: number) => Array.from({ length }, (_, index) => ({ at: index + shift }));
  const [before, after] = [{ rules: many(3000, 0) }, { rules: many(3000, 1) }];
  expect(applied(before, fieldChanges(before, after))).toEqual(after);
});

const scalar = fc.oneof(
  fc.constantFrom('a', 'b', '--x=1', '--x=2', '', '1'),
  fc.integer({ max: 2, min: 0 }),
  fc.boolean(),
  fc.constant(null),
);
const name = fc.constantFrom('a', 'b', 'c', 'd');
const LISTS = ['containers', 'env', 'volumes'];
const { value } = fc.letrec<{ value: unknown; keyed: unknown; free: unknown; map: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('map'), tie('free')),
  map: fc.dictionary(
    fc.constantFrom('spec', 'x', 'y', 'ports', '__proto__', ...LISTS),
    fc.oneof(tie('value'), tie('keyed')),
    { maxKeys: 4 },
  ),
  free: fc.array(tie('value'), { maxLength: 5 }),
  keyed: fc
    .uniqueArray(fc.tuple(name, tie('value')), { selector: ([first]) => first, maxLength: 4 })
    .map((items) => items.map(([first, image]) => ({ name: first, image, containerPort: first.length }))),
}));
const listed = (list: string, items: unknown) => ({ [list]: items });
const whole = fc.oneof(
  value,
  fc.tuple(fc.constantFrom(...LISTS), fc.uniqueArray(name, { maxLength: 4 })).map(([list, names]) =>
    listed(
      list,
      names.map((one) => ({ name: one })),
    ),
  ),
);

/** Returns changes in an order that does not depend on which state is the older one. */
function sorted(changes: readonly FieldChange[]): string[] {
  return changes.map((change) => JSON.stringify([formatPath(change.path), change])).sort();
}

/** Returns a value with the fields of its maps in another order. */
function turned(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(turned);
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(
    Object.entries(given)
      .reverse()
      .map(([field, inner]) => [field, turned(inner)]),
  );
}

describe('for any two values, the changes', () => {
  const runs = { numRuns: 1000 };

  test('make the second of the first', () => {
    fc.assert(
      fc.property(whole, whole, (before, after) => {
        expect(applied(before, fieldChanges(before, after))).toEqual(after);
      }),
      runs,
    );
  });

  test('are none for the same value, with its fields in any order', () => {
    fc.assert(
      fc.property(whole, (given) => {
        expect(fieldChanges(given, turned(given))).toEqual([]);
      }),
      runs,
    );
  });

  test('are those of the other direction, undone', () => {
    fc.assert(
      fc.property(whole, whole, (before, after) => {
        expect(sorted(fieldChanges(before, after).map(inverse))).toEqual(sorted(fieldChanges(after, before)));
      }),
      runs,
    );
  });
});
