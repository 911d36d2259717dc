//! Servers that answer otherwise than GitHub: redirects, links elsewhere, endless lists, too much, too little.

use std::time::Duration;

use sandgate::ship::forge::github::{Fault, comments, pulls, statuses};

use crate::world::{Fake, HEAD, World, answer, client, client_until, fast};

/// A comment as a forge may tell it.
fn comment(id: usize) -> String {
    format!(r#"{{"id": {id}, "body": "x", "user": {{"login": "a"}}}}"#)
}

fn page(ids: std::ops::Range<usize>) -> String {
    format!("[{}]", ids.map(comment).collect::<Vec<_>>().join(","))
}

#[tokio::test]
async fn a_link_leads_no_token_elsewhere() {
    let other = Fake::new(|_, _| answer(200, &[], "[]"));
    let link = format!("<{}/steal?page=2>; rel=\"next\"", other.api);
    let fake = Fake::new(move |number, _| match number {
        0 => answer(200, &[("link", &link)], &page(0..100)),
        _ => answer(200, &[], &page(100..103)),
    });
    let all = comments::list(&client(&fake.api, "ghs_job"), 7).await.unwrap();
    assert_eq!(all.len(), 103);
    assert!(other.requests().is_empty());
    assert!(fake.requests()[1].contains("?per_page=100&page=2 "), "{:?}", fake.requests());
}

#[tokio::test]
async fn a_redirect_is_followed_to_the_same_host_alone() {
    let other = Fake::new(|_, _| answer(200, &[], r#"{"number": 9}"#));
    for status in [301, 302, 307, 308] {
        let to = format!("{}/repos/o/r/pulls/7", other.api);
        let fake = Fake::new(move |_, _| answer(status, &[("location", &to)], ""));
        let fault = pulls::get(&client(&fake.api, "ghs_job"), 7).await.unwrap_err();
        let Fault::Api { status: told, .. } = &fault else { panic!("{fault:?}") };
        assert_eq!(*told, status);
        assert!(fault.into_error().help.unwrap().contains("redirects to another host"));
        assert_eq!(fake.requests().len(), 1);

        let fake = Fake::new(move |number, _| match number {
            0 => answer(status, &[("location", "/api/v3/repositories/1/pulls/7")], ""),
            _ => answer(200, &[], r#"{"number": 8}"#),
        });
        let found = pulls::get(&client(&fake.api, "ghs_job"), 7).await.unwrap().unwrap();
        assert_eq!(found.number, 8);
        assert!(fake.requests()[1].starts_with("GET /api/v3/repositories/1/pulls/7 "));
        assert!(fake.requests()[1].contains("authorization: Bearer"));
    }
    assert!(other.requests().is_empty());
    // In circles: it ends.
    let fake = Fake::new(|_, _| answer(307, &[("location", "/api/v3/repos/o/r/pulls/7")], ""));
    assert!(pulls::get(&client(&fake.api, "ghs_job"), 7).await.is_err());
    assert_eq!(fake.requests().len(), 4);
}

#[tokio::test]
async fn a_post_is_sent_again_only_where_the_redirect_keeps_it() {
    let new = statuses::New {
        context: "x",
        state: statuses::State::Success,
        description: "",
        target_url: None,
    };
    for (status, calls) in [(301, 1), (302, 1), (307, 2), (308, 2)] {
        let fake = Fake::new(move |number, _| match number {
            0 => answer(status, &[("location", "/api/v3/moved")], ""),
            _ => answer(201, &[], r#"{"id": 1, "state": "success"}"#),
        });
        let made = statuses::create(&client(&fake.api, "ghs_job"), HEAD, &new).await;
        assert_eq!(made.is_ok(), calls == 2, "{status}");
        let requests = fake.requests();
        assert_eq!(requests.len(), calls, "{status}");
        assert!(requests.iter().all(
            |request| request.starts_with("POST ") && request.contains(r#""state":"success""#)
        ));
    }
}

#[tokio::test]
async fn the_fault_that_leads_elsewhere_is_not_followed() {
    let world = World::new(&["GET /api/v3/repos/*/*/pulls/*=redirect"]).await;
    assert!(pulls::get(&world.client(), 7).await.is_err());
    assert_eq!(world.running.calls().len(), 1);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read() {
    let fake = Fake::new(|_, _| {
        let mut answer = b"HTTP/1.1 200 X\r\nconnection: close\r\n\r\n\"".to_vec();
        answer.resize(answer.len() + (33 << 20), b'x');
        answer
    });
    let client = client_until(&fake.api, "ghs_job", Duration::from_secs(20), fast());
    let fault = pulls::get(&client, 7).await.unwrap_err();
    assert!(fault.detail().contains("the answer is too long"), "{}", fault.detail());
}

#[tokio::test]
async fn a_list_without_end_ends() {
    let link = r#"<https://x/?page=2>; rel="next""#;
    // The same page for ever.
    let fake = Fake::new(move |_, _| answer(200, &[("link", link)], &page(0..100)));
    assert_eq!(comments::list(&client(&fake.api, "ghs_job"), 7).await.unwrap().len(), 100);
    assert_eq!(fake.requests().len(), 2);
    // Another one for ever.
    let fake =
        Fake::new(move |number, _| answer(200, &[("link", link)], &page(number..number + 1)));
    let fault = comments::list(&client(&fake.api, "ghs_job"), 7).await.unwrap_err();
    assert!(fault.detail().contains("no end"), "{}", fault.detail());
}

#[tokio::test]
async fn a_forge_that_says_nothing_of_pages_is_read_to_the_end() {
    // It gives 30 at a time, whatever is asked for, and no `Link`.
    let fake = Fake::new(|_, request| {
        let number = request.split("&page=").nth(1).and_then(|rest| rest.split(' ').next());
        let from = number.map_or(0, |number| (number.parse::<usize>().unwrap() - 1) * 30);
        answer(200, &[], &page(from.min(70)..(from + 30).min(70)))
    });
    assert_eq!(comments::list(&client(&fake.api, "ghs_job"), 7).await.unwrap().len(), 70);
    // It tells how many there are.
    let fake = Fake::new(|number, _| {
        answer(200, &[("x-total-count", "12")], &page(number * 10..(number * 10 + 10).min(12)))
    });
    assert_eq!(comments::list(&client(&fake.api, "ghs_job"), 7).await.unwrap().len(), 12);
    assert_eq!(fake.requests().len(), 2);
    // It knows no pages.
    let fake = Fake::new(|_, _| answer(200, &[], &page(0..45)));
    assert_eq!(comments::list(&client(&fake.api, "ghs_job"), 7).await.unwrap().len(), 45);
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test]
async fn what_is_left_out_or_of_another_type_is_nothing() {
    let rows =
        r#"[{"id": 1}, {"id": "x"}, {}, 7, {"id": 2, "body": null, "user": null, "new": [1]}]"#;
    let fake = Fake::new(move |_, _| answer(200, &[], rows));
    let all = comments::list(&client(&fake.api, "ghs_job"), 7).await.unwrap();
    assert_eq!(all.iter().map(|one| one.id).collect::<Vec<_>>(), [1, 2]);
    let fake = Fake::new(|_, _| answer(200, &[], r#"{"number": 7, "user": null, "head": 3}"#));
    let pull = pulls::get(&client(&fake.api, "ghs_job"), 7).await.unwrap().unwrap();
    assert!(!pull.merged && pull.head.sha.is_empty());
    // Gitea calls a status's state `status`.
    let told = r#"{"total_count": 1, "statuses": [{"id": 1, "status": "warning"}, {"id": 2, "status": "success", "context": "c"}]}"#;
    let fake = Fake::new(move |_, _| answer(200, &[], told));
    let all = statuses::newest(&client(&fake.api, "ghs_job"), HEAD).await.unwrap();
    assert_eq!((all.len(), all[0].context.as_str()), (1, "c"));
    let fake = Fake::new(|_, _| answer(200, &[], r#"{"message": "hello"}"#));
    let fault = comments::list(&client(&fake.api, "ghs_job"), 7).await.unwrap_err();
    assert!(matches!(fault, Fault::Answer { .. }), "{fault:?}");
}

#[tokio::test]
async fn a_page_from_elsewhere_is_no_answer() {
    let fake = Fake::new(|_, _| answer(200, &[], "<html><body>Sign in</body></html>"));
    let fault = pulls::get(&client(&fake.api, "ghs_job"), 7).await.unwrap_err();
    assert!(fault.detail().contains("what answered is not GitHub"), "{}", fault.detail());
    assert!(fault.detail().contains("Sign in"), "{}", fault.detail());
}
