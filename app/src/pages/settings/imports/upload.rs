//! Where a file is uploaded, and what it may look like.

use super::super::{PARTNERS, PROFILE, SETTINGS};
use crate::api::imports::ListImports;
use crate::ask::load;
use crate::components::field_box::{Control, FieldBox};
use crate::components::live::{Erase, shown};
use crate::components::{
    Crumb, ErrorSummary, Failure, FormNotice, FormState, Icon, Moment, PageFrame, RadioGroup,
    SubmitButton, Typed, count,
};
use crate::domain::import::{FILE, KIND};
use crate::domain::{FieldErrors, Import, ImportKind, ImportState};
use crate::paths;
use leptos::prelude::*;
use leptos_meta::Title;

const WAY: &[Crumb] = &[SETTINGS, PROFILE, PARTNERS];

const KINDS: &[(&str, &str)] = &{
    let [one, other] = ImportKind::ALL;
    [(one.as_str(), one.label()), (other.as_str(), other.label())]
};

fn check(typed: &Typed) -> FieldErrors {
    let mut errors = FieldErrors::new();
    errors.take(KIND, typed.get(KIND).parse::<ImportKind>());
    if typed.get(FILE).is_empty() {
        errors.push(FILE, "Choose a file.");
    }
    errors
}

/// The page.
#[component]
pub fn UploadPage() -> impl IntoView {
    let form = FormState::new("", paths::IMPORT, &[(KIND, "organisations"), (FILE, "")], check);
    let title = move || if form.is_refused() { "Error: Import" } else { "Import" };
    view! {
        <Title text=title />
        <PageFrame way=WAY here=|| "Import">
            <div class="narrow">
                <div class="page-head">
                    <div>
                        <h1>"Import"</h1>
                        <p class="lead">
                            "Partner organisations and partner users from a CSV file. You see what is in it before anything is created."
                        </p>
                    </div>
                </div>
                <form
                    class="form"
                    method="post"
                    enctype="multipart/form-data"
                    action=paths::IMPORT
                    novalidate=true
                    aria-label="Import"
                    on:submit=move |submit| form.post(&submit)
                >
                    <ErrorSummary form />
                    <RadioGroup form name=KIND label="What is in the file" choices=KINDS />
                    {file_field(form)}
                    <FormNotice form />
                    <div class="form-foot">
                        <SubmitButton
                            label="Upload and check"
                            busy_label="Uploading…"
                            busy=form.busy()
                        />
                    </div>
                </form>
                <section class="import-section">
                    <h2>"What a file looks like"</h2>
                    <p>
                        "The first line has the names of the columns, in any order; an exported file can be imported as it is. Columns with other names can be matched once the file is here."
                    </p>
                    {ImportKind::ALL.into_iter().map(columns_of).collect::<Vec<_>>()}
                </section>
                <Latest />
            </div>
        </PageFrame>
    }
    .erase()
}

fn file_field(form: FormState) -> AnyView {
    let control = move |Control { id, described_by, invalid }: Control| {
        view! {
            <input
                class="input file"
                type="file"
                id=id
                name=FILE
                required=true
                accept=".csv,.tsv,.txt,text/csv"
                aria-describedby=described_by
                aria-invalid=invalid
                on:change=move |event| {
                    form.change(FILE, event_target_value(&event));
                    form.leave(FILE);
                }
            />
        }
        .erase()
    };
    FieldBox {
        form,
        name: FILE.to_owned(),
        label: "File".to_owned(),
        help: "CSV in UTF-8, with commas, semicolons or tabs between cells; at most 10 MB and 50,000 rows.",
        optional: false,
    }
    .around(control)
}

fn columns_of(kind: ImportKind) -> AnyView {
    let rows = kind
        .fields()
        .iter()
        .map(|field| {
            view! {
                <div>
                    <dt><code>{field.name}</code></dt>
                    <dd>{field.label}". "{field.help}</dd>
                </div>
            }
            .erase()
        })
        .collect::<Vec<_>>();
    view! {
        <h3>{kind.label()}</h3>
        <dl class="import-columns">{rows}</dl>
        <p>
            // The router leaves it alone: it is a document, not a page.
            <a rel="external" href=paths::import_template(kind)>
                {format!("Download a file with these columns for {}", kind.label().to_lowercase())}
            </a>
        </p>
    }
    .erase()
}

/// The latest imports, where there are any.
#[component]
fn Latest() -> impl IntoView {
    let imports = load(|| ListImports {});
    let retry = Callback::new(move |()| imports.refetch());
    view! {
        <Suspense>
            {shown(move || imports.get().and_then(|answer| match answer {
                Ok(imports) if imports.is_empty() => None,
                Ok(imports) => Some(listed(imports)),
                Err(error) => Some(view! {
                    <Failure title="The latest imports could not be read" error retry nested=true />
                }.erase()),
            }))}
        </Suspense>
    }
    .erase()
}

fn listed(imports: Vec<Import>) -> AnyView {
    let items = imports
        .into_iter()
        .map(|import| {
            let rows = count::of(Some(import.rows), "row", "rows");
            let status = match import.state {
                ImportState::Checked => "invited",
                ImportState::Applying => "setting-up",
                ImportState::Done => "active",
            };
            view! {
                <li>
                    <p>
                        <Icon name="history" />
                        <a href=paths::import(import.id)><bdi>{import.file_name}</bdi></a>
                        <span class="status small" data-status=status>{import.state.label()}</span>
                    </p>
                    <p class="quiet small">
                        {format!("{}, {rows}, uploaded ", import.kind.label())}
                        <Moment at=import.created_at />
                        " by "
                        <bdi>{import.created_by}</bdi>
                    </p>
                </li>
            }
            .erase()
        })
        .collect::<Vec<_>>();
    view! {
        <section class="import-section">
            <h2>"Latest imports"</h2>
            <ul class="import-list">{items}</ul>
        </section>
    }
    .erase()
}
