import type { Environment as CelEnvironment } from '@marcbachmann/cel-js';
import { compileCondition, LIMITS } from './cel.ts';

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
  known ??= new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS })
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
  const holds = compileCondition(source, { environment: await environment(), refused: REFUSED, subject: 'the plan' });
  return (plan, now) => holds({ plan: typed(plan), now: new Date(now) });
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
