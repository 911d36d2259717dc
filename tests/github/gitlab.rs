//! Servers that answer otherwise than GitLab: redirects, lists without end, echoes, too little, limits.

use std::{thread, time::Duration};

use sandgate::ship::{
    blaxel::Secret,
    forge::{
        comment::Bounds,
        gitlab::{Client, Fault, Settings, Target, me, merged_by, notes, upsert},
    },
};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    comment::and,
    world::{Fake, HEAD, World, answer, fast},
};

const TOKEN: &str = "glpat-synthetic-token";

fn client(fake: &Fake) -> Client {
    client_of(&fake.api)
}

fn client_of(api: &str) -> Client {
    let deadline = Instant::now() + Duration::from_secs(20);
    let settings = Settings::new(api, "group/sub/shop", Secret::new(TOKEN), deadline);
    Client::new(settings.unwrap().paced(fast())).unwrap()
}

/// A note as a forge may tell it.
fn note(id: usize) -> String {
    format!(r#"{{"id": {id}, "body": "x", "author": {{"id": 1, "username": "a"}}}}"#)
}

#[tokio::test]
async fn a_page_is_asked_for_by_its_number_where_the_first_was() {
    let other = Fake::new(|_, _| answer(200, &[], "[]"));
    let link = format!("<{}/steal?page=2>; rel=\"next\"", other.api);
    // A page may hold less than was asked for.
    let fake = Fake::new(move |number, _| match number {
        0 => answer(200, &[("x-next-page", "2"), ("link", &link)], &format!("[{}]", note(1))),
        1 => answer(200, &[("x-next-page", "3")], "[]"),
        _ => answer(200, &[("x-next-page", "")], &format!("[{}, {}]", note(2), note(3))),
    });
    let all = notes::list(&client(&fake), 7).await.unwrap();
    assert_eq!(all.iter().map(|note| note.id).collect::<Vec<_>>(), [1, 2, 3]);
    let requests = fake.requests();
    assert!(
        requests[0].starts_with("GET /api/v3/projects/group%2Fsub%2Fshop/merge_requests/7/notes?")
    );
    assert!(requests[2].contains("&page=3 ") && requests[2].contains(TOKEN), "{}", requests[2]);
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_list_ends_whatever_its_header_says() {
    for next in ["1", "0", "-1", "x", "99999999999999999999"] {
        let fake =
            Fake::new(move |_, _| answer(200, &[("x-next-page", next)], &format!("[{}]", note(1))));
        assert_eq!(notes::list(&client(&fake), 7).await.unwrap().len(), 1, "{next}");
    }
    let fake =
        Fake::new(|number, _| answer(200, &[("x-next-page", &(number + 2).to_string())], "[]"));
    let fault = notes::list(&client(&fake), 7).await.unwrap_err();
    assert!(fault.told().contains("has no end"), "{}", fault.told());
}

#[tokio::test]
async fn the_token_is_in_no_message() {
    for (status, body) in [
        (403, format!(r#"{{"message": "no {TOKEN} here"}}"#)),
        (401, format!(r#"{{"message": {{"token": ["{TOKEN}"]}}}}"#)),
        (404, format!("<p>{TOKEN}</p>")),
        (502, TOKEN.to_owned()),
        (422, format!(r#"{{"error": "x", "error_description": "{TOKEN}"}}"#)),
    ] {
        let fake = Fake::new(move |_, _| answer(status, &[], &body));
        let client = client(&fake);
        let fault = me(&client).await.unwrap_err();
        for text in [fault.told(), format!("{fault:?}"), format!("{client:?}")] {
            assert!(!text.contains("synthetic"), "{status} {text}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_followed_on_the_same_host_alone() {
    let other = Fake::new(|_, _| answer(200, &[], r#"{"id": 1}"#));
    for status in [301, 302, 307, 308] {
        let to = format!("{}/user", other.api);
        let fake = Fake::new(move |_, _| answer(status, &[("location", &to)], ""));
        let fault = me(&client(&fake)).await.unwrap_err();
        assert!(fault.told().contains("redirects to another host"), "{}", fault.told());
        let fake = Fake::new(move |number, _| match number {
            0 => answer(status, &[("location", "/api/v4/moved")], ""),
            _ => answer(200, &[], r#"{"id": 9, "username": "bot"}"#),
        });
        assert_eq!(me(&client(&fake)).await.unwrap().id, 9);
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn what_is_left_out_or_of_another_type_is_nothing() {
    let rows = format!(
        r#"[{}, {{"id": 2}}, {{"id": "x", "body": "x"}}, 7, null, {{"id": 3, "body": "x", "author": null}},
            {{"id": 4, "body": "x", "author": {{"id": 1}}, "system": true}}]"#,
        note(1)
    );
    let fake = Fake::new(move |_, _| answer(200, &[], &rows));
    assert_eq!(notes::list(&client(&fake), 7).await.unwrap().len(), 1);
    for body in ["{}", "[]", r#"{"id": "1"}"#, "null"] {
        let fake = Fake::new(move |_, _| answer(200, &[], body));
        assert!(matches!(me(&client(&fake)).await, Err(Fault::Answer { .. })), "{body}");
    }
    let fake = Fake::new(|_, _| answer(200, &[], "<html>Sign in</html>"));
    let fault = me(&client(&fake)).await.unwrap_err();
    assert!(fault.told().contains("what answered is not GitLab"), "{}", fault.told());
    // A merge request counts where GitLab says that it is merged as this commit.
    let rows = format!(
        r#"[{{"iid": 1, "state": "opened", "sha": "{HEAD}"}}, {{"iid": 2, "state": "merged", "sha": "x"}},
        {{"iid": 3, "state": "merged", "squash_commit_sha": "{HEAD}"}}]"#
    );
    let fake = Fake::new(move |_, _| answer(200, &[], &rows));
    assert_eq!(merged_by(&client(&fake), HEAD).await.unwrap(), Some(3));
}

#[tokio::test]
async fn a_note_of_commands_alone_is_not_made_without_end() {
    let fake = Fake::new(|_, request| match request {
        user if user.starts_with("GET /api/v3/user ") => answer(200, &[], r#"{"id": 1}"#),
        post if post.starts_with("POST") => answer(202, &[], r#"{"summary": ["Closed."]}"#),
        _ => answer(200, &[], "[]"),
    });
    let target = Target { request: 7, key: "k" };
    let _ = upsert(&client(&fake), &target, &mut |_| Some("text".to_owned())).await;
    let posts = fake.requests().iter().filter(|one| one.starts_with("POST")).count();
    assert!((1..=Bounds::default().writes as usize).contains(&posts), "{posts}");
}

#[tokio::test]
async fn what_another_job_told_since_the_look_is_kept() {
    let world = World::new(&[]).await;
    let seed = json!({"project": 5, "path": "group/sub/shop", "number": 7, "sha": HEAD});
    world.seed_now("/_sim/gitlab/requests", &seed);
    let api = format!("http://{}/api/v4", world.running.address);
    let target = Target { request: 7, key: "k" };
    for (own, other) in [("a", "b"), ("c", "d")] {
        let mut looks = 0;
        let outcome = upsert(&client_of(&api), &target, &mut |there| {
            looks += 1;
            if looks == 1 {
                let api = api.clone();
                let written = thread::spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build();
                    let client = client_of(&api);
                    let mut render = |there: Option<&str>| Some(and(other, there));
                    runtime.unwrap().block_on(upsert(&client, &target, &mut render)).unwrap()
                });
                assert!(written.join().unwrap().settled);
            }
            Some(and(own, there))
        })
        .await
        .unwrap();
        assert!(outcome.settled);
    }
    let notes = notes::list(&client_of(&api), 7).await.unwrap();
    let [note] = notes.as_slice() else { panic!("{notes:?}") };
    assert_eq!(note.body.split_once('\n').unwrap().1, "a\nb\nc\nd");
}

#[tokio::test]
async fn a_limit_that_lasts_too_long_is_told() {
    let fake = Fake::new(|_, _| answer(429, &[("retry-after", "3600")], "Retry later\n"));
    let fault = me(&client(&fake)).await.unwrap_err();
    assert!(matches!(fault, Fault::Limited { .. }), "{fault:?}");
    assert!(fault.told().contains("Retry later"), "{}", fault.told());
    assert_eq!(fake.requests().len(), 1);
}
