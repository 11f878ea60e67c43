//! The parts of a thing that has several pages.

use super::live::Erase;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::hooks::use_location;

/// One of the pages.
#[derive(Clone, Debug)]
pub struct Tab {
    /// What it is called.
    pub text: &'static str,
    /// Its address.
    pub href: String,
}

/// The tab in which the page at `path` is: the one whose address is the longest
/// beginning of it.
#[must_use]
pub fn current(tabs: &[Tab], path: &str) -> Option<usize> {
    let holds = |tab: &Tab| {
        path.strip_prefix(&*tab.href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let (place, _) = tabs
        .iter()
        .enumerate()
        .filter(|(_, tab)| holds(tab))
        .max_by_key(|(_, tab)| tab.href.len())?;
    Some(place)
}

/// Links to the pages of one thing. What stands above them stays when one is
/// followed; so do the place on the page and the focus.
#[component]
pub fn Tabs(
    /// What they are the parts of, for screen readers.
    label: &'static str,
    /// The pages.
    tabs: Vec<Tab>,
) -> impl IntoView {
    let path = use_location().pathname;
    let links = tabs.clone();
    let shown = Memo::new(move |_| path.with(|path| current(&tabs, path)));
    let links = links
        .into_iter()
        .enumerate()
        .map(|(place, tab)| {
            let here = tab.href.clone();
            let current = move || {
                (shown.get() == Some(place))
                    .then(|| if path.with(|path| *path == here) { "page" } else { "true" })
            };
            view! {
                <li><a href=tab.href aria-current=current data-noscroll="">{tab.text}</a></li>
            }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    // The current one is in sight where the line is longer than the screen.
    let line = NodeRef::<html::Nav>::new();
    Effect::new(move |_| {
        shown.track();
        let Some(line) = line.get() else { return };
        let current = line.query_selector("[aria-current]").ok().flatten();
        let current = current.and_then(|current| current.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(current) = current {
            let end = current.offset_left() + current.offset_width();
            line.set_scroll_left((end - line.client_width()).max(0));
        }
    });
    view! { <nav class="tabs" aria-label=label node_ref=line><ul>{links}</ul></nav> }.erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_address_that_leads_to_a_page_is_its_tab() {
        let tabs = ["/p/1", "/p/1/customers", "/p/1/offers"]
            .map(|href| Tab { text: "", href: href.to_owned() });
        assert_eq!(current(&tabs, "/p/1"), Some(0));
        assert_eq!(current(&tabs, "/p/1/customers"), Some(1));
        assert_eq!(current(&tabs, "/p/1/customers/2"), Some(1));
        assert_eq!(current(&tabs, "/p/1/customersx"), Some(0));
        assert_eq!(current(&tabs, "/p/2"), None);
    }
}
