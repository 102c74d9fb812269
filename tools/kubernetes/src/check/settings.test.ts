import { expect, it } from 'vitest';
import { asked, requireKnown } from './settings.ts';

const NOTHING = { rules: {}, platform: null, custom: [], external: {} };

it('refuses rules that nothing knows, with the one that was meant', async () => {
  await expect(asked({ ...NOTHING, rules: { 'image-lates': 'off' } })).rejects.toMatchObject({
    code: 'UNKNOWN_RULE',
    exitCode: 3,
    hint: 'Did you mean image-latest ?',
  });
  const exceptions = [{ rule: 'parrity', reason: 'x' }];
  expect(() => requireKnown(exceptions, NOTHING, 'apps/payments/service.yaml')).toThrow(
    'apps/payments/service.yaml: spec.check.ignore: there is no rule parrity.',
  );
});

it('knows the rules of the workspace’s own, and leaves those of other checkers to them', async () => {
  const custom = [{ id: 'owner', expression: 'true', message: 'm', severity: 'error' as const }];
  const rules = { 'custom/owner': 'note', 'kube-linter/run-as-non-root': 'off' } as const;
  const { severity } = await asked({ ...NOTHING, custom, rules });
  expect([severity('custom/owner', 'error'), severity('image-latest', 'error')]).toEqual(['note', 'error']);
});

it('refuses a condition that cannot be understood before anything is checked', async () => {
  const custom = [{ id: 'owner', expression: 'object.kind ==', message: 'm', severity: 'error' as const }];
  await expect(asked({ ...NOTHING, custom })).rejects.toMatchObject({ code: 'BAD_CHECK_RULE', exitCode: 3 });
});
