//! A finished image is looked at in its registry first: a wrong password or a missing tag is told in a second.

use std::sync::Arc;

use crate::{
    error::Error,
    exit::Exit,
    project::image::looked_up::{Answer, Published, megabytes},
    registry::{Client, Kind, Surroundings, Trouble},
    shell::Shell,
    ship::blaxel::{Request, Secret},
};

/// Looks at the image of a request, and puts the login for its registry into the request.
pub(super) fn check(
    request: &mut Request,
    surroundings: Surroundings,
    shell: &mut Shell,
) -> Result<(), Error> {
    let Some(image) = &mut request.image else { return Ok(()) };
    let reference = image.reference.clone();
    let broken = |why: String| {
        Error::new(Exit::Platform, "registries cannot be asked").at(reference.clone()).because(why)
    };
    let given: Vec<Secret> = surroundings.logins.secrets().map(Secret::new).collect();
    let client = Arc::new(Client::new(surroundings).map_err(broken)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|err| broken(err.to_string()))?;
    let (login, looked) = runtime.block_on(async {
        let login = client.login_for(&reference).await;
        (login, client.look_up(std::slice::from_ref(&reference)).await.pop())
    });
    // A look-up of a name that still runs has nobody to answer.
    runtime.shutdown_background();
    request.hidden.extend(given);
    if let Some(login) = login.map_err(|why| no_login(&reference, &why))? {
        request.hidden.push(Secret::new(login.secret));
        image.docker_config = Some(Secret::new(login.docker_config));
    }
    match looked {
        Some(Ok(Answer::Image(published))) => {
            tell(&reference, &published, shell);
            Ok(())
        }
        Some(Ok(Answer::Foreign { platforms })) => Err(foreign(&reference, &platforms)),
        Some(Err(Trouble { kind: Kind::Login, why })) => {
            Err(refused(&reference, &why, image.docker_config.is_some()))
        }
        Some(Err(Trouble { kind: Kind::Missing, why })) => Err(missing(&reference, &why)),
        Some(Err(Trouble { why, .. })) => {
            unasked(&reference, &why, shell);
            Ok(())
        }
        Some(Ok(Answer::Unknown)) | None => {
            unasked(&reference, "it tells nothing", shell);
            Ok(())
        }
    }
}

fn tell(reference: &str, published: &Published, shell: &mut Shell) {
    let size = megabytes(published.bytes());
    shell.status("Checked", &format!("{reference}: {size} for linux/amd64, {}", published.digest));
    if !published.names_api() {
        shell.warn(&format!(
            "nothing in the settings and the history of `{reference}` names sandbox-api: without it, \
             started by its entrypoint, the image does not come up as a sandbox"
        ));
    }
}

/// What cannot be reached from here may be reached by the platform.
fn unasked(reference: &str, why: &str, shell: &mut Shell) {
    shell.warn(&format!(
        "`{reference}` could not be looked at ({why}); whether it exists shows when the platform fetches it"
    ));
}

fn foreign(reference: &str, platforms: &[String]) -> Error {
    Error::new(Exit::Usage, format!("`{reference}` is not published for linux/amd64"))
        .because(format!("its registry has {}", platforms.join(", ")))
        .help("build it with `--platform linux/amd64` and push it again")
}

fn missing(reference: &str, why: &str) -> Error {
    Error::new(Exit::Usage, format!("there is no image `{reference}`"))
        .because(format!("its registry was asked: {why}"))
        .help(
            "check the name and the tag; some registries say so, too, of what a login may not see",
        )
}

fn refused(reference: &str, why: &str, has_login: bool) -> Error {
    let help = if has_login {
        "check user and password of the login that was given, and that it may read the image"
    } else {
        "give a login: --registry-cred, --docker-config FILE, or --user-docker-config after `docker login`"
    };
    Error::new(Exit::Auth, format!("the registry does not give out `{reference}`"))
        .because(format!("it was asked: {why}"))
        .help(help)
}

fn no_login(reference: &str, why: &str) -> Error {
    Error::new(Exit::Usage, format!("the login for `{reference}` cannot be read"))
        .because(why)
        .help("check the Docker configuration, or give --registry-cred")
}
