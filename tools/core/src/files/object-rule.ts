import { compileCondition, type Grammar, LIMITS } from './cel.ts';

/** A condition on a Kubernetes object: tells whether it holds, or throws an `Error` where it cannot be told. */
export type ObjectCondition = (object: object, service: string, environment: string) => boolean;

let known: Grammar | undefined;

async function grammar(): Promise<Grammar> {
  if (known !== undefined) return known;
  const { Environment } = await import('@marcbachmann/cel-js');
  const environment = new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS })
    .registerVariable('object', 'map<string, dyn>')
    .registerVariable('service', 'string')
    .registerVariable('environment', 'string');
  // Unlike a plan, an object need not have a field: `has` asks for it. Regular expressions can take for ever.
  known = { environment, refused: new Set(['matches']), subject: 'an object', dynamic: true };
  return known;
}

/** Returns a condition on `object`, `service` and `environment` in CEL; throws an `Error` with what is wrong with it. */
export async function compileObjectRule(source: string): Promise<ObjectCondition> {
  const holds = compileCondition(source, await grammar());
  return (object, service, environment) => holds({ object, service, environment });
}
