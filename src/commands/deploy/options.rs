//! Variables, labels and volumes, as they are typed.

use serde_json::{Value, json};

use crate::{error::Error, exit::Exit, project::manifest, settings};

/// `NAME=VALUE`, or `NAME` for the value that this process has. What is wrong is told without the text, which may hold
/// a secret.
pub(super) fn env(text: &str) -> Result<(String, String), Error> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, settings::variable(text)),
    };
    if name.is_empty() {
        return Err(Error::new(Exit::Usage, "a variable has no name")
            .at("--env")
            .help("write it as NAME=VALUE"));
    }
    let Some(value) = value else {
        return Err(Error::new(Exit::Usage, format!("the variable `{name}` is not set"))
            .at("--env")
            .help("set it, or give its value: NAME=VALUE"));
    };
    Ok((name.to_owned(), value))
}

/// `NAME=VALUE`.
pub(super) fn label(text: &str) -> Result<(String, String), Error> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Error::new(Exit::Usage, format!("`{text}` is no label"))
            .at("--label")
            .help("write it as NAME=VALUE")),
    }
}

/// `NAME:/PATH`, or `NAME:/PATH:ro`, as the platform takes it.
pub(super) fn volume(text: &str) -> Result<Value, Error> {
    let (text, read_only) = text.strip_suffix(":ro").map_or((text, false), |text| (text, true));
    match text.split_once(':') {
        Some((name, path)) if manifest::is_name(name) && path.starts_with('/') => {
            let mut volume = json!({ "name": name, "mountPath": path });
            if read_only {
                volume["readOnly"] = json!(true);
            }
            Ok(volume)
        }
        _ => Err(Error::new(Exit::Usage, format!("`{text}` is no volume"))
            .at("--volume")
            .help("write it as NAME:/PATH, or NAME:/PATH:ro; the path is that inside the sandbox")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_labels_are_pairs() {
        assert_eq!(env("A=b=c").unwrap(), ("A".into(), "b=c".into()));
        assert_eq!(label("team=").unwrap(), ("team".into(), String::new()));
        for bad in ["=x", "SURELY_NOT_SET_ANYWHERE"] {
            assert!(env(bad).is_err(), "{bad}");
        }
        assert!(label("team").is_err() && label("=a").is_err());
    }

    #[test]
    fn volumes_have_a_name_and_an_absolute_path() {
        assert_eq!(
            volume("data:/var/lib").unwrap(),
            json!({"name": "data", "mountPath": "/var/lib"})
        );
        let read = json!({"name": "data", "mountPath": "/a:b", "readOnly": true});
        assert_eq!(volume("data:/a:b:ro").unwrap(), read);
        for bad in ["", "data", "data:", "data:var", ":/var", "A_b:/var", "/var:/var", "data:ro"] {
            assert!(volume(bad).is_err(), "{bad}");
        }
    }
}
