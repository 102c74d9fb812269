import { describe, expect, it } from 'vitest';
import { EnvironmentNames } from './environment-name.ts';

describe('EnvironmentNames', () => {
  it.each([
    ['apps/production/podinfo', 'production'],
    ['services/payments/overlays/dev', 'dev'],
    ['prod-eu/web', 'prod-eu'],
    ['envs/load-gpu', 'load-gpu'],
    ['clusters/home/apps', 'home'],
    ['overlays/test', 'test'],
    ['src/test/e2e', undefined],
    ['environments/base', undefined],
    ['apps/payments', undefined],
  ])('finds of which environment %s is', (path, environment) => {
    expect(new EnvironmentNames([], [path]).ofPath(path)).toBe(environment);
  });

  it('takes a weak word for an environment where a strong one stands beside it', () => {
    expect(new EnvironmentNames([], ['web/test', 'web/prod']).ofPath('web/test')).toBe('test');
  });

  it('takes the names that somebody gave, and no others', () => {
    const names = new EnvironmentNames(['blue', 'green']);
    expect(names.ofPath('web/green')).toBe('green');
    expect(names.ofPath('web/production')).toBeUndefined();
    expect(names.ordered(['green', 'blue'])).toEqual([['blue'], ['green']]);
  });

  it('puts environments into the order in which recipes move, equals together', () => {
    const names = new EnvironmentNames();
    const all = ['prod-us', 'staging', 'prod-eu', 'dev', 'preprod'];
    expect(names.ordered(all)).toEqual([['dev'], ['staging'], ['preprod'], ['prod-eu', 'prod-us']]);
    expect(names.isStrange('home')).toBe(true);
    expect(names.isStrange('prod-eu')).toBe(false);
  });
});
