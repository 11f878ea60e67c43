//! *Jump to*: any organisation, user or page of the settings, by a few letters;
//! and the list of keyboard shortcuts.

use crate::api::jump::FindJumps;
use crate::ask;
use crate::components::live::{Erase, any, shown};
use crate::components::shortcuts::Shortcuts;
use crate::components::typing::{Question, Questions};
use crate::components::{Dialog, dom};
use crate::domain::text::comparison_key;
use crate::domain::{Jump, JumpKind};
use crate::part::wasm_split;
use crate::paths;
use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use std::time::Duration;

/// How long typing rests before the server is asked.
const PAUSE: Duration = Duration::from_millis(150);

/// The list of what is found.
const LIST: &str = "jump-list";

/// What the list of shortcuts is called, also where it is jumped to.
const SHORTCUTS: &str = "Keyboard shortcuts";

/// The pages of the settings, in the sidebar's order.
const PAGES: [(&str, &str); 15] = [
    ("Partners", paths::PARTNERS),
    ("Create Partner", paths::CREATE_PARTNER),
    ("Import", paths::IMPORT),
    ("Partner pages", paths::PARTNER_PAGES),
    ("Offers", paths::OFFERS),
    ("Create Offer", paths::CREATE_OFFER),
    ("Orders", paths::ORDERS),
    ("Invitations", paths::INVITATIONS),
    ("API clients", paths::API_CLIENTS),
    ("Create API client", paths::CREATE_API_CLIENT),
    ("Webhooks", paths::WEBHOOKS),
    ("Create webhook", paths::CREATE_WEBHOOK),
    ("Activity", paths::ACTIVITY),
    ("Installation", paths::INSTALLATION),
    ("Two-step sign-in", paths::ADMIN_TWO_STEP),
];

/// Both dialogs, in the part that most pages of the settings are in.
#[wasm_split(settings, fallible)]
pub(crate) fn palette() -> Result<AnyView, wasm_split_helpers::SplitLoaderError> {
    Ok(view! { <Dialogs /> }.erase())
}

#[component]
fn Dialogs() -> impl IntoView {
    any(use_context::<Shortcuts>().map(|shortcuts| {
        view! {
            <JumpDialog shortcuts />
            <ShortcutsDialog shortcuts />
        }
    }))
}

/// The pages whose name has this text in it.
fn pages(text: &str) -> Vec<Jump> {
    let key = comparison_key(text.trim());
    PAGES
        .into_iter()
        .filter(|(name, _)| comparison_key(name).contains(&key))
        .map(|(name, href)| Jump {
            kind: JumpKind::Page,
            name: name.to_owned(),
            detail: String::new(),
            href: href.to_owned(),
        })
        .collect()
}

/// What is typed, what was found, and which of it is chosen.
#[derive(Clone, Copy)]
struct Search {
    text: RwSignal<String>,
    found: RwSignal<Vec<Jump>>,
    items: Memo<Vec<Jump>>,
    chosen: RwSignal<usize>,
    questions: Questions,
    failed: RwSignal<bool>,
    /// Whether the server's answer is still to come.
    asking: RwSignal<bool>,
}

impl Search {
    fn new() -> Self {
        let text = RwSignal::new(String::new());
        let found = RwSignal::new(Vec::<Jump>::new());
        let items = Memo::new(move |_| {
            let mut items = found.get();
            items.extend(text.with(|text| pages(text)));
            items
        });
        Self {
            text,
            found,
            items,
            chosen: RwSignal::new(0),
            questions: Questions::new(),
            failed: RwSignal::new(false),
            asking: RwSignal::new(false),
        }
    }

    fn type_in(self, text: String) {
        self.text.set(text);
        // What was found for other words is nothing to open.
        self.found.set(Vec::new());
        self.failed.set(false);
        self.chosen.set(0);
        self.questions.forget();
        let nothing = self.text.with_untracked(|text| text.trim().is_empty());
        self.asking.set(!nothing);
        if nothing {
            return;
        }
        self.questions.ask(PAUSE, move |question| self.ask(question));
    }

    fn ask(self, question: Question) {
        let text = self.text.get_untracked();
        spawn_local(async move {
            let answer = ask::ask(&FindJumps { text }).await;
            if !question.is_newest() {
                return;
            }
            self.asking.set(false);
            self.failed.set(answer.is_err());
            // What is chosen stays so, wherever it stands now.
            let chosen = self.chosen_href();
            self.found.set(answer.unwrap_or_default());
            let place = self.items.with_untracked(|items| {
                items.iter().position(|jump| Some(&jump.href) == chosen.as_ref())
            });
            self.chosen.set(place.unwrap_or_default());
        });
    }

    /// Where *Enter* leads.
    fn chosen_href(self) -> Option<String> {
        let chosen = self.chosen.get_untracked();
        self.items.with_untracked(|items| items.get(chosen).map(|jump| jump.href.clone()))
    }

    fn clear(self) {
        self.questions.forget();
        self.text.set(String::new());
        self.found.set(Vec::new());
        self.chosen.set(0);
        self.failed.set(false);
        self.asking.set(false);
    }

    /// Moves the choice, from the last to the first and back.
    fn step(self, forward: bool) {
        let count = self.items.with_untracked(Vec::len);
        if count > 0 {
            self.chosen.update(|chosen| {
                *chosen = (*chosen + if forward { 1 } else { count - 1 }) % count;
            });
        }
    }
}

#[component]
fn JumpDialog(shortcuts: Shortcuts) -> impl IntoView {
    let open = shortcuts.jumping;
    let search = Search::new();
    let input = NodeRef::<Input>::new();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if open.get() {
            search.clear();
            if let Some(input) = input.get_untracked() {
                input.set_value("");
            }
        }
    });
    // What is chosen is brought into sight once the list is drawn.
    Effect::new(move |_| {
        search.items.track();
        let chosen = search.chosen.get();
        request_animation_frame(move || reveal(chosen));
    });
    let go = Callback::new(move |href: String| {
        open.set(false);
        navigate(&href, Default::default());
    });
    let on_key = move |key: KeyboardEvent| match key.key().as_str() {
        "ArrowDown" => {
            key.prevent_default();
            search.step(true);
        }
        "ArrowUp" => {
            key.prevent_default();
            search.step(false);
        }
        "Enter" => {
            key.prevent_default();
            if let Some(href) = search.chosen_href() {
                go.run(href);
            }
        }
        _ => {}
    };
    let current = move || {
        let chosen = search.chosen.get();
        search.items.with(|items| (chosen < items.len()).then(|| option_id(chosen)))
    };
    let count = move || {
        search.items.with(|items| match items.len() {
            0 if search.asking.get() || search.failed.get() => String::new(),
            0 => "Nothing found".to_owned(),
            1 => "1 place".to_owned(),
            count => format!("{count} places"),
        })
    };
    view! {
        <Dialog id="jump" open title="Jump to">
            <div class="dialog-body jump">
                <input
                    class="input"
                    type="text"
                    role="combobox"
                    aria-label="Partner organisation, user or page"
                    aria-autocomplete="list"
                    aria-expanded="true"
                    aria-controls=LIST
                    aria-activedescendant=current
                    autocomplete="off"
                    spellcheck="false"
                    autofocus=true
                    node_ref=input
                    on:input=move |event| search.type_in(event_target_value(&event))
                    on:keydown=on_key
                />
                <ul id=LIST role="listbox" aria-label="Places">
                    {move || search.items.get().into_iter().enumerate().map(|(place, jump)| {
                        option(place, jump, search, go)
                    }).collect::<Vec<_>>()}
                </ul>
                {shown(move || search.failed.get().then(|| view! {
                    <p class="quiet" role="alert">"Organisations and users cannot be searched at the moment."</p>
                }))}
                <p class="hidden" role="status">{count}</p>
                <p class="small quiet jump-foot">
                    "↑ ↓ choose, Enter opens, Esc closes."
                    <button class="button plain" type="button" on:click=move |_| shortcuts.explain()>
                        {SHORTCUTS}
                    </button>
                </p>
            </div>
        </Dialog>
    }
    .erase()
}

/// Scrolls the list as far as the option at this place needs.
fn reveal(place: usize) {
    let (Some(list), Some(option)) = (dom::element(LIST), dom::element(&option_id(place))) else {
        return;
    };
    let (top, height) = (option.offset_top(), option.offset_height());
    let (from, room) = (list.scroll_top(), list.client_height());
    if top < from {
        list.set_scroll_top(top);
    } else if top + height > from + room {
        list.set_scroll_top(top + height - room);
    }
}

fn option_id(place: usize) -> String {
    format!("jump-{place}")
}

fn option(place: usize, jump: Jump, search: Search, go: Callback<String>) -> AnyView {
    let Jump { kind, name, detail, href } = jump;
    let is_chosen = move || search.chosen.get() == place;
    view! {
        <li
            id=option_id(place)
            role="option"
            aria-selected=move || if is_chosen() { "true" } else { "false" }
            on:click=move |_| go.run(href.clone())
        >
            <bdi class="truncate">{name}</bdi>
            <span class="small quiet truncate">
                {if detail.is_empty() { kind.label().to_owned() } else { format!("{} · {detail}", kind.label()) }}
            </span>
        </li>
    }
    .erase()
}

#[component]
fn ShortcutsDialog(shortcuts: Shortcuts) -> impl IntoView {
    const KEYS: [(&str, &str); 6] = [
        ("Ctrl K or ⌘ K", "Jump to a partner organisation, a user or a page"),
        ("Ctrl / or ⌘ /", "Show this list"),
        ("Tab, Shift Tab", "Go to the next or the previous control"),
        ("↑ ↓", "Choose in a list that is open"),
        ("Enter", "Open what is chosen, or send the form"),
        ("Esc", "Close the dialog or the menu that is open"),
    ];
    let rows = KEYS
        .into_iter()
        .map(|(keys, effect)| {
            view! { <div><dt><kbd>{keys}</kbd></dt><dd>{effect}</dd></div> }.erase()
        })
        .collect::<Vec<_>>();
    view! {
        <Dialog id="shortcuts" open=shortcuts.explaining title=SHORTCUTS>
            <div class="dialog-body"><dl class="shortcuts">{rows}</dl></div>
        </Dialog>
    }
    .erase()
}
