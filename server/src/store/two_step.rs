//! Two-step sign-in, whoever keeps the accounts: recovery codes, and who has to.

use super::{Connection, StoreResult, on_engine, settings};
use partners_app::domain::{OrganisationId, PartnerUserId, TwoStepPolicy};

const POLICY: &str = "two_step_sign_in";

const INSERT_CODE: &str = "INSERT INTO recovery_code (subject, code_hash) VALUES ($1, $2)";
const USE_CODE: &str = "DELETE FROM recovery_code WHERE subject = $1 AND code_hash = $2";
const COUNT_CODES: &str = "SELECT count(*) FROM recovery_code WHERE subject = $1";
const FORGET_CODES: &str = "DELETE FROM recovery_code WHERE subject = $1";
const REQUIRED: &str = "SELECT two_step_required FROM organisation WHERE id = $1";
const SET_REQUIRED: &str = "UPDATE organisation SET two_step_required = $1 \
     WHERE id = $2 AND two_step_required <> $1";
const SUBJECT_OF: &str = "SELECT identity_subject FROM partner_user WHERE id = $1";

/// Who has to sign in in two steps; at first nobody.
///
/// # Errors
/// Where the database fails.
pub async fn policy(connection: Connection<'_>) -> StoreResult<TwoStepPolicy> {
    let word = settings::get(connection, POLICY).await?;
    Ok(word.and_then(|word| TwoStepPolicy::parse(&word).ok()).unwrap_or_default())
}

/// Says who has to.
///
/// # Errors
/// Where the database fails.
pub async fn set_policy(connection: Connection<'_>, policy: TwoStepPolicy) -> StoreResult<()> {
    settings::set(connection, POLICY, policy.as_str()).await
}

/// Whether an organisation requires it of its users; `None` where there is no
/// such organisation.
///
/// # Errors
/// Where the database fails.
pub async fn is_required(
    connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<Option<bool>> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(REQUIRED).bind(organisation.0).fetch_optional(engine).await?
    }))
}

/// Says whether an organisation requires it; false where that was so already.
///
/// # Errors
/// Where the database fails.
pub async fn set_required(
    connection: Connection<'_>,
    organisation: OrganisationId,
    required: bool,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(SET_REQUIRED)
            .bind(required)
            .bind(organisation.0)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// The account of a partner user at the identity provider, once there is one.
///
/// # Errors
/// Where the database fails.
pub async fn subject_of(
    connection: Connection<'_>,
    user: PartnerUserId,
) -> StoreResult<Option<String>> {
    let subject: Option<Option<String>> = on_engine!(connection, engine => {
        sqlx::query_scalar(SUBJECT_OF).bind(user.0).fetch_optional(engine).await?
    });
    Ok(subject.flatten())
}

/// Keeps the hashes of new recovery codes; the old ones no longer count.
///
/// # Errors
/// Where the database fails.
pub async fn replace_codes(
    mut connection: Connection<'_>,
    subject: &str,
    hashes: &[Vec<u8>],
) -> StoreResult<()> {
    forget_codes(connection.lend(), subject).await?;
    for hash in hashes {
        add_code(connection.lend(), subject, hash).await?;
    }
    Ok(())
}

/// Keeps the hash of a recovery code beside those that are there.
///
/// # Errors
/// Where the database fails.
pub async fn add_code(connection: Connection<'_>, subject: &str, hash: &[u8]) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT_CODE).bind(subject).bind(hash).execute(engine).await?;
    });
    Ok(())
}

/// Uses a recovery code up; false where it is none of the account's. Of two
/// that use the same one, one gets in.
///
/// # Errors
/// Where the database fails.
pub async fn use_code(connection: Connection<'_>, subject: &str, hash: &[u8]) -> StoreResult<bool> {
    let used = on_engine!(connection, engine => {
        sqlx::query(USE_CODE).bind(subject).bind(hash).execute(engine).await?.rows_affected()
    });
    Ok(used == 1)
}

/// How many recovery codes of an account have not been used.
///
/// # Errors
/// Where the database fails.
pub async fn codes_left(connection: Connection<'_>, subject: &str) -> StoreResult<i64> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(COUNT_CODES).bind(subject).fetch_one(engine).await?
    }))
}

/// Forgets an account's recovery codes.
///
/// # Errors
/// Where the database fails.
pub async fn forget_codes(connection: Connection<'_>, subject: &str) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(FORGET_CODES).bind(subject).execute(engine).await?;
    });
    Ok(())
}
