import type { Environment } from '@marcbachmann/cel-js';

const LONGEST = 2000;
/** Loops within loops take the product of their lengths. */
const MOST_LOOPS = 2;
const LOOPS = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

/** A grammar of conditions in CEL: what they can name, and functions that they do not have. */
export interface Grammar {
  readonly environment: Environment;
  readonly refused: ReadonlySet<string>;
  /** What they are asked about: `the plan`. */
  readonly subject: string;
  /** Whether what they come to may be known only when they are asked. */
  readonly dynamic?: boolean;
}

/** What conditions are read within: none takes long, whatever it is given. */
export const LIMITS = { maxAstNodes: 500, maxDepth: 24, maxListElements: 64, maxMapEntries: 64 } as const;

/**
 * Returns a condition in CEL (github.com/google/cel-spec), its types checked: it takes values by name and tells whether
 * it holds. Throws an `Error` with what is wrong with it.
 */
export function compileCondition(
  source: string,
  { environment, refused, subject, dynamic = false }: Grammar,
): (values: Readonly<Record<string, unknown>>) => boolean {
  if (source.length > LONGEST) throw new Error(`it is longer than ${LONGEST} characters`);
  const condition = environment.parse(source);
  const checked = condition.check();
  if (!checked.valid) throw checked.error ?? new Error(`it does not fit ${subject}`);
  // What stands in an object has any type.
  if (checked.type !== 'bool' && !(dynamic && checked.type === 'dyn'))
    throw new Error(`it is a ${checked.type}, not a bool`);
  refuseCostly(condition.ast, refused, 0);
  return (values) => condition({ ...values }) === true;
}

function refuseCostly(node: unknown, refused: ReadonlySet<string>, loops: number): void {
  if (Array.isArray(node)) for (const each of node) refuseCostly(each, refused, loops);
  if (node === null || typeof node !== 'object' || Array.isArray(node)) return;
  const { op, args } = node as { op?: unknown; args?: unknown };
  const called = (op === 'call' || op === 'rcall') && Array.isArray(args) ? String(args[0]) : '';
  if (refused.has(called)) throw new Error(`it uses ${called}(), which rules do not have`);
  const depth = loops + (LOOPS.has(called) ? 1 : 0);
  if (depth > MOST_LOOPS) throw new Error(`it has more than ${MOST_LOOPS} loops within each other`);
  refuseCostly(args, refused, depth);
}
