import { describe, expect, test } from 'vitest';
import { screen, screens } from './screen.ts';
import { World } from './world.ts';

describe('completion and help', () => {
  test('completion prints a script for each shell', async () => {
    const world = new World();
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout, stderr } = await world.run(['completion', shell]);
      expect({ shell, code, stderr }).toEqual({ shell, code: 0, stderr: '' });
      for (const word of ['promote', 'rollback', '--dry-run', 'service', '--batch']) expect(stdout).toContain(word);
    }
    expect(JSON.parse((await world.run(['completion', 'bash', '--json'])).stdout)).toMatchObject({
      schemaVersion: 1,
      shell: 'bash',
      script: await world.ok('completion', 'bash'),
    });
    expect(await screens(world, ['completion', 'tcsh'], ['completion'])).toMatchInlineSnapshot(`
      "$ eleventh completion tcsh
      error [USAGE] Command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.
      hint: eleventh completion --help
      [exit 2]
      $ eleventh completion
      error [USAGE] Missing required argument 'shell'.
      hint: eleventh completion --help
      [exit 2]
      "
    `);
  });

  test('the command alone, and a command that only holds others, show what there is', async () => {
    const world = new World();
    expect((await world.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await screens(world, [], ['service'])).toMatchInlineSnapshot(`
      "$ eleventh
      Usage: eleventh [options] [command]

      One Git repository that holds what runs in every environment: pin, promote,
      release, roll back.

      Options:
        -V, --version                       print the version
        -h, --help                          show this help

      Set up:
        init <dir>                          Begin a deployment repository of your own
        import <source>                     Turn an existing repository into a
                                            workspace, and prove that every
                                            environment stays what it is
        service                             Add, remove and list services
        env                                 Add and list environments
        ci <host>                           Print the pipelines of a deployment
                                            repository, or the step with which a
                                            service pins its builds

      Every day:
        pin [id]                            Record which build of a service runs: what
                                            service CI does after a build
        drain <env>                         Commit the pins that wait as requests: for
                                            a trusted job, where services may not
                                            write the branch
        status                              Show what runs where: services by
                                            environments, and what you should know
                                            about each
        diff <from> [to] [services...]      Show how two recipes differ; for one
                                            environment, what waits to be promoted to
                                            it
        log [env]                           List an environment's deployments, newest
                                            first: git log of its branch, read
        show <recipe>                       Show one recipe: every build in it, who
                                            made it, where it runs
        render [recipe] [service...]        Print the manifests that an environment
                                            runs, or one service of it, as kustomize
                                            builds them

      Release:
        compose                             Make a candidate of what an environment
                                            runs: the builds that may be promoted,
                                            under one tag
        test <recipe> <suite> [command...]  Run a suite on a recipe or a build, and
                                            record what it said
        approve <recipe>                    Record that a recipe may enter an
                                            environment
        block <what>                        Keep a recipe, a build or a service out of
                                            every environment
        unblock <what>                      Let a blocked recipe, build or service in
                                            again
        promote <source>                    Bring a tested recipe to the next
                                            environment, whole or some services of it
        release [env]                       Tag the head of a release branch that has
                                            no tag yet, after a hand-made revert, say
        rollback <env>                      Restore an earlier deployment exactly, as
                                            a new commit and the next patch tag
        update <env>                        Bring the default branch's newest commit
                                            to an environment: overlays, policy,
                                            services gone

      Trust:
        check                               Find what is wrong with the manifests of
                                            every environment, or with a policy
        verify [what]                       Check that all of history is what the
                                            rules allow, from a clone, without a
                                            network
        report                              Answer auditors from Git alone

      More:
        forge                               What the host of the repository is told:
                                            GitHub, GitLab, Gitea, Forgejo
        hook                                What a server of your own runs
        demo                                Play the whole story on bare repositories
                                            in a temporary folder
        completion <shell>                  Print the script that completes eleventh
                                            in your shell

      The repository is --repo, else ELEVENTH_REPO, else the origin of the checkout you are in.
      Every command: --json for programs, --help for examples.
      $ eleventh service
      Usage: eleventh service [options] [command]

      Add, remove and list services

      Options:
        -h, --help   show this help

      Commands:
        add <id>     Add a service to the workspace, with an overlay in every
                     environment
        remove <id>  Take a service out of the workspace; updates and promotions take
                     it out of each environment in order
        list         List the services with their owners and where each runs
      "
    `);
  });

  test('every command explains itself with examples and says what it takes', async () => {
    const world = new World();
    const { stdout } = await world.run(['--help']);
    const nested = {
      service: ['add', 'remove', 'list'],
      env: ['add', 'list'],
      report: ['audit', 'release'],
      forge: ['protect'],
      hook: ['pre-receive'],
    } as const;
    const names = [...stdout.matchAll(/^ {2}([a-z]+)[ ]/gm)].map(([, name = '']) => name);
    expect(names).toEqual(
      'init import service env ci pin drain status diff log show render compose test approve block unblock promote release rollback update check verify report forge hook demo completion'.split(
        ' ',
      ),
    );
    for (const name of names) {
      const lines = name in nested ? nested[name as keyof typeof nested].map((inner) => [name, inner]) : [[name]];
      for (const line of lines) {
        const help = await world.run([...line, '--help']);
        expect({ line, code: help.code, stderr: help.stderr }).toEqual({ line, code: 0, stderr: '' });
        expect(help.stdout).toContain(`Usage: eleventh ${line.join(' ')}`);
        expect(help.stdout).toMatch(/\nExamples:\n {2}\$ \S/);
        expect(help.stdout).toContain('--json');
      }
    }
    expect(await screen(world, ['promote', '--help'])).toMatchInlineSnapshot(`
      "$ eleventh promote --help
      Usage: eleventh promote [options] <source>

      Bring a tested recipe to the next environment, whole or some services of it.

      The source is an environment, a tag or a commit that the target takes recipes
      from. A whole promotion carries the tested tree, byte for byte. Into an
      environment that releases, the commit and its tag land together.

      Options:
        --pr                    put it to review: open, or bring up to date, a pull or
                                merge request
        --land                  carry out what was approved there, if it still is the
                                same
        --break-glass           pass the shut gates that policy lets be passed; open
                                until somebody else reviews it
        --why <text>            the reason to break the glass, which is kept
        --to <env>              the environment
        --only <id>             this service alone, on what the target runs
                                (repeatable)
        --version <version>     the version of the release
        --bump <part>           which part of the last version to raise (default: by
                                what changes) (choices: "major", "minor", "patch")
        --no-tag                do not release it yet
        --allow-downgrade <id>  let this service go back (repeatable; recorded)
        --newest-passing        an older state of the source, where policy keeps its
                                newest out
        --ticket <ticket>       the change ticket, where the environment asks for one
        --rendered              with --dry-run: show what the clusters would see,
                                object by object
        --format <format>       with --rendered: text, or markdown for a pull request
                                (choices: "text", "markdown")
        --limit <characters>    with --format markdown: how long it may get, a number,
                                github (65,536, the default) or gitlab (1,000,000)
        --repo <repository>     the deployment repository, a URL or a path
        --dry-run               show what would happen, and change nothing
        --author <person>       who makes the change: "Name <name@example.com>"
        --json                  print one JSON value for programs
        -h, --help              show this help

      Examples:
        $ eleventh promote staging --to preprod
            everything that staging runs now
        $ eleventh promote v1.5.0-rc.1 --to preprod
            a composed candidate
        $ eleventh promote preprod --to prod --bump minor
            releases it, with a tag
        $ eleventh promote preprod --to prod --break-glass --why "payments are down"
            past the gates that policy lets be passed so
        $ eleventh promote staging --to preprod --only payments --dry-run
            shows what one service alone would be
      "
    `);
  });
});
