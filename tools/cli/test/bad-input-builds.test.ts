import { describe, expect, test } from 'vitest';
import { refusals } from './refusal.ts';
import { batch, build, hour, pinned, withServices } from './screen.ts';
import { sha } from './world.ts';

const DIGEST = `sha256:${'d'.repeat(64)}`;
const LONG = 'a'.repeat(300);

describe('a build that cannot be told', () => {
  test('its commit, version, time and source', async () => {
    const world = await withServices();
    const pin = (...more: string[]) => [['pin', 'payments', ...more]] as const;
    const at = ['--commit', sha(1)];
    expect(
      await refusals(world, [
        pin(),
        pin('--commit', ''),
        pin('--commit', sha(1).slice(1)),
        pin('--commit', `${sha(1)}0`),
        pin('--commit', 'g'.repeat(40)),
        pin('--commit', 'HEAD'),
        pin('--commit', LONG),
        pin(...at, '--version', 'two'),
        pin(...at, '--version', '1.0'),
        pin(...at, '--version', '1.0.0+build'),
        pin(...at, '--version', '01.0.0'),
        pin(...at, '--built', 'yesterday'),
        pin(...at, '--built', '2026-13-41T99:00:00Z'),
        pin(...at, '--built', '2199-01-01T00:00:00Z'),
        pin(...at, '--source', 'payments'),
        pin(...at, '--author', 'nobody'),
        pin(...at, '--author', 'Two\nLines <a@example.com>\nX'),
        pin(...at, '--author', ' <a@example.com>'),
      ]),
    ).toMatchInlineSnapshot(`
      "2 BAD_COMMIT: No commit of payments is named, and neither CI nor a checkout tells it.
          --commit "$(git rev-parse HEAD)"
      2 BAD_COMMIT: "" is not a commit: it takes all 40 hexadecimal digits.
          --commit "$(git rev-parse HEAD)"
      2 BAD_COMMIT: "000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is not a commit: it takes all 40 hexadecimal digits.
          --commit "$(git rev-parse HEAD)"
      2 BAD_COMMIT: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0" is not a commit: it takes all 40 hexadecimal digits.
          --commit "$(git rev-parse HEAD)"
      2 BAD_COMMIT: "gggggggggggggggggggggggggggggggggggggggg" is not a commit: it takes all 40 hexadecimal digits.
          --commit "$(git rev-parse HEAD)"
      2 BAD_COMMIT: "HEAD" is not a commit: it takes all 40 hexadecimal digits.
          --commit "$(git rev-parse HEAD)"
      2 BAD_COMMIT: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..." is not a commit: it takes all 40 hexadecimal digits.
          --commit "$(git rev-parse HEAD)"
      2 BAD_VERSION: "two" is not a SemVer version.
          Write three numbers, such as 2.3.1 (https://semver.org).
      2 BAD_VERSION: "1.0" is not a SemVer version.
          Write three numbers, such as 2.3.1 (https://semver.org).
      2 BAD_VERSION: "1.0.0+build" is not a SemVer version.
          Write three numbers, such as 2.3.1 (https://semver.org).
      2 BAD_VERSION: "01.0.0" is not a SemVer version.
          Write three numbers, such as 2.3.1 (https://semver.org).
      2 BAD_TIME: "yesterday" is not a time.
          Write RFC 3339: --built "$(git show -s --format=%cI HEAD)"
      2 BAD_TIME: "2026-13-41T99:00:00Z" is not a time.
          Write RFC 3339: --built "$(git show -s --format=%cI HEAD)"
      2 BUILT_IN_FUTURE: The build time 2199-01-01T00:00:00Z lies more than a day in the future.
          Check the clock of the machine that built it.
      2 BAD_SOURCE: "payments" is not the address of a repository.
          --source https://github.com/acme/payments
      2 BAD_AUTHOR: --author does not name a person.
          --author "Name <name@example.com>"
      2 BAD_AUTHOR: --author does not name a person.
          --author "Name <name@example.com>"
      2 BAD_AUTHOR: --author does not name a person.
          --author "Name <name@example.com>""
    `);
  });

  test('its images', async () => {
    const world = await withServices();
    const pin = (...images: string[]) =>
      [['pin', 'payments', '--commit', sha(1), ...images.flatMap((image) => ['--image', image])]] as const;
    expect(
      await refusals(world, [
        pin('ghcr.io/acme/payments'),
        pin('ghcr.io/acme/payments:latest'),
        pin('ghcr.io/acme/payments:'),
        pin('ghcr.io/acme/Payments:1'),
        pin('https://ghcr.io/acme/payments:1'),
        pin('ghcr.io/acme/payments:a b'),
        pin(`ghcr.io/acme/payments:${'1'.repeat(129)}`),
        pin('ghcr.io/acme/payments@sha256:abc'),
        pin(`ghcr.io/acme/payments@md5:${'d'.repeat(32)}`),
        pin(`ghcr.io/acme/payments@${DIGEST}@${DIGEST}`),
        pin('-x'),
        pin(''),
        pin(`${LONG}/${LONG}:1`),
        pin('ghcr.io/acme/payments:1', 'ghcr.io/acme/payments:2'),
        pin('ghcr.io/acme/cards:1'),
        pin('docker.io/acme/payments:1'),
        [['pin', 'topics', '--commit', sha(1), '--image', 'ghcr.io/acme/topics:1']],
        [['service', 'add', 'cards', '--image', 'ghcr.io/acme/cards:1']],
        [['service', 'add', 'cards', '--image', 'Cards']],
        [['service', 'add', 'payments', '--image', 'ghcr.io/acme/other']],
      ]),
    ).toMatchInlineSnapshot(`
      "2 IMAGE_NOT_PINNED: "ghcr.io/acme/payments" names no particular build: it has neither tag nor digest.
          Name the build: --image ghcr.io/acme/payments:<commit> or --image ghcr.io/acme/payments@sha256:…
      2 IMAGE_NOT_PINNED: "ghcr.io/acme/payments:latest" names no particular build.
          Name the build: --image ghcr.io/acme/payments:<commit> or --image ghcr.io/acme/payments@sha256:…
      2 BAD_IMAGE: "ghcr.io/acme/payments:" is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 BAD_IMAGE: "ghcr.io/acme/Payments:1" is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 BAD_IMAGE: "https://ghcr.io/acme/payments:1" is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 BAD_IMAGE: "ghcr.io/acme/payments:a b" is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 BAD_IMAGE: "ghcr.io/acme/payments:1111111111111111111111111111111111111111111111111111111..." is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 BAD_IMAGE: "ghcr.io/acme/payments@sha256:abc" is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 BAD_IMAGE: "ghcr.io/acme/payments@md5:dddddddddddddddddddddddddddddddd" is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 BAD_IMAGE: "ghcr.io/acme/payments@sha256:dddddddddddddddddddddddddddddddddddddddddddddddd..." is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 BAD_IMAGE: "-x" is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 BAD_IMAGE: "" is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 BAD_IMAGE: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..." is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 IMAGE_TWICE: The image ghcr.io/acme/payments is given twice.
          Name each repository once.
      3 IMAGE_NOT_LISTED: payments does not build ghcr.io/acme/cards; its service.yaml lists ghcr.io/acme/payments and no other.
          Add ghcr.io/acme/cards to spec.images in apps/payments/service.yaml on the default branch.
      3 IMAGE_NOT_LISTED: payments does not build docker.io/acme/payments; its service.yaml lists ghcr.io/acme/payments and no other.
          Add docker.io/acme/payments to spec.images in apps/payments/service.yaml on the default branch.
      3 IMAGE_NOT_LISTED: topics does not build ghcr.io/acme/topics; its service.yaml lists no image.
          Add ghcr.io/acme/topics to spec.images in apps/topics/service.yaml on the default branch.
      2 BAD_REPOSITORY_NAME: "ghcr.io/acme/cards:1" is not an image repository: it takes no tag and no digest.
          --image ghcr.io/acme/payments
      2 BAD_REPOSITORY_NAME: "Cards" is not an image repository: it takes no tag and no digest.
          --image ghcr.io/acme/payments
      2 SERVICE_EXISTS: There is a service payments already.
          Edit apps/payments/service.yaml on main."
    `);
  });

  test('a batch that is no batch', async () => {
    const world = await withServices();
    const from = (input: string, ...more: string[]) => [['pin', '--batch', '-', ...more], { input }] as const;
    expect(
      await refusals(world, [
        from(''),
        from('\n \n'),
        from('{"id": "payments"'),
        from('payments'),
        from('[]'),
        from('null'),
        from('{"id": "payments", "comit": "x"}'),
        from('{"id": 7}'),
        from('{"commit": "x"}'),
        from(`${batch(build('payments', 1))}{"id": "topics", "version": 2}`),
        from(batch(build('payments', 1, { images: [1] }))),
        from(batch(build('payments', 1, { image: 'a:1', images: ['b:1'] }))),
        from(batch(build('payments', 1, { allowDowngrade: 'yes' }))),
        from(batch(build('payments', 1, { __proto__x: 1 }))),
        from(batch(build('payments', 1, { to: 'prod' }))),
        [['pin', '--batch', 'nowhere.jsonl']],
        [['pin', '--batch', '.']],
        [['pin', 'payments', '--batch', '-'], { input: batch(build('payments', 1)) }],
        [['pin']],
      ]),
    ).toMatchInlineSnapshot(`
      "2 BAD_BATCH: The batch is empty.
          {"id": "payments", "commit": "…"} on a line for each pin
      2 BAD_BATCH: The batch is empty.
          {"id": "payments", "commit": "…"} on a line for each pin
      2 BAD_BATCH: Line 1 of the batch is not JSON.
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      2 BAD_BATCH: Line 1 of the batch is not JSON.
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      2 BAD_BATCH: Line 1 of the batch is not an object.
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      2 BAD_BATCH: Line 1 of the batch is not an object.
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      2 BAD_BATCH: Line 1 of the batch has an unknown field "comit".
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      2 BAD_BATCH: Line 1 of the batch has a field "id" that is not text.
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      2 BAD_BATCH: Line 1 of the batch names no service: "id" is missing.
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      2 BAD_BATCH: Line 2 of the batch has a field "version" that is not text.
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      2 BAD_BATCH: Line 1 of the batch has images that are not text.
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      2 BAD_BATCH: Line 1 of the batch has both "image" and "images".
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      2 BAD_BATCH: Line 1 of the batch has an allowDowngrade that is neither true nor false.
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      2 BAD_BATCH: Line 1 of the batch has an unknown field "__proto__x".
          {"id": "payments", "commit": "…", "images": ["ghcr.io/acme/payments:…"]}
      3 NOT_PINNED_HERE: prod takes recipes from preprod, not pins.
          eleventh promote preprod --to prod
      2 BATCH_NOT_FOUND: The batch ~/empty/nowhere.jsonl cannot be read.
          eleventh pin --batch -
      2 BATCH_NOT_FOUND: The batch ~/empty cannot be read.
          eleventh pin --batch -
      2 BAD_BATCH: A batch names its services itself.
          eleventh pin --batch -
      2 NO_SERVICE: No service is named.
          eleventh pin <id> --commit <sha>"
    `);
  });

  test('versions and limits', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1));
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod', '--version', '1.4.0');
    await pinned(world, build('payments', 2));
    await world.ok('promote', 'staging', '--to', 'preprod');
    const toProd = (...more: string[]) => [['promote', 'preprod', '--to', 'prod', ...more]] as const;
    expect(
      await refusals(world, [
        toProd('--version', 'v'),
        toProd('--version', '1.5'),
        toProd('--version', '1.4.0'),
        toProd('--version', '1.3.9'),
        toProd('--version', '1.5.0-rc.1'),
        toProd('--version', '../1.5.0'),
        toProd('--bump', 'tiny'),
        [['release', '--version', 'one']],
        [['log', 'prod', '--limit', '0']],
        [['log', 'prod', '--limit', '-1']],
        [['log', 'prod', '--limit', 'all']],
        [['compose', '--set', 'payments']],
        [['compose', '--set', 'payments=HEAD']],
        [['compose', '--set', `payments=${hour(1)}`]],
        [['compose', '--set', 'payments=ffff']],
        [['pin', 'payments', '--commit', sha(1), '--built', hour(1)]],
      ]),
    ).toMatchInlineSnapshot(`
      "2 BAD_VERSION: "v" is not a SemVer version.
          Write three numbers, such as 2.3.1 (https://semver.org).
      2 BAD_VERSION: "1.5" is not a SemVer version.
          Write three numbers, such as 2.3.1 (https://semver.org).
      2 VERSION_NOT_HIGHER: 1.4.0 is not above 1.4.0, the highest release there is: agents deploy the highest tag.
          --version 1.4.1
      2 VERSION_NOT_HIGHER: 1.3.9 is not above 1.4.0, the highest release there is: agents deploy the highest tag.
          --version 1.4.1
      2 BAD_VERSION: 1.5.0-rc.1 is a pre-release; a release has three numbers.
          --version 1.5.0
      2 BAD_VERSION: "../1.5.0" is not a SemVer version.
          Write three numbers, such as 2.3.1 (https://semver.org).
      2 USAGE: Option '--bump <part>' argument 'tiny' is invalid. Allowed choices are major, minor, patch.
          eleventh promote --help
      2 BAD_VERSION: "one" is not a SemVer version.
          Write three numbers, such as 2.3.1 (https://semver.org).
      2 BAD_LIMIT: --limit takes a whole number above zero.
          --limit 20
      2 BAD_LIMIT: --limit takes a whole number above zero.
          --limit 20
      2 BAD_LIMIT: --limit takes a whole number above zero.
          --limit 20
      2 BAD_SET: --set takes a service and a commit of it, not "payments".
          --set payments=id-0001
      2 BAD_SET: --set takes a service and a commit of it, not "payments=HEAD".
          --set payments=id-0001
      2 BAD_SET: --set takes a service and a commit of it, not "payments=2026-11-01T01:00:00Z".
          --set payments=id-0001
      2 UNKNOWN_BUILD: No build "ffff" of payments was ever pinned in the environment.
          eleventh log --service payments
      3 OLDER_BUILD: staging already runs a newer build of payments: 0000002, and 0000001 is older.
          If it should go back all the same, add: --allow-downgrade"
    `);
  });
});
