//! Shares, and those that wait for an approval.

use serde::Serialize;

use super::{super::table::Table, Form, at, lines};
use crate::ship::blaxel::{PendingShare, Share, shares::Shared};

#[derive(Serialize)]
struct ShareV1<'a> {
    workspace: &'a str,
    account: Option<&'a str>,
    status: Option<&'a str>,
    pending: bool,
    id: Option<&'a str>,
    account_owner: Option<&'a str>,
}

#[derive(Serialize)]
struct PendingV1<'a> {
    id: &'a str,
    direction: &'static str,
    image: &'a str,
    source_workspace: &'a str,
    source_account: Option<&'a str>,
    target_workspace: &'a str,
    target_account: Option<&'a str>,
    shared_by: Option<&'a str>,
    conflict: bool,
    created: Option<String>,
    expires: Option<String>,
}

fn pending_v1<'a>(direction: &'static str, share: &'a PendingShare) -> PendingV1<'a> {
    PendingV1 {
        id: &share.id,
        direction,
        image: &share.image,
        source_workspace: &share.source,
        source_account: share.source_account.as_deref(),
        target_workspace: &share.target,
        target_account: share.target_account.as_deref(),
        shared_by: share.by.as_deref(),
        conflict: share.conflict,
        created: at(share.created),
        expires: at(share.expires),
    }
}

/// Who an image is shared with.
pub fn shares(form: Form, image: &str, shares: &[Share]) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        image: &'a str,
        shares: Vec<ShareV1<'a>>,
    }
    let all = shares.iter().map(|share| ShareV1 {
        workspace: &share.workspace,
        account: share.account.as_deref(),
        status: share.status.as_deref(),
        pending: share.is_pending(),
        id: share.pending.as_deref(),
        account_owner: share.owner.as_deref(),
    });
    form.write(Data { image, shares: all.collect() }, || {
        let mut table = Table::new(&["WORKSPACE", "STATUS", "ACCOUNT", "OWNER", "SHARE"]);
        for share in shares {
            table.row([
                Some(share.workspace.clone()),
                share.status.clone(),
                share.account.clone(),
                share.owner.clone(),
                share.pending.clone(),
            ]);
        }
        table.show(&format!("`{image}` is shared with nobody"))
    })
}

/// What waits for an approval, from both sides.
pub fn pending(form: Form, incoming: &[PendingShare], outgoing: &[PendingShare]) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        pending: Vec<PendingV1<'a>>,
    }
    let all = || {
        let incoming = incoming.iter().map(|share| ("incoming", share));
        incoming.chain(outgoing.iter().map(|share| ("outgoing", share)))
    };
    let data =
        Data { pending: all().map(|(direction, share)| pending_v1(direction, share)).collect() };
    form.write(data, || {
        let mut table =
            Table::new(&["SHARE", "DIRECTION", "IMAGE", "FROM", "TO", "BY", "EXPIRES", "NOTE"]);
        for (direction, share) in all() {
            let conflict = "the target has an image of that name";
            table.row([
                Some(share.id.clone()),
                Some(direction.to_owned()),
                Some(share.image.clone()),
                Some(share.source.clone()),
                Some(share.target.clone()),
                share.by.clone(),
                at(share.expires),
                share.conflict.then(|| conflict.to_owned()),
            ]);
        }
        table.show("no share waits for an approval")
    })
}

/// What sharing came to. People were told already, but for what they have to pass on.
pub fn shared(form: Form, image: &str, target: &str, shared: &Shared) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        image: &'a str,
        target_workspace: &'a str,
        status: &'static str,
        changed: bool,
        id: Option<&'a str>,
        expires: Option<String>,
    }
    let (status, changed, id, expires) = match shared {
        Shared::Now => ("active", true, None, None),
        Shared::Already => ("active", false, None, None),
        Shared::Waiting { id, expires, already } => {
            ("pending", !already, id.as_deref(), at(*expires))
        }
    };
    let shown = [("share", id.map(str::to_owned)), ("expires", expires.clone())];
    let data = Data { image, target_workspace: target, status, changed, id, expires };
    form.write(data, || lines(&shown))
}

/// That a share ended, or was none. People were told already.
pub fn unshared(form: Form, image: &str, target: &str, existed: bool) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        image: &'a str,
        target_workspace: &'a str,
        unshared: bool,
    }
    form.write(Data { image, target_workspace: target, unshared: existed }, String::new)
}

/// How a share was answered. People were told already.
pub fn answered(form: Form, share: &PendingShare, answer: &'static str) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        answer: &'static str,
        share: PendingV1<'a>,
    }
    form.write(Data { answer, share: pending_v1("incoming", share) }, String::new)
}
