//! What every engine must do alike.

use crate::support::{Database, Engine, database, without_schema};
use partners_app::domain::{
    Direction, InvoiceOwner, NewUser, Organisation, OrganisationEdit, OrganisationForm,
    OrganisationId, OrganisationQuery, PartnerUserId, PersonName, Sort, Timestamp, UserForm,
    UserStatus,
};
use partners_server::store::audit::{self, Actor, Event};
use partners_server::store::{
    Store, StoreError, attempts, former_users, organisations, provisioning, sealed_notes, two_step,
    users,
};
use std::time::Duration;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_millis(1_794_492_187_042);

on_each_engine!(
    an_organisation_is_read_back_as_written,
    a_key_creates_once,
    only_name_and_logo_can_change,
    a_stale_edit_changes_nothing,
    pages_are_complete_and_without_overlap,
    pages_go_back_the_way_they_came,
    names_sort_without_case,
    a_search_finds_names_ids_and_emails,
    a_search_takes_every_character_as_it_is,
    lookalikes_are_found,
    an_email_belongs_to_one_user_even_in_a_race,
    a_due_user_is_leased_to_one_instance,
    a_change_during_a_lease_is_not_forgotten,
    a_failure_is_none_of_a_newer_change,
    whoever_may_not_sign_in_has_not,
    users_are_found_by_what_they_are_called_now,
    audit_events_stay,
    a_note_is_taken_once,
    attempts_are_counted_by_window,
    a_recovery_code_comes_back_among_its_own_alone,
    two_instances_may_start_at_once,
);

fn form(name: &str, zuora: &str, owner: &str) -> OrganisationForm {
    OrganisationForm {
        name: name.to_owned(),
        logo: "https://cdn.example/logo.png".to_owned(),
        zuora_account_id: zuora.to_owned(),
        salesforce_account_id: "001D000000IRFma".to_owned(),
        invoice_owner: owner.to_owned(),
    }
}

async fn create(store: &Store, form: &OrganisationForm, now: Timestamp) -> Organisation {
    let id = OrganisationId(Uuid::now_v7());
    let mut writer = store.write().await.unwrap();
    let new = form.parse(false).unwrap();
    organisations::insert(writer.connection(), id, Uuid::now_v7(), &new, "Ada", now).await.unwrap();
    writer.commit().await.unwrap();
    organisations::by_id(store.read().await.unwrap().connection(), id).await.unwrap().unwrap()
}

async fn names(store: &Store, query: &OrganisationQuery) -> Vec<String> {
    let page = organisations::page(store.read().await.unwrap().connection(), query).await.unwrap();
    page.rows.iter().map(|row| row.organisation.name.to_string()).collect()
}

async fn search(store: &Store, text: &str) -> Vec<String> {
    names(store, &OrganisationQuery { search: text.to_owned(), ..OrganisationQuery::default() })
        .await
}

fn user(email: &str) -> NewUser {
    UserForm { name: "Ann Reseller".to_owned(), email: email.to_owned(), role: String::new() }
        .parse()
        .unwrap()
}

async fn add_user(
    store: &Store,
    organisation: OrganisationId,
    email: &str,
) -> Result<PartnerUserId, StoreError> {
    let id = PartnerUserId(Uuid::now_v7());
    let mut writer = store.write().await?;
    users::insert(writer.connection(), id, Uuid::now_v7(), organisation, &user(email), None, NOW)
        .await?;
    writer.commit().await?;
    Ok(id)
}

async fn an_organisation_is_read_back_as_written(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let written = create(store, &form("Ümläut & Söhne 🎉", "A00001234", "end_customer"), NOW).await;
    assert_eq!(written.name.as_str(), "Ümläut & Söhne 🎉");
    assert_eq!(
        written.logo.as_ref().map(|logo| logo.as_str()),
        Some("https://cdn.example/logo.png")
    );
    assert_eq!(written.zuora_account.as_str(), "A00001234");
    assert_eq!(written.salesforce_account.as_ref().map(|id| id.as_str()), Some("001D000000IRFma"));
    assert_eq!(written.invoice_owner, InvoiceOwner::EndCustomer);
    assert_eq!((written.created_at, written.version, written.updated_by.as_str()), (NOW, 1, "Ada"));
}

async fn a_key_creates_once(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let key = Uuid::now_v7();
    let new = form("Acme", "A1", "partner").parse(false).unwrap();
    for (attempt, expected) in [(1, true), (2, false)] {
        let mut writer = store.write().await.unwrap();
        let id = OrganisationId(Uuid::now_v7());
        let result = organisations::insert(writer.connection(), id, key, &new, "Ada", NOW).await;
        assert_eq!(result.is_ok(), expected, "attempt {attempt}: {result:?}");
        if expected {
            writer.commit().await.unwrap();
        }
    }
    assert_eq!(search(store, "").await, ["Acme"]);
}

async fn only_name_and_logo_can_change(engine: Engine) {
    let database = database(engine).await;
    let organisation = create(&database.store, &form("Acme", "A1", "partner"), NOW).await;
    for column in
        ["zuora_account = 'B2'", "invoice_owner = 'end_customer'", "salesforce_account = NULL"]
    {
        let sql = sqlx::AssertSqlSafe(format!("UPDATE organisation SET {column}"));
        let error = match engine {
            Engine::Sqlite => {
                let pool = sqlx::SqlitePool::connect(&database.url).await.unwrap();
                sqlx::query(sql).execute(&pool).await.map(drop)
            }
            Engine::Postgres => {
                let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
                sqlx::query(sql).execute(&pool).await.map(drop)
            }
        };
        let error = error.expect_err(column).to_string();
        assert!(error.contains("only the name and the logo"), "{error}");
    }
    let mut reader = database.store.read().await.unwrap();
    let after = organisations::by_id(reader.connection(), organisation.id).await.unwrap();
    assert_eq!(after, Some(organisation));
}

async fn a_stale_edit_changes_nothing(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let organisation = create(store, &form("Acme", "A1", "partner"), NOW).await;
    let edit = |name| OrganisationEdit::parse(name, "").unwrap();
    let mut writer = store.write().await.unwrap();
    assert!(
        organisations::update(writer.connection(), &organisation, &edit("First"), "Ada", NOW)
            .await
            .unwrap()
    );
    assert!(
        !organisations::update(writer.connection(), &organisation, &edit("Second"), "Bob", NOW)
            .await
            .unwrap()
    );
    writer.commit().await.unwrap();
    assert_eq!(search(store, "first").await, ["First"]);
    assert_eq!(search(store, "acme").await, Vec::<String>::new());
}

async fn seventy(store: &Store) {
    for number in 0..70 {
        let owner = if number % 2 == 0 { "partner" } else { "end_customer" };
        // Three of a name each, so that names alone do not say where a page ends.
        let name = format!("Partner {:03}", number / 3);
        let at = NOW.plus(Duration::from_secs(number / 5));
        create(store, &form(&name, &format!("A{number}"), owner), at).await;
    }
}

async fn pages_are_complete_and_without_overlap(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    seventy(store).await;
    for sort in [Sort::Name, Sort::Created] {
        for direction in [Direction::Ascending, Direction::Descending] {
            for invoice_owner in [None, Some(InvoiceOwner::Partner)] {
                let mut query = OrganisationQuery {
                    sort,
                    direction,
                    invoice_owner,
                    ..OrganisationQuery::default()
                };
                let mut seen = Vec::new();
                loop {
                    let mut reader = store.read().await.unwrap();
                    let page = organisations::page(reader.connection(), &query).await.unwrap();
                    assert_eq!(page.total, Some(if invoice_owner.is_some() { 35 } else { 70 }));
                    seen.extend(page.rows.into_iter().map(|row| row.organisation));
                    match page.next {
                        Some(next) => query = query.page_after(next),
                        None => break,
                    }
                }
                let mut sorted = seen.clone();
                sorted.sort_by_key(|organisation| match sort {
                    Sort::Name => (organisation.name.key(), 0, organisation.id),
                    Sort::Created => {
                        (String::new(), organisation.created_at.millis(), organisation.id)
                    }
                });
                if direction == Direction::Descending {
                    sorted.reverse();
                }
                assert_eq!(seen, sorted, "{sort:?} {direction:?}");
                sorted.dedup_by_key(|organisation| organisation.id);
                assert_eq!(sorted.len(), if invoice_owner.is_some() { 35 } else { 70 });
            }
        }
    }
}

async fn pages_go_back_the_way_they_came(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    seventy(store).await;
    let first = OrganisationQuery::default();
    let page = async |query: &OrganisationQuery| {
        organisations::page(store.read().await.unwrap().connection(), query).await.unwrap()
    };
    let one = page(&first).await;
    assert!(one.previous.is_none());
    let two = page(&first.page_after(one.next.clone().unwrap())).await;
    let three = page(&first.page_after(two.next.clone().unwrap())).await;
    assert!(three.next.is_none() && three.rows.len() == 20);
    let two_again = page(&first.page_before(three.previous.unwrap())).await;
    assert_eq!(two_again.rows, two.rows);
    let one_again = page(&first.page_before(two_again.previous.unwrap())).await;
    assert_eq!(one_again.rows, one.rows);
    assert!(one_again.previous.is_none() && one_again.next.is_some());
}

async fn names_sort_without_case(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    for name in ["beta", "Alpha", "ALPHA two", "émile", "Zeta"] {
        create(store, &form(name, name.split(' ').next().unwrap(), "partner"), NOW).await;
    }
    assert_eq!(search(store, "").await, ["Alpha", "ALPHA two", "beta", "Zeta", "émile"]);
}

async fn a_search_finds_names_ids_and_emails(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let acme = create(store, &form("Acme Resellers", "A00001234", "partner"), NOW).await;
    let other = create(
        store,
        &OrganisationForm {
            salesforce_account_id: "001D000000IRFmb".to_owned(),
            ..form("Borealis", "Z77", "partner")
        },
        NOW,
    )
    .await;
    add_user(store, acme.id, "ann@acme.example").await.unwrap();
    add_user(store, acme.id, "bob@elsewhere.example").await.unwrap();
    let id = acme.id.to_string();
    for text in [
        "acme",
        "RESELL",
        "resellers",
        "a",
        "Ac",
        "00001234",
        &id,
        &id.to_uppercase(),
        &id[24..],
        "ann@ACME",
        "elsewhere",
        "IRFma",
    ] {
        assert_eq!(search(store, text).await, ["Acme Resellers"], "search for {text:?}");
    }
    assert_eq!(search(store, "resellers of nothing").await, Vec::<String>::new());
    // Found by what it is called now, and by what its users are called still.
    let mut writer = store.write().await.unwrap();
    let edit = OrganisationEdit::parse("Zenith", "").unwrap();
    assert!(organisations::update(writer.connection(), &acme, &edit, "Ada", NOW).await.unwrap());
    writer.commit().await.unwrap();
    assert_eq!(search(store, "zenith").await, ["Zenith"]);
    assert_eq!(search(store, "bob@elsewhere").await, ["Zenith"]);
    // No text that may stand in another one's ID.
    assert_eq!(search(store, "z77").await, [other.name.as_str()]);
}

async fn a_search_takes_every_character_as_it_is(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    create(store, &form("100% \"Quoted\" _under_ OR AND* 'it''s' (a) ^b", "A1", "partner"), NOW)
        .await;
    create(store, &form("1000 others", "A2", "partner"), NOW).await;
    for text in ["100%", "\"quoted\"", "_under_", "and*", "'it''s'", "(a) ^b", "OR AND"] {
        assert_eq!(search(store, text).await.len(), 1, "search for {text:?}");
    }
    for text in ["%%%", "___", "\"\"\"", "a\\b", "NEAR(x y)", "-x:"] {
        assert_eq!(search(store, text).await.len(), 0, "search for {text:?}");
    }
}

async fn lookalikes_are_found(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    create(store, &form("Acme", "A1", "partner"), NOW).await;
    create(store, &form("Other", "a2", "partner"), NOW).await;
    let look = async |name, zuora| {
        let new = form(name, zuora, "partner").parse(false).unwrap();
        organisations::lookalikes(store.read().await.unwrap().connection(), &new).await.unwrap()
    };
    let same_name = look("ACME", "B1").await;
    assert!(same_name.len() == 1 && same_name[0].same_name && !same_name[0].same_zuora_account);
    let both = look("acme", "A2").await;
    assert_eq!(both.len(), 2);
    assert!(look("New", "C1").await.is_empty());
}

async fn an_email_belongs_to_one_user_even_in_a_race(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let one = create(store, &form("One", "A1", "partner"), NOW).await;
    let two = create(store, &form("Two", "A2", "partner"), NOW).await;
    let attempts = (0..20).map(|number| {
        let organisation = if number % 2 == 0 { one.id } else { two.id };
        let email = if number % 3 == 0 { "ANN@Example.com" } else { "ann@example.com" };
        add_user(store, organisation, email)
    });
    let results = futures::future::join_all(attempts).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for refused in results.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, StoreError::AlreadyExists), "{refused:?}");
    }
}

async fn a_due_user_is_leased_to_one_instance(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let organisation = create(store, &form("One", "A1", "partner"), NOW).await;
    for number in 0..30 {
        add_user(store, organisation.id, &format!("u{number}@example.com")).await.unwrap();
    }
    let lease = async |at: Timestamp| {
        let mut writer = store.write().await.unwrap();
        let due = provisioning::lease(writer.connection(), at, Duration::from_secs(60), 10)
            .await
            .unwrap();
        writer.commit().await.unwrap();
        due.into_iter().map(|due| due.id).collect::<Vec<_>>()
    };
    let batches = futures::future::join_all((0..6).map(|_| lease(NOW))).await;
    let mut leased: Vec<_> = batches.into_iter().flatten().collect();
    let count = leased.len();
    leased.sort();
    leased.dedup();
    assert_eq!(leased.len(), count, "a user was leased twice");
    let rest = lease(NOW).await.len() + lease(NOW).await.len() + lease(NOW).await.len();
    assert_eq!(count + rest, 30);
    assert!(lease(NOW).await.is_empty());
    assert_eq!(lease(NOW.plus(Duration::from_secs(61))).await.len(), 10, "a lease ends");
}

async fn a_change_during_a_lease_is_not_forgotten(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let organisation = create(store, &form("One", "A1", "partner"), NOW).await;
    let id = add_user(store, organisation.id, "ann@example.com").await.unwrap();
    let lease = async |at| {
        let mut writer = store.write().await.unwrap();
        let due = provisioning::lease(writer.connection(), at, Duration::from_secs(60), 10)
            .await
            .unwrap();
        writer.commit().await.unwrap();
        due
    };
    let first = lease(NOW).await.remove(0);
    let mut writer = store.write().await.unwrap();
    users::set_enabled(writer.connection(), id, false, NOW).await.unwrap();
    provisioning::created(writer.connection(), &first, "subject-1", NOW).await.unwrap();
    provisioning::reconciled(writer.connection(), &first).await.unwrap();
    writer.commit().await.unwrap();
    let second = lease(NOW).await.remove(0);
    assert!(second.identity_enabled && !second.enabled && second.identity_subject.is_some());
    let mut writer = store.write().await.unwrap();
    provisioning::postponed(writer.connection(), &second, "no", None).await.unwrap();
    writer.commit().await.unwrap();
    let shown =
        users::by_id(store.read().await.unwrap().connection(), id, NOW).await.unwrap().unwrap();
    assert_eq!(shown.status, UserStatus::Failed { reason: "no".to_owned() });
    assert!(lease(NOW.plus(Duration::from_secs(3_600))).await.is_empty());
    let mut writer = store.write().await.unwrap();
    assert!(users::retry(writer.connection(), id, NOW).await.unwrap());
    assert!(!users::retry(writer.connection(), id, NOW).await.unwrap());
    writer.commit().await.unwrap();
    let third = lease(NOW).await.remove(0);
    let mut writer = store.write().await.unwrap();
    provisioning::switched(writer.connection(), &third).await.unwrap();
    provisioning::reconciled(writer.connection(), &third).await.unwrap();
    writer.commit().await.unwrap();
    let mut reader = store.read().await.unwrap();
    let shown = users::by_id(reader.connection(), id, NOW).await.unwrap().unwrap();
    assert_eq!(shown.status, UserStatus::Disabled);
    assert_eq!(provisioning::next_due(reader.connection()).await.unwrap(), None);
}

async fn a_failure_is_none_of_a_newer_change(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let organisation = create(store, &form("One", "A1", "partner"), NOW).await;
    let id = add_user(store, organisation.id, "ann@example.com").await.unwrap();
    let lease = async || {
        let mut writer = store.write().await.unwrap();
        let minute = Duration::from_secs(60);
        let due = provisioning::lease(writer.connection(), NOW, minute, 10).await.unwrap();
        writer.commit().await.unwrap();
        due
    };
    let first = lease().await.remove(0);
    let mut writer = store.write().await.unwrap();
    let how = users::NewPassword::Invitation;
    assert!(users::renew_password(writer.connection(), id, how, None, NOW).await.unwrap());
    provisioning::postponed(writer.connection(), &first, "no", None).await.unwrap();
    writer.commit().await.unwrap();
    let shown =
        users::by_id(store.read().await.unwrap().connection(), id, NOW).await.unwrap().unwrap();
    assert_eq!(shown.status, UserStatus::SettingUp { waiting_for: None });
    let second = lease().await.remove(0);
    assert_eq!((second.invitations_wanted, second.attempts), (2, 0), "it is tried at once");
    let mut writer = store.write().await.unwrap();
    let later = NOW.plus(Duration::from_secs(5));
    provisioning::postponed(writer.connection(), &second, "busy", Some(later)).await.unwrap();
    writer.commit().await.unwrap();
    let mut reader = store.read().await.unwrap();
    assert_eq!(provisioning::next_due(reader.connection()).await.unwrap(), Some(later));
}

async fn whoever_may_not_sign_in_has_not(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let organisation = create(store, &form("One", "A1", "partner"), NOW).await;
    let id = add_user(store, organisation.id, "ann@example.com").await.unwrap();
    let mut writer = store.write().await.unwrap();
    users::set_enabled(writer.connection(), id, false, NOW).await.unwrap();
    assert!(!users::signed_in(writer.connection(), id, NOW).await.unwrap(), "is disabled");
    users::set_enabled(writer.connection(), id, true, NOW).await.unwrap();
    assert!(users::signed_in(writer.connection(), id, NOW).await.unwrap());
    let how = users::NewPassword::Invitation;
    assert!(!users::renew_password(writer.connection(), id, how, None, NOW).await.unwrap());
    assert!(former_users::part_with(writer.connection(), id, NOW).await.unwrap());
    assert!(!former_users::part_with(writer.connection(), id, NOW).await.unwrap(), "is gone");
    assert!(!users::signed_in(writer.connection(), id, NOW).await.unwrap());
    writer.commit().await.unwrap();
}

async fn users_are_found_by_what_they_are_called_now(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let organisation = create(store, &form("One", "A1", "partner"), NOW).await;
    let mut ids = Vec::new();
    for email in ["ann@example.com", "bob@example.com", "cem@example.com"] {
        ids.push(add_user(store, organisation.id, email).await.unwrap());
    }
    let found = async |text: &str| {
        let mut reader = store.read().await.unwrap();
        let found = users::search(reader.connection(), text, 10).await.unwrap();
        found.into_iter().map(|user| user.id).collect::<Vec<_>>()
    };
    assert_eq!(found("reseller").await, ids);
    let mut writer = store.write().await.unwrap();
    let name = PersonName::parse("Bob Cooper").unwrap();
    users::rename(writer.connection(), ids[1], &name, NOW).await.unwrap();
    former_users::part_with(writer.connection(), ids[0], NOW).await.unwrap();
    writer.commit().await.unwrap();
    assert_eq!(found("cooper").await, [ids[1]]);
    assert_eq!(found("reseller").await, [ids[2]]);
    assert_eq!(found("example.com").await, ids[1..]);
    let again = add_user(store, organisation.id, "ann@example.com").await.unwrap();
    assert_eq!(found("ann@ex").await, [again]);
}

async fn audit_events_stay(engine: Engine) {
    let database = database(engine).await;
    let actor = Actor::partners();
    let event =
        Event { action: "test", organisation: None, subject: None, changes: serde_json::json!({}) };
    let mut writer = database.store.write().await.unwrap();
    audit::record(writer.connection(), NOW, &actor, &event).await.unwrap();
    writer.commit().await.unwrap();
    for sql in ["UPDATE audit_event SET actor_name = 'Nobody'", "DELETE FROM audit_event"] {
        let result = match engine {
            Engine::Sqlite => sqlx::query(sql)
                .execute(&sqlx::SqlitePool::connect(&database.url).await.unwrap())
                .await
                .map(drop),
            Engine::Postgres => sqlx::query(sql)
                .execute(&sqlx::PgPool::connect(&database.url).await.unwrap())
                .await
                .map(drop),
        };
        let error = result.expect_err(sql).to_string();
        assert!(error.contains("audit events cannot be"), "{error}");
    }
}

async fn a_note_is_taken_once(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let later = NOW.plus(Duration::from_secs(60));
    let mut writer = store.write().await.unwrap();
    sealed_notes::insert(writer.connection(), b"one", b"sealed", later).await.unwrap();
    writer.commit().await.unwrap();
    let take = async |at| {
        let mut writer = store.write().await.unwrap();
        let note = sealed_notes::take(writer.connection(), b"one", at).await.unwrap();
        writer.commit().await.unwrap();
        note
    };
    assert_eq!(take(later).await, None, "it is over");
    let taken = futures::future::join_all((0..5).map(|_| take(NOW))).await;
    assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), [b"sealed".to_vec()]);
}

async fn attempts_are_counted_by_window(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let count = async |at| {
        let mut writer = store.write().await.unwrap();
        let counted =
            attempts::count(writer.connection(), "key", at, Duration::from_secs(60)).await.unwrap();
        writer.commit().await.unwrap();
        counted.0
    };
    assert_eq!((count(NOW).await, count(NOW).await), (1, 2));
    assert_eq!(count(NOW.plus(Duration::from_secs(61))).await, 1);
}

async fn a_recovery_code_comes_back_among_its_own_alone(engine: Engine) {
    const ANN: &str = "ann’s account";
    let Database { store, .. } = &database(engine).await;
    let (first, second) = (vec![1; 32], vec![2; 32]);
    let replace = async |hashes: &[Vec<u8>]| {
        let mut writer = store.write().await.unwrap();
        two_step::replace_codes(writer.connection(), ANN, hashes).await.unwrap();
        writer.commit().await.unwrap();
    };
    let uses = async |hash: &[u8]| {
        let mut writer = store.write().await.unwrap();
        let used = two_step::use_code(writer.connection(), ANN, hash).await.unwrap();
        let left = two_step::codes_left(writer.connection(), ANN).await.unwrap();
        writer.commit().await.unwrap();
        (used, left)
    };
    let comes_back = async |hash: &[u8]| {
        let mut writer = store.write().await.unwrap();
        let is_back = two_step::give_back(writer.connection(), ANN, hash).await.unwrap();
        writer.commit().await.unwrap();
        is_back
    };
    replace(std::slice::from_ref(&first)).await;
    assert_eq!(uses(&first).await, (true, 0));
    assert_eq!(uses(&first).await, (false, 0), "it counts once");
    assert!(comes_back(&first).await, "also the last one");
    assert_eq!(uses(&first).await, (true, 0), "and then counts again");
    for others in [vec![second], Vec::new()] {
        replace(std::slice::from_ref(&first)).await;
        assert!(uses(&first).await.0);
        replace(&others).await;
        assert!(!comes_back(&first).await, "there are others by now, or none");
        assert!(!uses(&first).await.0);
    }
}

async fn two_instances_may_start_at_once(engine: Engine) {
    let (url, _folder) = without_schema(engine).await;
    // Side by side, as processes would be.
    let opening = (0..8).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { Store::open(&url).await })
    });
    for store in futures::future::join_all(opening).await {
        store.unwrap().expect("each instance starts").ping().await.unwrap();
    }
}
