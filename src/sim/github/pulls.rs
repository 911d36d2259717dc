//! Pull requests.

use axum::{
    extract::{Path, State},
    http::request::Parts,
};
use serde_json::{Value, json};

use super::{
    access::Level,
    pages,
    repositories::repository,
    state::{At, Forge, Place, Pull, Side},
    wire::{answer, instant, missing, number, person},
};
use crate::sim::{Sim, wire::Reply};

const KINDS: &[&str] = &["pull_requests"];

/// `GET /repos/OWNER/NAME/pulls`, newest first.
pub(super) async fn list(State(sim): State<Sim>, Path(place): Path<Place>, parts: Parts) -> Reply {
    sim.admit(&parts, &place, KINDS, Level::Read)?;
    let query = pages::query(&parts);
    let forge = sim.forge();
    let found = forge.at(&place)?;
    let state = query.get("state").map_or("open", String::as_str);
    let rows = found.pulls.values().rev().filter(|pull| {
        (state == "all" || pull.open == (state == "open"))
            && query.get("head").is_none_or(|head| *head == label(&place, &pull.head))
            && query.get("base").is_none_or(|base| *base == pull.base.branch)
    });
    let root = sim.pages_url();
    let rows: Vec<_> = rows.collect();
    let told = |pull: &&_| told(&root, &forge, &place, pull);
    Ok(pages::page(&sim, &parts, &rows, told, None))
}

/// `GET /repos/OWNER/NAME/pulls/NUMBER`.
pub(super) async fn get(State(sim): State<Sim>, Path(at): Path<At>, parts: Parts) -> Reply {
    let (place, of, _) = sim.admit_to(&parts, at, KINDS, Level::Read)?;
    let forge = sim.forge();
    let found = forge.at(&place)?;
    let pull = found.pulls.get(&number(&of)?).ok_or_else(missing)?;
    let root = sim.pages_url();
    let comments = found.comments.iter().filter(|comment| comment.issue == pull.number);
    let comments = comments.count();
    let mut told = told(&root, &forge, &place, pull);
    let merged = pull.merged.is_some();
    let more = json!({
        "merged": merged,
        "merged_by": merged.then(|| person(&root, &pull.author)),
        "mergeable": pull.open.then_some(true),
        "rebaseable": pull.open.then_some(true),
        "mergeable_state": if pull.open { "clean" } else { "unknown" },
        "comments": comments,
        "review_comments": 0,
        "maintainer_can_modify": false,
        "commits": 1,
        "additions": 1,
        "deletions": 0,
        "changed_files": 1,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        told[name] = value.clone();
    }
    Ok(answer(200, &told))
}

/// `GET /repos/OWNER/NAME/commits/SHA/pulls`: the merge commit is known to belong to its pull request some time after the
/// merge.
pub(super) async fn of_commit(State(sim): State<Sim>, Path(at): Path<At>, parts: Parts) -> Reply {
    let (place, sha, _) = sim.admit_to(&parts, at, KINDS, Level::Read)?;
    let now = sim.now();
    let forge = sim.forge();
    let found = forge.at(&place)?;
    let root = sim.pages_url();
    let rows = found.pulls.values().filter(|pull| {
        let merge = pull.merge_commit.as_ref() == Some(&sha) && pull.merged.is_some();
        pull.head.sha == sha || (merge && pull.associated <= now)
    });
    let rows: Vec<_> = rows.collect();
    let told = |pull: &&_| told(&root, &forge, &place, pull);
    Ok(pages::page(&sim, &parts, &rows, told, None))
}

/// `OWNER:BRANCH`.
fn label(place: &Place, side: &Side) -> String {
    let owner = side.repository.as_ref().and_then(|name| name.split('/').next());
    format!("{}:{}", owner.unwrap_or(&place.0), side.branch)
}

fn side(root: &str, forge: &Forge, place: &Place, side: &Side) -> Value {
    let at = side.repository.as_ref().and_then(|name| name.split_once('/'));
    let at = at.map(|(owner, name)| (owner.to_owned(), name.to_owned()));
    let owner = at.as_ref().map_or(&place.0, |at| &at.0);
    json!({
        "label": label(place, side),
        "ref": side.branch,
        "sha": side.sha,
        "user": person(root, owner),
        "repo": at.as_ref().map(|at| repository(root, at, forge.repositories.get(at))),
    })
}

fn told(root: &str, forge: &Forge, place: &Place, pull: &Pull) -> Value {
    let (owner, name) = place;
    let api = format!("{root}/api/v3/repos/{owner}/{name}");
    let page = format!("{root}/{owner}/{name}/pull/{}", pull.number);
    let (this, issue) =
        (format!("{api}/pulls/{}", pull.number), format!("{api}/issues/{}", pull.number));
    let statuses = format!("{api}/statuses/{}", pull.head.sha);
    let labels: Vec<Value> = pull
        .labels
        .iter()
        .enumerate()
        .map(|(index, label)| {
            json!({
                "id": index + 1,
                "node_id": format!("LA_{index}"),
                "url": format!("{api}/labels/{index}"),
                "name": label,
                "description": "",
                "color": "ededed",
                "default": false,
            })
        })
        .collect();
    json!({
        "id": pull.id,
        "node_id": format!("PR_{}", pull.id),
        "number": pull.number,
        "state": if pull.open { "open" } else { "closed" },
        "locked": false,
        "title": pull.title,
        "body": null,
        "user": person(root, &pull.author),
        "author_association": pull.association,
        "labels": labels,
        "draft": pull.draft,
        "assignee": null,
        "milestone": null,
        "auto_merge": null,
        "head": side(root, forge, place, &pull.head),
        "base": side(root, forge, place, &pull.base),
        "merge_commit_sha": pull.merge_commit,
        "created_at": instant(pull.created),
        "updated_at": instant(pull.updated),
        "closed_at": pull.closed.map(instant),
        "merged_at": pull.merged.map(instant),
        "url": this,
        "html_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "issue_url": issue,
        "commits_url": format!("{this}/commits"),
        "comments_url": format!("{issue}/comments"),
        "review_comments_url": format!("{this}/comments"),
        "review_comment_url": format!("{api}/pulls/comments{{/number}}"),
        "statuses_url": statuses,
        "_links": {
            "self": {"href": this},
            "html": {"href": page},
            "issue": {"href": issue},
            "comments": {"href": format!("{issue}/comments")},
            "review_comments": {"href": format!("{this}/comments")},
            "review_comment": {"href": format!("{api}/pulls/comments{{/number}}")},
            "commits": {"href": format!("{this}/commits")},
            "statuses": {"href": statuses},
        },
    })
}
