import type { EnvironmentReport, EnvironmentRule } from './rule.ts';

export const parity: EnvironmentRule = {
  id: 'parity',
  severity: 'warning',
  title: 'A service that other environments run is left out here.',
  what: 'A service that was promoted here, stands in `apps/` of the branch and runs where it came from, but has no overlay in this environment, so that nothing deploys it; and a service without an overlay here that has one both in an environment before and in one after. A service that has not been promoted yet is left alone.',
  why: 'A promotion brings the whole recipe, and an environment deploys what it has an overlay for. A service that somebody forgot is missing silently: the recipe is the same, what runs is not.',
  mend: 'Add `environments/<env>/<service>/kustomization.yaml`. If it is not meant to run there, say so in `service.yaml`: `spec.check.ignore: [{rule: parity, reason: …}]`.',
  example: `environments/staging/payments/kustomization.yaml
environments/preprod/                       # none for payments
environments/prod/payments/kustomization.yaml`,
  *environment({ environment, neighbours }): Iterable<EnvironmentReport> {
    const here = neighbours.findIndex(({ name }) => name === environment.name);
    const own = neighbours[here];
    if (own === undefined) return;
    const before = neighbours.filter(({ name }) => own.from.includes(name));
    const after = neighbours.filter(({ from }) => from.includes(own.name));
    for (const service of new Set(before.flatMap(({ overlays }) => overlays))) {
      if (own.overlays.includes(service)) continue;
      const later = after.find(({ overlays }) => overlays.includes(service));
      const earlier = before.find(({ overlays }) => overlays.includes(service));
      const runsBefore = before.some(
        ({ overlays, present }) => overlays.includes(service) && present.includes(service),
      );
      const file = `environments/${own.name}/environment.yaml`;
      const hint = `Add environments/${own.name}/${service}/kustomization.yaml`;
      if (own.present.includes(service) && runsBefore) {
        const message = `${service} was promoted to ${own.name}, which has no overlay for it: it runs in ${earlier?.name} and not here.`;
        yield { service, file, message, hint };
      } else if (later !== undefined) {
        const message = `${service} has overlays in ${earlier?.name} and ${later.name}, and none in ${own.name} between them.`;
        yield { service, file, message, hint };
      }
    }
  },
};
