//! Web addresses, read as the URL Standard says: in the browser by the browser
//! itself, which spares it the parser of the `url` crate.

/// An absolute address.
pub(super) struct WebAddress {
    /// In its normal form.
    pub normal: String,
    /// `https`, without the colon.
    pub scheme: String,
    /// Whether a user name or a password is in it.
    pub has_credentials: bool,
}

impl WebAddress {
    /// Reads an absolute address; `None` for anything else.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn read(text: &str) -> Option<Self> {
        let url = url::Url::parse(text).ok()?;
        Some(Self {
            scheme: url.scheme().to_owned(),
            has_credentials: !url.username().is_empty() || url.password().is_some(),
            normal: url.into(),
        })
    }

    /// Reads an absolute address; `None` for anything else.
    #[cfg(target_arch = "wasm32")]
    pub(super) fn read(text: &str) -> Option<Self> {
        let url = web_sys::Url::new(text).ok()?;
        Some(Self {
            scheme: url.protocol().trim_end_matches(':').to_owned(),
            has_credentials: !url.username().is_empty() || !url.password().is_empty(),
            normal: url.href(),
        })
    }
}

/// The host as it was typed, with what stands before it and its port.
pub(super) fn authority(text: &str) -> &str {
    let rest = text.split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::authority;

    #[test]
    fn the_authority_ends_where_the_path_begins() {
        for (text, expected) in [
            ("https://cdn.example/a.png", "cdn.example"),
            ("https://ann@cdn.example:8443?é", "ann@cdn.example:8443"),
            ("https://bücher.example", "bücher.example"),
            ("cdn.example", ""),
        ] {
            assert_eq!(authority(text), expected);
        }
    }
}
