//! Repositories, and who the token is.

use axum::{
    extract::{Path, State},
    http::request::Parts,
};
use serde_json::{Value, json};

use super::{
    access::Level,
    state::{Place, Repository},
    wire::{answer, instant, person, refused},
};
use crate::sim::{Sim, wire::Reply};

/// `GET /user`.
pub(super) async fn user(State(sim): State<Sim>, parts: Parts) -> Reply {
    let actor = sim.caller(&parts)?;
    if actor.app {
        return Err(refused(403, "Resource not accessible by integration"));
    }
    let mut told = person(&sim.pages_url(), &actor.login);
    let more = json!({
        "name": null, "company": null, "blog": "", "location": null, "email": null, "hireable": null, "bio": null,
        "public_repos": 1, "public_gists": 0, "followers": 0, "following": 0,
        "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
        "private_gists": 0, "total_private_repos": 0, "owned_private_repos": 0, "disk_usage": 0, "collaborators": 0,
        "two_factor_authentication": true,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        told[name] = value.clone();
    }
    Ok(answer(200, &told))
}

/// `GET /repos/OWNER/NAME`.
pub(super) async fn get(State(sim): State<Sim>, Path(place): Path<Place>, parts: Parts) -> Reply {
    sim.admit(&parts, &place, &["metadata"], Level::None)?;
    let forge = sim.forge();
    let found = forge.at(&place)?;
    Ok(answer(200, &repository(&sim.pages_url(), &place, Some(found))))
}

/// A repository; one that the forge was not told of is public and has a branch `main`.
pub(super) fn repository(root: &str, place: &Place, found: Option<&Repository>) -> Value {
    let (owner, name) = place;
    let api = format!("{root}/api/v3/repos/{owner}/{name}");
    let page = format!("{root}/{owner}/{name}");
    let id = found.map_or(1, |found| found.id);
    let created =
        found.map_or_else(|| "2020-01-01T00:00:00Z".into(), |found| instant(found.created));
    let mut told = json!({
        "id": id,
        "node_id": format!("R_{id}"),
        "name": name,
        "full_name": format!("{owner}/{name}"),
        "private": found.is_some_and(|found| found.private),
        "owner": person(root, owner),
        "html_url": page,
        "description": null,
        "fork": found.is_some_and(|found| found.fork),
        "url": api,
        "clone_url": format!("{page}.git"),
        "git_url": format!("{page}.git"),
        "ssh_url": format!("git@127.0.0.1:{owner}/{name}.git"),
        "svn_url": page,
        "mirror_url": null,
        "homepage": null,
        "language": null,
        "license": null,
        "default_branch": found.map_or("main", |found| &found.default_branch),
        "created_at": created,
        "updated_at": created,
        "pushed_at": created,
    });
    for name in ["archived", "disabled", "has_pages", "has_discussions"] {
        told[name] = json!(false);
    }
    for name in ["has_issues", "has_projects", "has_wiki", "has_downloads"] {
        told[name] = json!(true);
    }
    for name in [
        "forks",
        "forks_count",
        "open_issues",
        "open_issues_count",
        "size",
        "stargazers_count",
        "watchers",
        "watchers_count",
        "network_count",
        "subscribers_count",
    ] {
        told[name] = json!(0);
    }
    for (name, below) in [
        ("archive", "{archive_format}{/ref}"),
        ("assignees", "assignees{/user}"),
        ("blobs", "git/blobs{/sha}"),
        ("branches", "branches{/branch}"),
        ("collaborators", "collaborators{/collaborator}"),
        ("comments", "comments{/number}"),
        ("commits", "commits{/sha}"),
        ("compare", "compare/{base}...{head}"),
        ("contents", "contents/{+path}"),
        ("contributors", "contributors"),
        ("deployments", "deployments"),
        ("downloads", "downloads"),
        ("events", "events"),
        ("forks", "forks"),
        ("git_commits", "git/commits{/sha}"),
        ("git_refs", "git/refs{/sha}"),
        ("git_tags", "git/tags{/sha}"),
        ("hooks", "hooks"),
        ("issue_comment", "issues/comments{/number}"),
        ("issue_events", "issues/events{/number}"),
        ("issues", "issues{/number}"),
        ("keys", "keys{/key_id}"),
        ("labels", "labels{/name}"),
        ("languages", "languages"),
        ("merges", "merges"),
        ("milestones", "milestones{/number}"),
        ("notifications", "notifications{?since,all,participating}"),
        ("pulls", "pulls{/number}"),
        ("releases", "releases{/id}"),
        ("stargazers", "stargazers"),
        ("statuses", "statuses/{sha}"),
        ("subscribers", "subscribers"),
        ("subscription", "subscription"),
        ("tags", "tags"),
        ("teams", "teams"),
        ("trees", "git/trees{/sha}"),
    ] {
        told[format!("{name}_url")] = json!(format!("{api}/{below}"));
    }
    told
}
