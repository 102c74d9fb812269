import type { Environment as CelEnvironment } from '@marcbachmann/cel-js';

/** What a rule of a policy sees, as `plan`. What is not known is empty, and a time that is not known is 1970. */
export interface PlanValue {
  readonly way: string;
  readonly environment: string;
  /** Where the recipe comes from; empty for a pin. */
  readonly from: string;
  readonly recipe: string;
  readonly ticket: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly services: readonly PlanService[];
}

/** A service that changes. */
export interface PlanService {
  readonly name: string;
  readonly owner: string;
  /** The build that enters; empty for a service that goes. */
  readonly commit: string;
  readonly branch: string;
  readonly version: string;
  readonly built: Date;
  readonly images: readonly { readonly repository: string; readonly tag: string; readonly digest: string }[];
  /** The build that it replaces; empty for a service that comes. */
  readonly before: { readonly commit: string; readonly version: string };
}

/** A rule that was read: tells whether it holds. */
export type Compiled = (plan: PlanValue, now: number) => boolean;

const LONGEST = 2000;
/** Loops within loops take the product of their lengths. */
const MOST_LOOPS = 2;
const LOOPS = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);
/** What takes long on texts that were made for it, and what hides a misspelt name. */
const REFUSED = new Set(['matches', 'has']);

class Plan {
  constructor(value: object) {
    Object.assign(this, value);
  }
}
class Service extends Plan {}
class Image extends Plan {}
class Author extends Plan {}
class Build extends Plan {}

let known: CelEnvironment | undefined;

async function environment(): Promise<CelEnvironment> {
  const { Environment } = await import('@marcbachmann/cel-js');
  const limits = { maxAstNodes: 500, maxDepth: 24, maxListElements: 64, maxMapEntries: 64 };
  known ??= new Environment({ unlistedVariablesAreDyn: false, limits })
    .registerType('Author', { ctor: Author, fields: { name: 'string', email: 'string' } })
    .registerType('Image', { ctor: Image, fields: { repository: 'string', tag: 'string', digest: 'string' } })
    .registerType('Build', { ctor: Build, fields: { commit: 'string', version: 'string' } })
    .registerType('Service', {
      ctor: Service,
      fields: {
        name: 'string',
        owner: 'string',
        commit: 'string',
        branch: 'string',
        version: 'string',
        built: 'google.protobuf.Timestamp',
        images: 'list<Image>',
        before: 'Build',
      },
    })
    .registerType('Plan', {
      ctor: Plan,
      fields: {
        way: 'string',
        environment: 'string',
        from: 'string',
        recipe: 'string',
        ticket: 'string',
        author: 'Author',
        services: 'list<Service>',
      },
    })
    .registerVariable('plan', 'Plan')
    .registerVariable('now', 'google.protobuf.Timestamp');
  return known;
}

/** Returns a rule in CEL (github.com/google/cel-spec), its types checked; throws an `Error` with what is wrong with it. */
export async function compileRule(source: string): Promise<Compiled> {
  if (source.length > LONGEST) throw new Error(`it is longer than ${LONGEST} characters`);
  const rule = (await environment()).parse(source);
  const checked = rule.check();
  if (!checked.valid) throw checked.error ?? new Error('it does not fit the plan');
  if (checked.type !== 'bool') throw new Error(`it is a ${checked.type}, not a bool`);
  refuseCostly(rule.ast, 0);
  return (plan, now) => rule({ plan: typed(plan), now: new Date(now) }) === true;
}

function refuseCostly(node: unknown, loops: number): void {
  if (Array.isArray(node)) for (const each of node) refuseCostly(each, loops);
  if (node === null || typeof node !== 'object' || Array.isArray(node)) return;
  const { op, args } = node as { op?: unknown; args?: unknown };
  const called = (op === 'call' || op === 'rcall') && Array.isArray(args) ? String(args[0]) : '';
  if (REFUSED.has(called)) throw new Error(`it uses ${called}(), which rules do not have`);
  const depth = loops + (LOOPS.has(called) ? 1 : 0);
  if (depth > MOST_LOOPS) throw new Error(`it has more than ${MOST_LOOPS} loops within each other`);
  refuseCostly(args, depth);
}

function typed(plan: PlanValue): Plan {
  const services = plan.services.map(
    (service) =>
      new Service({
        ...service,
        images: service.images.map((image) => new Image(image)),
        before: new Build(service.before),
      }),
  );
  return new Plan({ ...plan, author: new Author(plan.author), services });
}
