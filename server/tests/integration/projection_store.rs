//! What is written down of the billing system, on every engine alike.

use crate::support::{Database, Engine, database};
use partners_app::domain::billing::{
    AccountId, AccountNumber, Party, Pending, Subscription, SubscriptionNumber, SubscriptionStatus,
};
use partners_app::domain::listing::{COUNT_LIMIT, PAGE_SIZE};
use partners_app::domain::{
    Currency, CustomerId, CustomerQuery, InvoiceQuery, InvoiceStatus, Money, OrganisationForm,
    OrganisationId, SubscriptionFilter, SubscriptionQuery, SubscriptionState, Timestamp,
};
use partners_server::billing::Invoice;
use partners_server::store::customers::{self, Known};
use partners_server::store::subscriptions::{self, Seen, Told};
use partners_server::store::{Store, customer_list, invoices, organisations, readings};
use std::time::Duration;
use time::Date;
use time::macros::date;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_millis(1_794_492_187_042);
const TODAY: Date = date!(2026 - 11 - 24);
const MINUTE: Duration = Duration::from_secs(60);

on_each_engine!(
    a_subscription_is_read_back_as_written,
    how_subscriptions_stand_follows_from_the_day,
    a_search_finds_numbers_plans_and_customers,
    customers_are_listed_by_name,
    pages_hold_where_many_begin_on_one_day,
    what_was_not_seen_again_is_removed,
    a_list_that_lags_undoes_nothing,
    invoices_are_sorted_out_by_what_is_left_to_pay,
    one_organisations_rows_are_no_others,
    an_organisation_is_read_by_one_at_a_time,
    a_reading_is_due_when_somebody_wants_it,
);

async fn organisation(store: &Store, name: &str) -> OrganisationId {
    let id = OrganisationId(Uuid::now_v7());
    let form = OrganisationForm {
        name: name.to_owned(),
        zuora_account_id: "A1".to_owned(),
        invoice_owner: "partner".to_owned(),
        ..OrganisationForm::default()
    };
    let new = form.parse(false).unwrap();
    let mut writer = store.write().await.unwrap();
    organisations::insert(writer.connection(), id, Uuid::now_v7(), &new, "Ada", NOW).await.unwrap();
    readings::insert(writer.connection(), id, NOW).await.unwrap();
    writer.commit().await.unwrap();
    id
}

async fn customer(store: &Store, organisation: OrganisationId, name: &str) -> CustomerId {
    let known = Known {
        account_id: Some(AccountId(format!("id of {name}"))),
        name: name.to_owned(),
        is_named_so_now: false,
        email: Some(format!("Office@{}.example", name.replace(' ', "-"))),
        currency: None,
    };
    let number = AccountNumber(format!("A-{name}"));
    let mut writer = store.write().await.unwrap();
    let id =
        customers::ensure(writer.connection(), organisation, &number, known, NOW).await.unwrap();
    writer.commit().await.unwrap();
    id
}

fn subscription(number: &str) -> Subscription {
    let party = Party { id: "a".into(), number: Some("A-1".into()), name: None };
    Subscription {
        number: number.into(),
        status: SubscriptionStatus::Active,
        owner: party.clone(),
        invoice_owner: party,
        currency: Currency::parse("EUR").ok(),
        starts_on: Some(TODAY),
        ends_on: None,
        term_starts_on: Some(TODAY),
        term_ends_on: Some(date!(2027 - 11 - 24)),
        auto_renews: true,
        plans: Vec::new(),
        latest_order: None,
        organisation: None,
    }
}

fn told(customer: CustomerId, name: &str, subscription: Subscription) -> Told {
    Told {
        customer,
        customer_name: name.to_owned(),
        plan: "Team 100% Ä".to_owned(),
        quantity: Some(7.into()),
        subscription,
    }
}

const SEEN: Seen = Seen { at: NOW, firm_until: NOW };

async fn write(store: &Store, organisation: OrganisationId, told: &Told, seen: Seen) {
    let mut writer = store.write().await.unwrap();
    subscriptions::write(writer.connection(), organisation, told, seen, TODAY).await.unwrap();
    writer.commit().await.unwrap();
}

async fn numbers(
    store: &Store,
    organisation: OrganisationId,
    query: &SubscriptionQuery,
    today: Date,
) -> Vec<String> {
    let mut reader = store.read().await.unwrap();
    let page = subscriptions::page(reader.connection(), organisation, query, today).await.unwrap();
    assert_eq!(page.total, i64::try_from(page.rows.len()).ok());
    page.rows.into_iter().map(|row| row.number.0).collect()
}

async fn a_subscription_is_read_back_as_written(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let acme = organisation(store, "Acme").await;
    let zeta = customer(store, acme, "Zeta").await;
    let written = told(zeta, "Zeta", subscription("S-1"));
    write(store, acme, &written, SEEN).await;
    write(store, acme, &written, SEEN).await;
    let mut reader = store.read().await.unwrap();
    let number = SubscriptionNumber::from("S-1");
    let read = subscriptions::by_number(reader.connection(), acme, &number).await.unwrap();
    assert_eq!(read.as_ref(), Some(&written));
    let query = SubscriptionQuery::default();
    let page = subscriptions::page(reader.connection(), acme, &query, TODAY).await.unwrap();
    assert_eq!(page.rows, [written.row(TODAY)]);
    assert_eq!((page.previous, page.next, page.total), (None, None, Some(1)));
}

async fn how_subscriptions_stand_follows_from_the_day(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let acme = organisation(store, "Acme").await;
    let zeta = customer(store, acme, "Zeta").await;
    let later = Some(date!(2026 - 12 - 01));
    let cancelled = |number: &str, ends_on| Subscription {
        status: SubscriptionStatus::Cancelled,
        ends_on,
        ..subscription(number)
    };
    let all = [
        subscription("S-1 runs"),
        Subscription { starts_on: later, ..subscription("S-2 begins") },
        cancelled("S-3 goes", later),
        cancelled("S-4 gone", Some(TODAY)),
        Subscription { status: SubscriptionStatus::Expired, ..subscription("S-5 expired") },
        Subscription { status: SubscriptionStatus::Suspended, ..subscription("S-6 rests") },
        Subscription { starts_on: None, ..subscription("S-7 undated") },
    ];
    for subscription in all {
        write(store, acme, &told(zeta, "Zeta", subscription), SEEN).await;
    }
    let of = async |status, today| {
        let query = SubscriptionQuery { status: Some(status), ..SubscriptionQuery::default() };
        numbers(store, acme, &query, today).await
    };
    assert_eq!(of(SubscriptionFilter::Active, TODAY).await, ["S-1 runs", "S-7 undated"]);
    assert_eq!(of(SubscriptionFilter::ChangePending, TODAY).await, ["S-3 goes"]);
    assert_eq!(of(SubscriptionFilter::Ended, TODAY).await, ["S-5 expired", "S-4 gone"]);
    let then = date!(2026 - 12 - 01);
    assert_eq!(
        of(SubscriptionFilter::Active, then).await,
        ["S-2 begins", "S-1 runs", "S-7 undated"]
    );
    assert!(of(SubscriptionFilter::ChangePending, then).await.is_empty());
    assert_eq!(of(SubscriptionFilter::Ended, then).await, ["S-5 expired", "S-4 gone", "S-3 goes"]);

    let mut reader = store.read().await.unwrap();
    let query = SubscriptionQuery { search: "goes".to_owned(), ..SubscriptionQuery::default() };
    for (day, state, pending) in [
        (TODAY, SubscriptionState::Active, later.map(Pending::Cancellation)),
        (then, SubscriptionState::Ended, None),
    ] {
        let page = subscriptions::page(reader.connection(), acme, &query, day).await.unwrap();
        assert_eq!((page.rows[0].state, page.rows[0].pending), (state, pending));
        let row = customer_list::by_id(reader.connection(), acme, zeta, day).await.unwrap();
        assert_eq!(row.unwrap().active_subscriptions, 3, "{day}");
    }
}

async fn a_search_finds_numbers_plans_and_customers(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let acme = organisation(store, "Acme").await;
    let zeta = customer(store, acme, "Zeta").await;
    write(store, acme, &told(zeta, "Zeta", subscription("A-S1")), SEEN).await;
    for (text, found) in [
        ("a-s1", 1),
        ("100% ä", 1),
        ("ZET", 1),
        ("  zeta ", 1),
        ("1%0", 0),
        ("_eta", 0),
        ("\\", 0),
        ("' OR ''='", 0),
        ("\0", 1),
    ] {
        let query = SubscriptionQuery { search: text.to_owned(), ..SubscriptionQuery::default() };
        assert_eq!(numbers(store, acme, &query, TODAY).await.len(), found, "{text:?}");
    }
}

async fn customers_are_listed_by_name(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let acme = organisation(store, "Acme").await;
    for number in 0..60 {
        customer(store, acme, &format!("{} {number:02}", if number % 2 == 0 { "a" } else { "B" }))
            .await;
    }
    let mut reader = store.read().await.unwrap();
    let mut query = CustomerQuery::default();
    let mut pages = Vec::new();
    loop {
        let page = customer_list::page(reader.connection(), acme, &query, TODAY).await.unwrap();
        query = CustomerQuery { after: page.next.clone(), ..CustomerQuery::default() };
        pages.push(page);
        if query.after.is_none() {
            break;
        }
    }
    let names: Vec<_> =
        pages.iter().flat_map(|page| &page.rows).map(|row| row.customer.name.clone()).collect();
    assert_eq!(names.len(), 60);
    assert!(names.is_sorted_by_key(|name| name.to_lowercase()));
    assert_eq!(pages[0].total, Some(60));
    let query = CustomerQuery { before: pages[2].previous.clone(), ..CustomerQuery::default() };
    let back = customer_list::page(reader.connection(), acme, &query, TODAY).await.unwrap();
    assert_eq!(back.rows, pages[1].rows);
    for (text, found) in [("B 5", 5), ("office@a-00", 1), ("c", 60), ("zz", 0)] {
        let query = CustomerQuery { search: text.to_owned(), ..CustomerQuery::default() };
        let page = customer_list::page(reader.connection(), acme, &query, TODAY).await.unwrap();
        assert_eq!(page.total, Some(found), "{text}");
    }
    let odd = CustomerQuery { after: Some("nonsense".to_owned()), ..CustomerQuery::default() };
    let page = customer_list::page(reader.connection(), acme, &odd, TODAY).await.unwrap();
    assert_eq!(page, pages[0], "an odd place is the beginning");
}

async fn pages_hold_where_many_begin_on_one_day(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let acme = organisation(store, "Acme").await;
    let zeta = customer(store, acme, "Zeta").await;
    let count = usize::try_from(COUNT_LIMIT).unwrap() + 1;
    let mut writer = store.write().await.unwrap();
    for number in 0..count {
        let told = told(zeta, "Zeta", subscription(&format!("S-{number:05}")));
        subscriptions::write(writer.connection(), acme, &told, SEEN, TODAY).await.unwrap();
    }
    writer.commit().await.unwrap();
    let mut reader = store.read().await.unwrap();
    let mut seen = 0;
    let mut query = SubscriptionQuery::default();
    loop {
        let page = subscriptions::page(reader.connection(), acme, &query, TODAY).await.unwrap();
        assert_eq!(page.total, None, "too many to count");
        assert_eq!(page.rows[0].number.0, format!("S-{:05}", count - 1 - seen));
        seen += page.rows.len();
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!(seen, count);
    assert!(count % PAGE_SIZE != 0, "the last page is not full");
}

async fn what_was_not_seen_again_is_removed(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let acme = organisation(store, "Acme").await;
    let zeta = customer(store, acme, "Zeta").await;
    let begun = NOW.plus(MINUTE);
    for (number, at) in [("S-1", NOW), ("S-2", begun)] {
        let seen = Seen { at, firm_until: at };
        write(store, acme, &told(zeta, "Zeta", subscription(number)), seen).await;
    }
    let fresh = Seen { at: NOW, firm_until: begun.plus(MINUTE) };
    write(store, acme, &told(zeta, "Zeta", subscription("S-3")), fresh).await;
    let mut writer = store.write().await.unwrap();
    subscriptions::remove_unseen(writer.connection(), acme, begun).await.unwrap();
    writer.commit().await.unwrap();
    let left = numbers(store, acme, &SubscriptionQuery::default(), TODAY).await;
    assert_eq!(left, ["S-3", "S-2"], "what was just ordered stays");
}

async fn a_list_that_lags_undoes_nothing(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let acme = organisation(store, "Acme").await;
    let zeta = customer(store, acme, "Zeta").await;
    let before = told(zeta, "Zeta", subscription("S-1"));
    let after = Told { quantity: Some(9.into()), ..before.clone() };
    let quantity = async || {
        let mut reader = store.read().await.unwrap();
        let number = "S-1".into();
        let read = subscriptions::by_number(reader.connection(), acme, &number).await.unwrap();
        read.unwrap().quantity
    };
    let firm = |at: Timestamp| Seen { at, firm_until: at.plus(MINUTE * 2) };
    let listed = |at: Timestamp| Seen { at, firm_until: at };
    write(store, acme, &before, listed(NOW)).await;
    write(store, acme, &after, firm(NOW.plus(MINUTE))).await;
    write(store, acme, &before, listed(NOW.plus(MINUTE * 2))).await;
    assert_eq!(quantity().await, Some(9.into()));
    let newer = Told { quantity: Some(11.into()), ..before.clone() };
    write(store, acme, &newer, firm(NOW.plus(MINUTE * 2))).await;
    assert_eq!(quantity().await, Some(11.into()), "another reading of it alone does");
    write(store, acme, &before, listed(NOW.plus(MINUTE * 4))).await;
    assert_eq!(quantity().await, Some(7.into()), "and so does the list later");
}

fn invoice(number: &str, day: u8, balance: i64) -> Invoice {
    let money = |amount: i64| Money::new(amount.into(), Currency::parse("EUR").unwrap());
    let date = date!(2026 - 11 - 01).replace_day(day).unwrap();
    Invoice {
        id: format!("id-{number}").as_str().into(),
        number: number.to_owned(),
        account: "a".into(),
        date,
        due: Some(date + time::Duration::days(10)),
        amount: money(100),
        balance: money(balance),
    }
}

async fn invoices_are_sorted_out_by_what_is_left_to_pay(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let acme = organisation(store, "Acme").await;
    let zeta = customer(store, acme, "Zeta").await;
    let mut writer = store.write().await.unwrap();
    for (number, day, balance, customer) in [
        ("I-1", 1, 0, None),
        ("I-2", 2, 100, Some(zeta)),
        ("I-3", 14, 1, None),
        ("I-4", 20, 100, None),
    ] {
        let invoice = invoice(number, day, balance);
        invoices::write(writer.connection(), acme, customer, &invoice, NOW).await.unwrap();
    }
    writer.commit().await.unwrap();
    let mut reader = store.read().await.unwrap();
    for (status, expected) in [
        (None, vec!["I-4", "I-3", "I-2", "I-1"]),
        (Some(InvoiceStatus::Paid), vec!["I-1"]),
        (Some(InvoiceStatus::Unpaid), vec!["I-4", "I-3", "I-2"]),
        (Some(InvoiceStatus::Overdue), vec!["I-2"]),
    ] {
        let query = InvoiceQuery { status, ..InvoiceQuery::default() };
        let page = invoices::page(reader.connection(), acme, &query, TODAY).await.unwrap();
        let numbers: Vec<_> = page.rows.iter().map(|row| row.number.as_str()).collect();
        assert_eq!(numbers, expected, "{status:?}");
        assert_eq!(page.total, i64::try_from(expected.len()).ok());
    }
    let query = InvoiceQuery::default();
    let page = invoices::page(reader.connection(), acme, &query, TODAY).await.unwrap();
    let [unpaid, due_today, overdue, paid] = page.rows.as_slice() else { panic!("{page:?}") };
    assert_eq!((unpaid.status, unpaid.addressee.as_str()), (InvoiceStatus::Unpaid, "Acme"));
    assert_eq!(due_today.status, InvoiceStatus::Unpaid, "not late on the day itself");
    assert_eq!((overdue.status, overdue.addressee.as_str()), (InvoiceStatus::Overdue, "Zeta"));
    assert_eq!(overdue.customer, Some(zeta));
    assert_eq!((paid.status, paid.balance.to_string()), (InvoiceStatus::Paid, "0.00 EUR".into()));
    let number = invoices::number_of(reader.connection(), acme, &"id-I-2".into()).await.unwrap();
    assert_eq!(number.as_deref(), Some("I-2"));
    drop(reader);

    let mut writer = store.write().await.unwrap();
    let later = NOW.plus(MINUTE);
    let seen = invoice("I-2", 2, 0);
    invoices::write(writer.connection(), acme, Some(zeta), &seen, later).await.unwrap();
    invoices::remove_unseen(writer.connection(), acme, later).await.unwrap();
    writer.commit().await.unwrap();
    let mut reader = store.read().await.unwrap();
    let page = invoices::page(reader.connection(), acme, &query, TODAY).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.rows[0].status, InvoiceStatus::Paid);
}

async fn one_organisations_rows_are_no_others(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let (acme, other) = (organisation(store, "Acme").await, organisation(store, "Other").await);
    let zeta = customer(store, acme, "Zeta").await;
    write(store, acme, &told(zeta, "Zeta", subscription("S-1")), SEEN).await;
    let mut writer = store.write().await.unwrap();
    let written = invoice("I-1", 1, 0);
    invoices::write(writer.connection(), acme, None, &written, NOW).await.unwrap();
    let later = NOW.plus(MINUTE);
    subscriptions::remove_unseen(writer.connection(), other, later).await.unwrap();
    invoices::remove_unseen(writer.connection(), other, later).await.unwrap();
    writer.commit().await.unwrap();

    let mut reader = store.read().await.unwrap();
    for (organisation, count) in [(acme, 1), (other, 0)] {
        let query = SubscriptionQuery { customer: Some(zeta), ..SubscriptionQuery::default() };
        let page = subscriptions::page(reader.connection(), organisation, &query, TODAY).await;
        assert_eq!(page.unwrap().rows.len(), count);
        let query = InvoiceQuery::default();
        let page = invoices::page(reader.connection(), organisation, &query, TODAY).await;
        assert_eq!(page.unwrap().rows.len(), count);
        let query = CustomerQuery::default();
        let page = customer_list::page(reader.connection(), organisation, &query, TODAY).await;
        assert_eq!(page.unwrap().rows.len(), count);
        let found = customer_list::by_id(reader.connection(), organisation, zeta, TODAY).await;
        assert_eq!(found.unwrap().is_some(), count == 1);
        let number = "S-1".into();
        let found = subscriptions::by_number(reader.connection(), organisation, &number).await;
        assert_eq!(found.unwrap().is_some(), count == 1);
        let id = "id-I-1".into();
        let found = invoices::number_of(reader.connection(), organisation, &id).await;
        assert_eq!(found.unwrap().is_some(), count == 1);
    }
}

async fn an_organisation_is_read_by_one_at_a_time(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let acme = organisation(store, "Acme").await;
    let lease = async |now| {
        let mut writer = store.write().await.unwrap();
        let due = readings::lease(writer.connection(), now, MINUTE).await.unwrap();
        writer.commit().await.unwrap();
        due
    };
    let mut first = lease(NOW).await.unwrap();
    assert_eq!(first.organisation, acme);
    assert!(lease(NOW).await.is_none());
    let mut writer = store.write().await.unwrap();
    let until = NOW.plus(MINUTE * 2);
    assert!(readings::hold(writer.connection(), &mut first, until).await.unwrap());
    writer.commit().await.unwrap();
    assert!(lease(NOW.plus(MINUTE)).await.is_none(), "it is held longer");

    let second = lease(until).await;
    assert!(second.is_some(), "the first has vanished");
    let mut writer = store.write().await.unwrap();
    let longer = until.plus(MINUTE);
    assert!(!readings::hold(writer.connection(), &mut first, longer).await.unwrap());
}

async fn a_reading_is_due_when_somebody_wants_it(engine: Engine) {
    let Database { store, .. } = &database(engine).await;
    let acme = organisation(store, "Acme").await;
    let next = async || readings::next_due(store.read().await.unwrap().connection()).await.unwrap();
    let state = async || {
        let mut reader = store.read().await.unwrap();
        readings::of(reader.connection(), acme).await.unwrap().unwrap()
    };
    assert_eq!(next().await, Some(NOW));
    assert_eq!((state().await.read_at, state().await.is_away), (None, false));
    let mut writer = store.write().await.unwrap();
    readings::lease(writer.connection(), NOW, MINUTE).await.unwrap();
    readings::done(writer.connection(), acme, NOW).await.unwrap();
    writer.commit().await.unwrap();
    assert_eq!(state().await.read_at, Some(NOW));
    assert_eq!(next().await, Some(NOW.plus(readings::INTERVAL)));

    // Somebody looks: soon, where it is old.
    let look = async |now| {
        let mut writer = store.write().await.unwrap();
        readings::wanted_if_old(writer.connection(), acme, now).await.unwrap();
        writer.commit().await.unwrap();
        next().await
    };
    assert_eq!(look(NOW.plus(MINUTE / 2)).await, Some(NOW.plus(readings::INTERVAL)));
    assert_eq!(look(NOW.plus(MINUTE)).await, Some(NOW.plus(MINUTE)));

    // An order comes while it is read: then it is read again.
    let begun = NOW.plus(MINUTE * 2);
    let mut writer = store.write().await.unwrap();
    readings::lease(writer.connection(), begun, MINUTE).await.unwrap();
    readings::wanted(writer.connection(), acme, begun.plus(MINUTE / 4)).await.unwrap();
    readings::done(writer.connection(), acme, begun).await.unwrap();
    writer.commit().await.unwrap();
    assert_eq!(next().await, Some(begun.plus(MINUTE / 4)));

    // It is away: what was known stays, and nobody's look hurries it.
    let mut writer = store.write().await.unwrap();
    let until = begun.plus(MINUTE * 5);
    readings::postponed(writer.connection(), acme, until).await.unwrap();
    readings::wanted_if_old(writer.connection(), acme, begun.plus(MINUTE * 2)).await.unwrap();
    writer.commit().await.unwrap();
    assert_eq!(next().await, Some(until));
    assert_eq!((state().await.read_at, state().await.is_away), (Some(begun), true));
}
