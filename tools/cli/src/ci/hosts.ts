import { buildkite } from './buildkite.ts';
import { concourse } from './concourse.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import type { Host, HostName } from './host.ts';
import { jenkins } from './jenkins.ts';

/** Every CI system that pipelines are made for. */
export const HOST: Readonly<Record<HostName, Host>> = { github, gitlab, concourse, jenkins, buildkite };
