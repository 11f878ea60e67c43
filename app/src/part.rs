//! The browser loads the application in parts: one that every page needs, and
//! one for each of the groups of pages named here, which arrives with the first
//! page of its group. What a page costs does not grow with what others can do.
//!
//! `cargo xtask` splits the module where [`wasm_split`] marks it.

use leptos::prelude::*;
use wasm_split_helpers::SplitLoaderError;

pub use leptos_router::LazyRoute;
pub use wasm_split_helpers::wasm_split;

/// Declares the route of a page, and the part in which the browser finds it.
macro_rules! page_in_part {
    ($(#[$doc:meta])* $route:ident, $part:ident, $build:ident, $preload:ident, $page:path) => {
        $(#[$doc])*
        pub struct $route;

        impl $crate::part::LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            async fn view(_: Self) -> leptos::prelude::AnyView {
                let destination = $crate::part::Destination::new(stringify!($part));
                destination.arrive($build().await).await
            }

            async fn preload() {
                // A part that does not come is asked for again by `view`.
                let _ = $preload().await;
            }
        }

        #[$crate::part::wasm_split($part, fallible, preload($preload))]
        pub(crate) fn $build() -> Result<leptos::prelude::AnyView, wasm_split_helpers::SplitLoaderError> {
            Ok($crate::components::live::Erase::erase(leptos::prelude::view! { <$page /> }))
        }
    };
}
pub(crate) use page_in_part;

/// The page that the router is opening.
pub struct Destination {
    address: String,
}

impl Destination {
    /// The page at the router's address, which is in this part.
    #[must_use]
    pub fn new(part: &'static str) -> Self {
        #[cfg(feature = "ssr")]
        announce(part);
        #[cfg(not(feature = "ssr"))]
        let _ = part;
        let address = leptos_router::hooks::use_url()
            .with_untracked(|url| format!("{}{}", url.path(), url.search()));
        Self { address }
    }

    /// The page, once its part has come.
    ///
    /// Where a part does not come (the line is down, or a newer version runs on
    /// the server) the page is loaded whole: it works without its part.
    pub async fn arrive(self, page: Result<AnyView, SplitLoaderError>) -> AnyView {
        match page {
            Ok(page) => page,
            Err(_) => {
                crate::components::dom::load(&self.address);
                std::future::pending().await
            }
        }
    }
}

/// The name of the element in a page's head that says in which part it is.
const ANNOUNCED: &str = "part";

/// Has the browser ask for the modules of a part as soon as it reads the page.
#[cfg(feature = "ssr")]
fn announce(part: &'static str) {
    use leptos_meta::{Link, Meta};
    let assets = use_context::<crate::shell::Assets>().unwrap_or_default();
    // Rendering them puts them into the head of the page.
    let _ = view! { <Meta name=ANNOUNCED content=part /> }.to_html();
    for module in assets.parts.get(part).into_iter().flatten() {
        let _ = view! {
            <Link
                rel="preload"
                href=module.clone()
                as_="fetch"
                type_="application/wasm"
                crossorigin=""
            />
        }
        .to_html();
    }
}

/// Waits for the parts that the loaded page is in: its own, and that of the page
/// around it.
///
/// # Errors
/// Where one does not come. The page should be left as the server sent it then:
/// it works by itself.
#[cfg(not(feature = "ssr"))]
pub async fn arrived() -> Result<(), SplitLoaderError> {
    use leptos::wasm_bindgen::JsCast;
    let Ok(announced) = document().query_selector_all(&format!("meta[name={ANNOUNCED}]")) else {
        return Ok(());
    };
    for place in 0..announced.length() {
        let element = announced.item(place).and_then(|node| node.dyn_into().ok());
        let part = element.and_then(|element: web_sys::Element| element.get_attribute("content"));
        preloaded(part.as_deref()).await?;
    }
    Ok(())
}

#[cfg(not(feature = "ssr"))]
async fn preloaded(part: Option<&str>) -> Result<(), SplitLoaderError> {
    use crate::pages::{partner, settings, sign_in};
    match part {
        Some("partner") => partner::preload_partner_home().await,
        Some("partners") => settings::partners::preload_partners().await,
        Some("settings") => settings::installation::preload_installation().await,
        Some("sign_in") => sign_in::preload_sign_in().await,
        _ => Ok(()),
    }
}
