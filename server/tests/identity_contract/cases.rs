//! The cases every provider keeps.

use crate::change::some_change;
use crate::harness::{Departure, Harness};
use partners_app::domain::{Email, OrganisationId, PasswordRule, PersonName};
use partners_server::identity::{
    Account, Challenge, ExistingAdmin, FormerAccount, IdentityError, InvitationDelivery,
    NewAccount, Principal, Recovered, Role, SignIn, SignInRefusal, Subject,
};
use secrecy::SecretString;
use std::net::{IpAddr, Ipv4Addr};

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
/// Keeps the rules of every provider.
pub const GOOD: &str = "Correct-Horse-42-Battery";
pub const BETTER: &str = "Wrong-Donkey-17-Accumulator";
const KEEPS: ExistingAdmin = ExistingAdmin::Keeps;
const GETS: ExistingAdmin = ExistingAdmin::GetsPassword;

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

fn name(text: &str) -> PersonName {
    PersonName::parse(text).expect("a name")
}

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

async fn account(h: &dyn Harness, address: &str, role: Role) -> NewAccount {
    let email = email(address);
    let handed_over = h.hand_over(&email).await;
    NewAccount { email, name: name("Ann Example"), role, handed_over }
}

async fn provision(h: &dyn Harness, account: &NewAccount) -> Subject {
    h.provider().provision(account).await.expect("an account").subject
}

pub async fn sign_in(
    h: &dyn Harness,
    email: &Email,
    password: &SecretString,
) -> Result<SignIn, SignInRefusal> {
    h.provider().sign_in(email, password, ADDRESS).await
}

/// Who signed in, where no further step was asked for.
fn completed(answer: Result<SignIn, SignInRefusal>) -> Principal {
    match answer {
        Ok(SignIn::Complete { principal, .. }) => principal,
        Ok(_) => panic!("a further step is asked for"),
        Err(error) => panic!("refused: {error}"),
    }
}

async fn complete(h: &dyn Harness, email: &Email, password: &SecretString) -> Principal {
    completed(sign_in(h, email, password).await)
}

async fn challenge(h: &dyn Harness, email: &Email, password: &SecretString) -> Challenge {
    match sign_in(h, email, password).await {
        Ok(SignIn::NewPasswordRequired(challenge)) => challenge,
        Ok(_) => panic!("the temporary password opened the account"),
        Err(error) => panic!("refused: {error}"),
    }
}

async fn set_first(
    h: &dyn Harness,
    challenge: &Challenge,
    password: &str,
) -> Result<(), SignInRefusal> {
    h.provider().set_first_password(challenge, &secret(password), &some_change()).await.map(|_| ())
}

async fn assert_wrong(h: &dyn Harness, email: &Email, password: &str) {
    let refusal = sign_in(h, email, &secret(password)).await.err();
    assert!(matches!(refusal, Some(SignInRefusal::WrongCredentials)), "{refusal:?}");
}

/// A partner user who has a temporary password.
pub async fn invited(h: &dyn Harness, address: &str) -> (Email, SecretString) {
    let account = account(h, address, Role::Partner(h.organisation().await)).await;
    let subject = provision(h, &account).await;
    let temporary = h.temporary_password(&account.email, &subject).await;
    (account.email, temporary)
}

/// A partner user who has set the password `GOOD`.
pub async fn settled(h: &dyn Harness, address: &str) -> (NewAccount, Subject) {
    let account = account(h, address, Role::Partner(h.organisation().await)).await;
    let subject = provision(h, &account).await;
    let temporary = h.temporary_password(&account.email, &subject).await;
    let challenge = challenge(h, &account.email, &temporary).await;
    set_first(h, &challenge, GOOD).await.expect("signed in");
    (account, subject)
}

pub async fn it_answers_and_says_what_it_is(h: &dyn Harness) {
    let state = h.provider().state().await;
    assert_eq!(state.problem, None);
    assert!(!state.name.is_empty() && !state.detail.is_empty());
    let policy = h.provider().password_policy().await.expect("rules");
    let length = policy.0.iter().any(|rule| matches!(rule, PasswordRule::MinimumLength(8..)));
    assert!(length, "{policy:?}");
    for password in [GOOD, BETTER] {
        policy.check(password, "ann@acme.example").expect("a password that keeps them");
    }
}

pub async fn provisioning_twice_makes_one_account(h: &dyn Harness) {
    let account = account(h, "ann@acme.example", Role::Partner(h.organisation().await)).await;
    let subject = provision(h, &account).await;
    assert_eq!(provision(h, &account).await, subject);
    let found = h.provider().find(&account.email).await.expect("an answer");
    let expected = Account { subject, enabled: true, must_change_password: true };
    assert_eq!(found, Some(expected));
}

pub async fn provisioning_makes_a_disabled_account_usable(h: &dyn Harness) {
    let account = account(h, "ann@acme.example", Role::Partner(h.organisation().await)).await;
    let subject = provision(h, &account).await;
    h.provider().set_enabled(&subject, false).await.expect("disabled");
    assert_eq!(provision(h, &account).await, subject);
    let found = h.provider().find(&account.email).await.expect("an answer").expect("found");
    assert!(found.enabled);
}

pub async fn an_address_is_never_taken_over(h: &dyn Harness) {
    let (ann, bob) = ("ann@acme.example", "bob@acme.example");
    let ours = account(h, ann, Role::Partner(h.organisation().await)).await;
    let subject = provision(h, &ours).await;
    let admin = h
        .provider()
        .create_admin(&email(bob), &name("Bob"), &secret(GOOD), GETS, &some_change())
        .await;
    let admin = admin.expect("an admin").subject;
    assert_ne!(admin, subject);

    for (address, role) in [
        (ann, Role::Partner(h.organisation().await)),
        (ann, Role::Admin),
        (bob, Role::Partner(h.organisation().await)),
    ] {
        let theirs = account(h, address, role).await;
        let answer = h.provider().provision(&theirs).await;
        assert_eq!(answer, Err(IdentityError::EmailTaken), "{address} as {role:?}");
    }
    let found = h.provider().find(&ours.email).await.expect("an answer");
    assert_eq!(found.map(|account| account.subject), Some(subject));
    let principal = complete(h, &email(bob), &secret(GOOD)).await;
    assert_eq!((principal.subject, principal.role), (admin, Role::Admin));
}

pub async fn nobody_is_found_where_nobody_is(h: &dyn Harness) {
    assert_eq!(h.provider().find(&email("nobody@acme.example")).await, Ok(None));
}

pub async fn the_first_sign_in_sets_a_password(h: &dyn Harness) {
    let organisation: OrganisationId = h.organisation().await;
    let account = account(h, "ann@acme.example", Role::Partner(organisation)).await;
    let subject = provision(h, &account).await;
    let temporary = h.temporary_password(&account.email, &subject).await;
    let waiting = challenge(h, &account.email, &temporary).await;

    let weak = set_first(h, &waiting, "secret").await;
    match weak {
        Err(SignInRefusal::PasswordRefused(sentence)) => assert!(!sentence.contains("secret")),
        other => panic!("{other:?}"),
    }
    let principal = h.provider().set_first_password(&waiting, &secret(GOOD), &some_change()).await;
    let expected = Principal {
        subject: subject.clone(),
        email: account.email.clone(),
        name: "Ann Example".to_owned(),
        role: Role::Partner(organisation),
    };
    assert_eq!(completed(principal), expected);

    assert_eq!(complete(h, &email("ANN@Acme.example"), &secret(GOOD)).await, expected);
    let refusal = sign_in(h, &account.email, &temporary).await.err();
    assert!(matches!(refusal, Some(SignInRefusal::WrongCredentials)), "{refusal:?}");
    let found = h.provider().find(&account.email).await.expect("an answer");
    let settled = Account { subject, enabled: true, must_change_password: false };
    assert_eq!(found, Some(settled));
}

pub async fn a_challenge_works_once(h: &dyn Harness) {
    let account = account(h, "ann@acme.example", Role::Partner(h.organisation().await)).await;
    let subject = provision(h, &account).await;
    let temporary = h.temporary_password(&account.email, &subject).await;
    let waiting = challenge(h, &account.email, &temporary).await;
    set_first(h, &waiting, GOOD).await.expect("signed in");
    let again = set_first(h, &waiting, BETTER).await;
    assert!(matches!(again, Err(SignInRefusal::ChallengeExpired)), "{again:?}");
    assert_wrong(h, &account.email, BETTER).await;
    complete(h, &account.email, &secret(GOOD)).await;
}

pub async fn an_invented_challenge_is_refused(h: &dyn Harness) {
    let (_, _) = settled(h, "ann@acme.example").await;
    let session = "0123456789abcdef0123456789abcdef";
    for invented in [
        "".to_owned(),
        "invented".to_owned(),
        format!(
            r#"{{"session":"{session}","username":"ann@acme.example","email":"ann@acme.example"}}"#
        ),
    ] {
        let answer = set_first(h, &Challenge(invented.into()), BETTER).await;
        assert!(matches!(answer, Err(SignInRefusal::ChallengeExpired)), "{answer:?}");
    }
    assert_wrong(h, &email("ann@acme.example"), BETTER).await;
}

pub async fn a_wrong_password_and_an_unknown_person_look_the_same(h: &dyn Harness) {
    let (account, _) = settled(h, "ann@acme.example").await;
    assert_wrong(h, &account.email, BETTER).await;
    assert_wrong(h, &email("nobody@acme.example"), BETTER).await;
    complete(h, &account.email, &secret(GOOD)).await;
}

pub async fn absurd_passwords_are_wrong_passwords(h: &dyn Harness) {
    let (account, _) = settled(h, "ann@acme.example").await;
    for password in ["", " ", &"long".repeat(1_000)] {
        assert_wrong(h, &account.email, password).await;
    }
}

pub async fn a_disabled_account_is_refused_until_enabled(h: &dyn Harness) {
    let (account, subject) = settled(h, "ann@acme.example").await;
    for _ in 0..2 {
        h.provider().set_enabled(&subject, false).await.expect("disabled");
        let found = h.provider().find(&account.email).await.expect("an answer").expect("found");
        assert!(!found.enabled);
        assert_wrong(h, &account.email, GOOD).await;
    }
    for _ in 0..2 {
        h.provider().set_enabled(&subject, true).await.expect("enabled");
        assert_eq!(complete(h, &account.email, &secret(GOOD)).await.subject, subject);
    }
}

pub async fn accounts_that_do_not_exist_are_named_so(h: &dyn Harness) {
    let nobody = Subject("01890000-0000-7000-8000-000000000000".to_owned());
    for enabled in [true, false] {
        let answer = h.provider().set_enabled(&nobody, enabled).await;
        assert_eq!(answer, Err(IdentityError::NoSuchAccount));
    }
    let handed_over = h.hand_over(&email("nobody@acme.example")).await;
    let answer = h.provider().invite_again(&nobody, handed_over.as_deref()).await;
    assert_eq!(answer, Err(IdentityError::NoSuchAccount));
}

pub async fn a_code_resets_the_password_once(h: &dyn Harness) {
    let (account, subject) = settled(h, "ann@acme.example").await;
    if !mails(h, &account.email).await {
        return;
    }
    h.provider().request_reset(&account.email).await.expect("a code");
    let code = h.reset_code(&account.email).await;
    for wrong in [h.wrong_code(), "", " "] {
        let answer = h
            .provider()
            .reset_password(&account.email, wrong, &secret(BETTER), &some_change())
            .await;
        assert!(matches!(answer, Err(SignInRefusal::WrongCode)), "{answer:?}");
    }
    assert_wrong(h, &account.email, BETTER).await;

    let typed = format!(" {code} ");
    h.provider()
        .reset_password(&account.email, &typed, &secret(BETTER), &some_change())
        .await
        .expect("reset");
    assert_eq!(complete(h, &account.email, &secret(BETTER)).await.subject, subject);
    assert_wrong(h, &account.email, GOOD).await;
    let again =
        h.provider().reset_password(&account.email, &code, &secret(GOOD), &some_change()).await;
    assert!(matches!(again, Err(SignInRefusal::WrongCode)), "{again:?}");
}

pub async fn a_reset_says_nothing_about_who_exists(h: &dyn Harness) {
    let (account, subject) = settled(h, "ann@acme.example").await;
    if !mails(h, &account.email).await {
        return;
    }
    h.provider().set_enabled(&subject, false).await.expect("disabled");
    for address in [account.email, email("nobody@acme.example")] {
        h.provider().request_reset(&address).await.expect("nothing is told");
    }
}

pub async fn a_code_for_nobody_is_a_wrong_code(h: &dyn Harness) {
    if h.departs_in(Departure::CodeForNobody) {
        return;
    }
    let answer = h
        .provider()
        .reset_password(
            &email("nobody@acme.example"),
            h.wrong_code(),
            &secret(BETTER),
            &some_change(),
        )
        .await;
    assert!(matches!(answer, Err(SignInRefusal::WrongCode)), "{answer:?}");
}

pub async fn an_admin_is_made_and_made_again(h: &dyn Harness) {
    let bob = email("bob@acme.example");
    assert_eq!(h.provider().has_admin().await, Ok(false));
    let made =
        h.provider().create_admin(&bob, &name("Bob"), &secret(GOOD), KEEPS, &some_change()).await;
    let subject = made.expect("an admin").subject;
    assert_eq!(h.provider().has_admin().await, Ok(true));
    let principal = complete(h, &bob, &secret(GOOD)).await;
    assert_eq!((&principal.subject, principal.role), (&subject, Role::Admin));
    assert_eq!((principal.email, principal.name.as_str()), (bob.clone(), "Bob"));

    let kept =
        h.provider().create_admin(&bob, &name("Bob"), &secret(BETTER), KEEPS, &some_change()).await;
    assert_eq!(kept, Err(IdentityError::EmailTaken));
    assert_wrong(h, &bob, BETTER).await;
    assert_eq!(complete(h, &bob, &secret(GOOD)).await.subject, subject);
    let again =
        h.provider().create_admin(&bob, &name("Bob"), &secret(BETTER), GETS, &some_change()).await;
    assert_eq!(again.expect("the same admin").subject, subject);
    assert_eq!(complete(h, &bob, &secret(BETTER)).await.subject, subject);
    assert_wrong(h, &bob, GOOD).await;
}

pub async fn an_admin_is_not_made_of_a_partner(h: &dyn Harness) {
    let (account, subject) = settled(h, "ann@acme.example").await;
    let answer = h
        .provider()
        .create_admin(&account.email, &name("Ann"), &secret(BETTER), GETS, &some_change())
        .await;
    assert_eq!(answer, Err(IdentityError::EmailTaken));
    let principal = complete(h, &account.email, &secret(GOOD)).await;
    assert_eq!((principal.subject, principal.role), (subject, account.role));
    assert_eq!(h.provider().has_admin().await, Ok(false));
}

pub async fn an_admin_with_a_weak_password_is_not_made(h: &dyn Harness) {
    let bob = email("bob@acme.example");
    let answer = h
        .provider()
        .create_admin(&bob, &name("Bob"), &secret("secret"), GETS, &some_change())
        .await;
    assert!(matches!(answer, Err(IdentityError::Refused(_))), "{answer:?}");
    assert_eq!(h.provider().has_admin().await, Ok(false));
}

pub async fn another_invitation_replaces_the_first(h: &dyn Harness) {
    if h.departs_in(Departure::SecondInvitation) {
        return;
    }
    let account = account(h, "ann@acme.example", Role::Partner(h.organisation().await)).await;
    let subject = provision(h, &account).await;
    let first = h.temporary_password(&account.email, &subject).await;
    let handed_over = h.hand_over(&account.email).await;
    h.provider().invite_again(&subject, handed_over.as_deref()).await.expect("invited");
    let second = h.temporary_password(&account.email, &subject).await;
    let refusal = sign_in(h, &account.email, &first).await.err();
    assert!(matches!(refusal, Some(SignInRefusal::WrongCredentials)), "{refusal:?}");
    let waiting = challenge(h, &account.email, &second).await;
    set_first(h, &waiting, GOOD).await.expect("signed in");
}

pub async fn who_has_a_password_is_not_mailed_another(h: &dyn Harness) {
    let (account, subject) = settled(h, "ann@acme.example").await;
    let handed_over = h.hand_over(&account.email).await;
    let answer = h.provider().invite_again(&subject, handed_over.as_deref()).await;
    if h.provider().invitation_delivery() == InvitationDelivery::Mail {
        assert_eq!(answer, Err(IdentityError::HasPassword));
        complete(h, &account.email, &secret(GOOD)).await;
        return;
    }
    // Without mail there are no codes: the admin is the way to a new password.
    answer.expect("handed over");
    assert_wrong(h, &account.email, GOOD).await;
    let temporary = h.temporary_password(&account.email, &subject).await;
    challenge(h, &account.email, &temporary).await;
}

/// Whether codes can be mailed; a provider that cannot says so.
async fn mails(h: &dyn Harness, email: &Email) -> bool {
    if h.provider().invitation_delivery() == InvitationDelivery::Mail {
        return true;
    }
    let answer = h.provider().request_reset(email).await;
    assert!(matches!(answer, Err(IdentityError::Refused(_))), "{answer:?}");
    false
}

pub async fn a_removed_account_is_gone(h: &dyn Harness) {
    let (account, subject) = settled(h, "ann@acme.example").await;
    let Role::Partner(organisation) = account.role else { panic!("a partner user") };
    let former = FormerAccount {
        subject: Some(subject.clone()),
        email: account.email.clone(),
        organisation,
    };
    for _ in 0..2 {
        h.provider().remove(&former).await.expect("removed");
        assert_eq!(h.provider().find(&account.email).await, Ok(None));
        assert_wrong(h, &account.email, GOOD).await;
    }
    // The address is free, for anybody.
    let theirs = self::account(h, "ann@acme.example", Role::Partner(h.organisation().await)).await;
    assert_ne!(provision(h, &theirs).await, subject);
    // What is removed late is not taken for the new one.
    h.provider().remove(&former).await.expect("nothing to remove");
    assert!(h.provider().find(&account.email).await.expect("an answer").is_some());
}

pub async fn an_account_that_was_never_noted_is_found_by_its_address(h: &dyn Harness) {
    let (account, _) = settled(h, "ann@acme.example").await;
    let Role::Partner(organisation) = account.role else { panic!("a partner user") };
    let email = account.email;
    let others = FormerAccount { subject: None, email, organisation: h.organisation().await };
    h.provider().remove(&others).await.expect("nothing of theirs");
    complete(h, &others.email, &secret(GOOD)).await;
    let ours = FormerAccount { organisation, ..others };
    for _ in 0..2 {
        h.provider().remove(&ours).await.expect("removed");
        assert_eq!(h.provider().find(&ours.email).await, Ok(None));
    }
}

pub async fn a_name_changes(h: &dyn Harness) {
    let (account, subject) = settled(h, "ann@acme.example").await;
    for _ in 0..2 {
        h.provider().rename(&subject, &name("Ann Cooper")).await.expect("renamed");
        assert_eq!(complete(h, &account.email, &secret(GOOD)).await.name, "Ann Cooper");
    }
    let nobody = Subject("01890000-0000-7000-8000-000000000000".to_owned());
    let answer = h.provider().rename(&nobody, &name("Nobody")).await;
    assert_eq!(answer, Err(IdentityError::NoSuchAccount));
}

pub async fn a_reset_ends_the_password(h: &dyn Harness) {
    if h.departs_in(Departure::Reset) {
        return;
    }
    let (account, subject) = settled(h, "ann@acme.example").await;
    let handed_over = h.hand_over(&account.email).await;
    h.provider().reset(&subject, handed_over.as_deref()).await.expect("reset");
    let answer = sign_in(h, &account.email, &secret(GOOD)).await.err();
    match answer {
        // A code is mailed, as after Forgot password.
        Some(SignInRefusal::ResetRequired) => {}
        Some(SignInRefusal::WrongCredentials) => {
            let temporary = h.temporary_password(&account.email, &subject).await;
            challenge(h, &account.email, &temporary).await;
        }
        other => panic!("{other:?}"),
    }
}

pub async fn a_reset_ends_a_set_up_that_waits(h: &dyn Harness) {
    if h.departs_in(Departure::RevokedToken) {
        return;
    }
    let (account, subject) = settled(h, "ann@acme.example").await;
    let note = may_set_up(h, &account.email).await;
    let app = h.provider().new_authenticator(&note).await.expect("an app");
    let handed_over = h.hand_over(&account.email).await;
    h.provider().reset(&subject, handed_over.as_deref()).await.expect("reset");
    let code = h.code(&app.secret, 0);
    let answer = h.provider().confirm_authenticator(&app.challenge, &code, &some_change()).await;
    assert!(matches!(answer, Err(SignInRefusal::ChallengeExpired)), "{answer:?}");
    assert_eq!(h.provider().has_authenticator(&subject).await, Ok(false));
}

/// A partner user with the password `GOOD` and an authenticator app, whose
/// secret is returned.
async fn with_app(h: &dyn Harness, address: &str) -> (NewAccount, Subject, SecretString) {
    let (account, subject) = settled(h, address).await;
    let app = set_up(h, &account.email).await;
    (account, subject, app)
}

async fn may_set_up(h: &dyn Harness, email: &Email) -> Challenge {
    match sign_in(h, email, &secret(GOOD)).await {
        Ok(SignIn::Complete { may_set_up, .. }) => may_set_up,
        Ok(_) => panic!("a further step is asked for"),
        Err(error) => panic!("refused: {error}"),
    }
}

async fn set_up(h: &dyn Harness, email: &Email) -> SecretString {
    let note = may_set_up(h, email).await;
    let app = h.provider().new_authenticator(&note).await.expect("an app");
    let code = h.code(&app.secret, 0);
    h.provider()
        .confirm_authenticator(&app.challenge, &code, &some_change())
        .await
        .expect("set up");
    app.secret
}

async fn second_step(h: &dyn Harness, email: &Email, password: &str) -> (Challenge, Subject) {
    match sign_in(h, email, &secret(password)).await {
        Ok(SignIn::SecondStepRequired { challenge, subject }) => (challenge, subject),
        Ok(_) => panic!("no code is asked for"),
        Err(error) => panic!("refused: {error}"),
    }
}

/// As [`with_app`], for what is a provider's own.
pub async fn with_app_and_password(h: &dyn Harness, address: &str) -> (Email, SecretString) {
    let (account, _, app) = with_app(h, address).await;
    (account.email, app)
}

/// A sign-in with the password `GOOD` that waits for a code.
pub async fn waits_for_code(h: &dyn Harness, email: &Email) -> Challenge {
    second_step(h, email, GOOD).await.0
}

async fn assert_wrong_code(h: &dyn Harness, challenge: &Challenge, code: &str) {
    let answer = h.provider().give_code(challenge, code).await;
    assert!(matches!(answer, Err(SignInRefusal::WrongCode)), "{code}: {answer:?}");
}

/// A code that is not the app's in any time step that could count.
pub fn wrong(h: &dyn Harness, app: &SecretString) -> String {
    let right: Vec<String> = (-2..=2).map(|steps| h.code(app, steps)).collect();
    let wrong = (0..10).map(|digit| digit.to_string().repeat(6));
    wrong.into_iter().find(|code| !right.contains(code)).expect("a wrong code")
}

pub async fn an_app_is_set_up_with_its_first_code(h: &dyn Harness) {
    let (account, subject) = settled(h, "ann@acme.example").await;
    assert_eq!(h.provider().has_authenticator(&subject).await, Ok(false));
    let note = may_set_up(h, &account.email).await;
    let app = h.provider().new_authenticator(&note).await.expect("an app");
    for code in [wrong(h, &app.secret).as_str(), "", "12345", "abcdef"] {
        let answer = h.provider().confirm_authenticator(&app.challenge, code, &some_change()).await;
        assert!(matches!(answer, Err(SignInRefusal::WrongCode)), "{code}: {answer:?}");
    }
    assert_eq!(h.provider().has_authenticator(&subject).await, Ok(false));
    complete(h, &account.email, &secret(GOOD)).await;

    let code = h.code(&app.secret, 0);
    let principal = h.provider().confirm_authenticator(&app.challenge, &code, &some_change()).await;
    assert_eq!(principal.expect("set up").subject, subject);
    assert_eq!(h.provider().has_authenticator(&subject).await, Ok(true));
}

pub async fn a_sign_in_needs_a_code_of_the_app(h: &dyn Harness) {
    let (account, subject, app) = with_app(h, "ann@acme.example").await;
    assert_wrong(h, &account.email, BETTER).await;
    let (challenge, whose) = second_step(h, &account.email, GOOD).await;
    assert_eq!(whose, subject);
    for code in [wrong(h, &app).as_str(), "", "12345", "abcdef"] {
        assert_wrong_code(h, &challenge, code).await;
    }
    let next = h.code(&app, 1);
    let typed = format!(" {} {}", &next[..3], &next[3..]);
    let principal = h.provider().give_code(&challenge, &typed).await.expect("signed in");
    let expected = Principal {
        subject,
        email: account.email,
        name: "Ann Example".to_owned(),
        role: account.role,
    };
    assert_eq!(principal, expected);
}

pub async fn a_code_counts_once(h: &dyn Harness) {
    if h.departs_in(Departure::CodeTwice) {
        return;
    }
    crate::app::begin_step(&h.clock());
    let (account, _, app) = with_app(h, "ann@acme.example").await;
    let (challenge, _) = second_step(h, &account.email, GOOD).await;
    // The one it was set up with …
    assert_wrong_code(h, &challenge, &h.code(&app, 0)).await;
    let next = h.code(&app, 1);
    h.provider().give_code(&challenge, &next).await.expect("signed in");
    // … the one of the last sign-in, and those before it.
    let (challenge, _) = second_step(h, &account.email, GOOD).await;
    for code in [next, h.code(&app, 0)] {
        assert_wrong_code(h, &challenge, &code).await;
    }
}

pub async fn an_invented_second_step_is_refused(h: &dyn Harness) {
    let (account, _, app) = with_app(h, "ann@acme.example").await;
    let (theirs, _) = second_step(h, &account.email, GOOD).await;
    let (other, _) = settled(h, "bob@acme.example").await;
    let note = may_set_up(h, &other.email).await;
    let code = h.code(&app, 1);
    // Invented ones, and one of another account that has no app.
    for invented in [Challenge(String::new().into()), Challenge("invented".to_owned().into()), note]
    {
        let answer = h.provider().give_code(&invented, &code).await;
        assert!(matches!(answer, Err(SignInRefusal::ChallengeExpired)), "{answer:?}");
    }
    for invented in ["", "invented"] {
        let invented = Challenge(invented.to_owned().into());
        let answer = h.provider().confirm_authenticator(&invented, &code, &some_change()).await;
        assert!(matches!(answer, Err(SignInRefusal::ChallengeExpired)), "{answer:?}");
        let answer = h.provider().new_authenticator(&invented).await.map(|_| ());
        assert!(matches!(answer, Err(SignInRefusal::ChallengeExpired)), "{answer:?}");
    }
    h.provider().give_code(&theirs, &code).await.expect("their own still counts");
}

pub async fn an_app_that_is_removed_is_asked_for_no_more(h: &dyn Harness) {
    let (account, subject, _) = with_app(h, "ann@acme.example").await;
    for _ in 0..2 {
        h.provider().remove_authenticator(&subject, &some_change()).await.expect("removed");
        assert_eq!(h.provider().has_authenticator(&subject).await, Ok(false));
    }
    complete(h, &account.email, &secret(GOOD)).await;
    let app = set_up(h, &account.email).await;
    let (challenge, _) = second_step(h, &account.email, GOOD).await;
    h.provider().give_code(&challenge, &h.code(&app, 1)).await.expect("signed in");
    let nobody = Subject("01890000-0000-7000-8000-000000000000".to_owned());
    let answer = h.provider().remove_authenticator(&nobody, &some_change()).await;
    assert_eq!(answer, Err(IdentityError::NoSuchAccount));
}

pub async fn somebody_with_a_recovery_code_gets_in(h: &dyn Harness) {
    let (account, subject, _) = with_app(h, "ann@acme.example").await;
    let (challenge, _) = second_step(h, &account.email, GOOD).await;
    match h.provider().recover(&challenge, &some_change()).await.expect("past the second step") {
        Recovered::SignedIn(principal) => assert_eq!(principal.subject, subject),
        Recovered::SignInAgain => {
            assert_eq!(complete(h, &account.email, &secret(GOOD)).await.subject, subject);
        }
    }
    let invented = Challenge("invented".to_owned().into());
    let answer = h.provider().recover(&invented, &some_change()).await.map(|_| ());
    assert!(matches!(answer, Err(SignInRefusal::ChallengeExpired)), "{answer:?}");
}

pub async fn who_sets_a_new_password_still_needs_a_code(h: &dyn Harness) {
    let (account, subject, app) = with_app(h, "ann@acme.example").await;
    if !mails(h, &account.email).await {
        return;
    }
    h.provider().request_reset(&account.email).await.expect("a code");
    let code = h.reset_code(&account.email).await;
    h.provider()
        .reset_password(&account.email, &code, &secret(BETTER), &some_change())
        .await
        .expect("reset");
    let (challenge, whose) = second_step(h, &account.email, BETTER).await;
    assert_eq!(whose, subject);
    h.provider().give_code(&challenge, &h.code(&app, 1)).await.expect("signed in");
}
