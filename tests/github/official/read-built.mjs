// What the built program wrote of whole events, read by the official client: `read-built.mjs preview|promotion FACTS`, where the
// facts are what the program itself said that it did.
import assert from 'node:assert/strict'
import { Octokit } from '@octokit/rest'

const [, , when, facts] = process.argv
const { head, merge, runs, images, comment } = JSON.parse(facts)
const octokit = new Octokit({ baseUrl: process.env.GITHUB_API_URL, auth: 'ghs_reader' })
const at = { owner: 'o', repo: 'r' }

/** The deployments to an environment, the newest first: each with its states, the newest first. */
async function deployments(environment) {
  const all = await octokit.paginate(octokit.rest.repos.listDeployments, { ...at, environment })
  const states = ({ id }) => octokit.paginate(octokit.rest.repos.listDeploymentStatuses, { ...at, deployment_id: id, per_page: 1 })
  return Promise.all(all.map(async (one) => ({ ...one, states: await states(one) })))
}

/** The rows of a commit, each as it was told last: those of builds, with what they were told before. */
async function rows(ref) {
  const all = await octokit.paginate(octokit.rest.repos.listCommitStatusesForRef, { ...at, ref, per_page: 2 })
  const { data: combined } = await octokit.rest.repos.getCombinedStatusForRef({ ...at, ref })
  assert.equal(combined.state, 'success')
  const newest = new Map(all.toReversed().map((one) => [one.context, one]))
  assert.deepEqual(combined.statuses.map(({ context }) => context).sort(), [...newest.keys()].sort())
  for (const { state, creator } of newest.values()) assert.deepEqual([state, creator.login], ['success', 'github-actions[bot]'])
  return { all, newest }
}

const { data: comments } = await octokit.rest.issues.listComments({ ...at, issue_number: 7 })
assert.equal(comments.length, 1)
const [{ user, body, html_url: page }] = comments
assert.equal(user.login, 'github-actions[bot]')
assert.equal(page, comment)
assert.match(body, /^<!-- sandgate:v1 key=sandgate by=[0-9a-f]{16} -->\n/)
const { data: pull } = await octokit.rest.pulls.get({ ...at, pull_number: 7 })
const previews = await deployments('pr-7')
assert.equal(previews.length, 2)
for (const { sha, payload, transient_environment: transient, production_environment: production } of previews) {
  assert.deepEqual([sha, transient, production], [head, true, false])
  assert.deepEqual([payload.record.kind, payload.record.did, payload.record.image], ['leg', 'preview', 'shop'])
}

if (when === 'preview') {
  assert.deepEqual([pull.state, pull.head.sha], ['open', head])
  assert.match(body, /^### ✅ Sandbox images: 1 is fine · merging exposes 1 image to <code>prod<\/code>/m)
  assert.ok(body.includes(images[1]), body)
  assert.ok(body.includes(runs[1]), `${runs[1]}: ${body}`)
  const { all, newest } = await rows(head)
  // Two runs, each of which said that it begins, and how it ended.
  assert.deepEqual(all.map(({ state }) => state), ['success', 'pending', 'success', 'pending'])
  const row = newest.get('sandgate/shop@dev')
  assert.ok(row.description.includes(images[1]), row.description)
  assert.equal(row.target_url, runs[1])
  // What the second run built took the place of what the first did.
  const states = previews.map(({ states }) => states.map(({ state }) => state))
  assert.deepEqual(states, [['success', 'in_progress'], ['inactive', 'success', 'in_progress']])
  const ended = previews.map(({ states }) => states.find(({ state }) => state === 'success').log_url)
  assert.deepEqual(ended, [runs[1], runs[0]])
  assert.ok(previews[0].states[0].description.includes(images[1]), previews[0].states[0].description)
  const { data: { check_runs: checks } } = await octokit.rest.checks.listForRef({ ...at, ref: head })
  // The newest of each name, as everybody sees them.
  assert.deepEqual(checks.map(({ name, conclusion, details_url: url }) => [name, conclusion, url]), [['sandgate (shop)', 'success', runs[1]]])
  const found = await octokit.paginate(octokit.rest.checks.listAnnotations, { ...at, check_run_id: checks[0].id })
  assert.deepEqual(found.map(({ path, start_line: line }) => [path, line]), [['Dockerfile', 5]])
} else {
  assert.deepEqual([pull.state, pull.merged, pull.merge_commit_sha], ['closed', true, merge])
  assert.match(body, /^### ✅ Sandbox images: 1 is fine · promoted to <code>prod<\/code>/m)
  assert.ok(!/Preview in|merging exposes/.test(body), body)
  for (const { states: [last] } of previews) assert.equal(last.state, 'inactive')
  const [promotion, ...others] = await deployments('prod')
  assert.deepEqual(others, [])
  const { sha, payload, transient_environment: transient, production_environment: production } = promotion
  assert.deepEqual([sha, transient, production], [merge, false, true])
  assert.deepEqual([payload.record.did, payload.record.reference], ['promote', images[3]])
  assert.deepEqual(promotion.states.map(({ state }) => state), ['success', 'in_progress'])
  const { newest } = await rows(merge)
  const promoted = [...newest.values()].filter(({ description }) => description.startsWith('promoted to `prod`, seen there'))
  assert.deepEqual(promoted.map(({ target_url: url }) => url), [runs[3]])
}
console.log(`octokit: reads what the program wrote of a ${when}`)
