// What sandgate wrote, read by the official client.
import assert from 'node:assert/strict'
import { Octokit } from '@octokit/rest'

const octokit = new Octokit({ baseUrl: process.env.GITHUB_API_URL, auth: 'ghs_reader' })
const at = { owner: 'o', repo: 'r' }
const ref = '1'.repeat(40)

const { data: comments } = await octokit.rest.issues.listComments({ ...at, issue_number: 7 })
assert.equal(comments.length, 1)
assert.equal(comments[0].user.login, 'github-actions[bot]')
assert.match(comments[0].body, /^<!-- sandgate:v1 key=images\.yml by=[0-9a-f]{16} -->\n/)
assert.match(comments[0].body, /\| web \| four \|/)

const statuses = await octokit.paginate(octokit.rest.repos.listCommitStatusesForRef, { ...at, ref, per_page: 2 })
assert.deepEqual(statuses.map(({ context }) => context), ['sandgate/web', 'sandgate/web', 'sandgate/api', 'sandgate/web'])
const { data: combined } = await octokit.rest.repos.getCombinedStatusForRef({ ...at, ref })
assert.equal(combined.state, 'success')
assert.equal(combined.total_count, 2)

const { data: deployments } = await octokit.rest.repos.listDeployments({ ...at, environment: 'dev' })
assert.equal(deployments.length, 1)
assert.deepEqual(deployments[0].payload, { sandgate: 'run 1, web', record: { image: 'sandbox/web:k3x9f2' } })
const { data: states } = await octokit.rest.repos.listDeploymentStatuses({ ...at, deployment_id: deployments[0].id })
assert.deepEqual(states.map(({ state }) => state), ['success', 'in_progress', 'queued'])

const { data: { check_runs: runs } } = await octokit.rest.checks.listForRef({ ...at, ref })
assert.equal(runs.length, 1)
assert.equal(runs[0].conclusion, 'neutral')
const annotations = await octokit.paginate(octokit.rest.checks.listAnnotations, { ...at, check_run_id: runs[0].id })
assert.equal(annotations.length, 120)

const { data: pull } = await octokit.rest.pulls.get({ ...at, pull_number: 7 })
assert.equal(pull.head.sha, ref)
console.log('octokit: reads what was written')
