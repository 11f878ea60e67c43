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
                let here = $crate::part::Destination::current(stringify!($part));
                here.arrive($build().await).await
            }

            async fn preload() {
                // A part that does not come is asked for again by `view`.
                let _ = $preload().await;
            }
        }

        #[$crate::part::wasm_split($part, fallible, preload($preload))]
        fn $build() -> Result<leptos::prelude::AnyView, wasm_split_helpers::SplitLoaderError> {
            Ok($crate::components::live::Erase::erase(leptos::prelude::view! { <$page /> }))
        }
    };
}
pub(crate) use page_in_part;

/// Where a page is being opened.
pub struct Destination {
    /// Whether it is the page that the server sent.
    loaded: bool,
    /// Its address.
    address: String,
}

impl Destination {
    /// The page that the router is opening now, from this part.
    #[must_use]
    pub fn current(part: &'static str) -> Self {
        #[cfg(feature = "ssr")]
        ask_for_modules(part);
        #[cfg(not(feature = "ssr"))]
        let _ = part;
        let address = leptos_router::hooks::use_url()
            .with_untracked(|url| format!("{}{}", url.path(), url.search()));
        Self { loaded: crate::page_load::is_page_load(), address }
    }

    /// The page, once its part has come.
    ///
    /// A part that does not come (the line is down, or a newer version runs on
    /// the server) leaves the page that the server sent as it is, which works
    /// by itself, and has any other page loaded whole.
    pub async fn arrive(self, page: Result<AnyView, SplitLoaderError>) -> AnyView {
        if let Ok(page) = page {
            return page;
        }
        if !self.loaded {
            crate::components::dom::load(&self.address);
        }
        std::future::pending().await
    }
}

/// Has the browser ask for the modules of a part as soon as it reads the page.
#[cfg(feature = "ssr")]
fn ask_for_modules(part: &str) {
    use leptos_meta::Link;
    let assets = use_context::<crate::shell::Assets>().unwrap_or_default();
    for module in assets.parts.get(part).into_iter().flatten() {
        // Rendering it puts it into the head of the page.
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
