//! Why a registry was no help.

/// What kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It wants a login, or refuses the one that it got.
    Login,
    /// It has no such image.
    Missing,
    /// Anything else: the network, an odd answer, no time.
    Other,
}

/// Why a registry was no help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// What kind it is.
    pub(crate) kind: Kind,
    /// A clause; holds no credential.
    pub(crate) why: String,
}

impl Trouble {
    pub(super) fn login(why: impl Into<String>) -> Self {
        Self { kind: Kind::Login, why: why.into() }
    }
}

impl From<String> for Trouble {
    fn from(why: String) -> Self {
        Self { kind: Kind::Other, why }
    }
}

impl From<&str> for Trouble {
    fn from(why: &str) -> Self {
        why.to_owned().into()
    }
}
