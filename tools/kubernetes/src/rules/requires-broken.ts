import type { RulePage } from './rule.ts';

/** What the domain's own rule finds; whoever asks for a check brings that along. */
export const requiresBroken: RulePage = {
  id: 'requires-broken',
  severity: 'error',
  title: 'A service requires a version of another one that does not run there.',
  what: 'A service whose `service.yaml` states with `spec.requires` which versions of others it needs, in an environment that runs another version, a build without one, or not that service at all.',
  why: 'Promotions and candidates of such a recipe are refused. A pin is not, so that CI can go on: here it is seen before somebody wants to promote.',
  mend: 'Pin a build of the required service that fits, or change what is required on the default branch.',
  example: `# apps/payments/service.yaml
spec:
  requires: {ledger: ">=2.1 <3"}         # and ledger 1.9.0 is pinned`,
};
