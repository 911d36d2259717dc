//! The login for the registry of one image, to be handed on.

use super::{client::Client, endpoint::Endpoint, logins::docker_config};

/// A login that is handed on.
pub(crate) struct HandedOn {
    /// The text of a Docker `config.json` with nothing but this login.
    pub(crate) docker_config: String,
    /// The part of it that must not be shown, as it is.
    pub(crate) secret: String,
}

impl Client {
    /// The login for the registry of `reference`; `None` where there is none. The error is a clause.
    pub(crate) async fn login_for(&self, reference: &str) -> Result<Option<HandedOn>, String> {
        let endpoint = Endpoint::of(reference).ok_or("its name leads to no registry")?;
        let login = self.login(&endpoint).await?;
        Ok(login.map(|login| HandedOn {
            docker_config: docker_config(&endpoint, &login),
            secret: login.secret().to_owned(),
        }))
    }
}
