//! Who the token is: of a project access token it is a user of its own, `project_5_bot_…`.

use reqwest::Method;
use serde_json::Value;

use super::{
    Client, Fault,
    client::{Call, Lab},
};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Never another's, as a name may become.
    pub id: u64,
    /// How others call it.
    pub name: String,
}

impl User {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let name = value["username"].as_str().unwrap_or_default().to_owned();
        Some(Self { id: value["id"].as_u64()?, name })
    }
}

/// Whose token it is.
pub async fn me(client: &Client) -> Result<User, Fault> {
    let answer = client.sure(&Call::new(Method::GET, &["user"]).of_api()).await?;
    let call = answer.call.clone();
    let what = "GitLab does not say whose token it is".to_owned();
    User::read(&answer.json(&Lab)?).ok_or(Fault::Answer { call, what })
}
