//! Tokens: what a login, or none, is exchanged for at the token server that a registry names.

use reqwest::{Response, Url, header::AUTHORIZATION};
use serde_json::Value;

use super::{
    client::{CALL, Client, capped, why},
    credentials::{Login, basic},
    endpoint::Endpoint,
    realm,
    trouble::Trouble,
};

/// Longest answer of a token server, in bytes.
const TOKEN: usize = 1 << 20;

impl Client {
    /// A token for pulls from one repository.
    pub(super) async fn token(
        &self,
        endpoint: &Endpoint,
        registry: &Url,
        realm: &str,
        service: Option<&str>,
        login: Option<Login>,
    ) -> Result<String, Trouble> {
        let mut url = Url::parse(realm).map_err(|_| "its token server has no URL".to_owned())?;
        realm::judge(&self.names, registry, &url)
            .await
            .map_err(|why| format!("its token server is not trusted: {why}"))?;
        // Not the scope that it asks for: a token for more is of no use here.
        let scope = format!("repository:{}:pull", endpoint.repository);
        let mut fields = vec![("scope", scope.as_str()), ("client_id", "sandgate")];
        fields.extend(service.map(|service| ("service", service)));
        let http = self.http(&url);
        let request = if let Some(Login::Identity(token)) = &login {
            // RFC 6749, section 6. In the body: URLs end up in logs.
            fields.extend([("grant_type", "refresh_token"), ("refresh_token", token.as_str())]);
            let mut form = url.clone();
            form.query_pairs_mut().clear().extend_pairs(&fields);
            http.post(url.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.query().unwrap_or_default().to_owned())
        } else {
            url.query_pairs_mut().extend_pairs(&fields);
            let request = http.get(url.clone());
            match &login {
                Some(Login::Password(user, password)) => {
                    request.header(AUTHORIZATION, basic(user, password))
                }
                _ => request,
            }
        };
        let host = url.host_str().unwrap_or_default();
        let failed = |why: String| format!("its token server `{host}`: {why}");
        let response = request.timeout(CALL).send().await.map_err(|err| failed(why(&err)))?;
        if !response.status().is_success() {
            return Err(refused(&response, host, endpoint, login.is_some()));
        }
        let body = capped(response, TOKEN).await.map_err(failed)?;
        let value: Value = serde_json::from_slice(&body)
            .map_err(|_| format!("the answer of its token server `{host}` is no JSON"))?;
        ["token", "access_token"]
            .iter()
            .find_map(|name| value[*name].as_str().filter(|token| !token.is_empty()))
            .map(str::to_owned)
            .ok_or_else(|| format!("its token server `{host}` gives no token").into())
    }
}

fn refused(response: &Response, host: &str, endpoint: &Endpoint, has_login: bool) -> Trouble {
    match (response.status().as_u16(), has_login) {
        // 400 is what a spent refresh token gets (RFC 6749, section 5.2).
        (400 | 401 | 403, true) => Trouble::login(format!(
            "its token server `{host}` refuses your login: run {}",
            endpoint.login()
        )),
        (401 | 403, false) => Trouble::login(format!("it wants a login: run {}", endpoint.login())),
        (code, _) => format!("its token server `{host}` answers with {code}").into(),
    }
}
