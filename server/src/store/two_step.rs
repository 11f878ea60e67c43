//! Two-step sign-in, whoever keeps the accounts: recovery codes, and who has to.

use super::{Connection, StoreResult, on_engine, settings};
use partners_app::domain::{OrganisationId, PartnerUserId, TwoStepPolicy};

const POLICY: &str = "two_step_sign_in";

const INSERT_CODE: &str = "INSERT INTO recovery_code (subject, code_hash) VALUES ($1, $2)";
const CHANGE_CODE: &str =
    "UPDATE recovery_code SET code_hash = $1 WHERE subject = $2 AND code_hash = $3";
/// Those that were used have a byte more.
const COUNT_CODES: &str =
    "SELECT count(*) FROM recovery_code WHERE subject = $1 AND length(code_hash) = 32";
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
        on_engine!(connection.lend(), engine => {
            sqlx::query(INSERT_CODE).bind(subject).bind(hash.as_slice()).execute(engine).await?;
        });
    }
    Ok(())
}

/// What stays of a recovery code that was used, until the codes are replaced: one
/// byte more than its SHA-256, so that it fits none.
fn used(hash: &[u8]) -> Vec<u8> {
    [hash, &[0]].concat()
}

async fn change_code(
    connection: Connection<'_>,
    subject: &str,
    before: &[u8],
    after: &[u8],
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(CHANGE_CODE)
            .bind(after)
            .bind(subject)
            .bind(before)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// Uses the recovery code with this SHA-256 up; false where it is none of the
/// account's. Of two that use the same one, one gets in.
///
/// # Errors
/// Where the database fails.
pub async fn use_code(connection: Connection<'_>, subject: &str, hash: &[u8]) -> StoreResult<bool> {
    change_code(connection, subject, hash, &used(hash)).await
}

/// Lets a recovery code that was used count once more; false where the account's
/// codes have been replaced or removed since.
///
/// # Errors
/// Where the database fails.
pub async fn give_back(
    connection: Connection<'_>,
    subject: &str,
    hash: &[u8],
) -> StoreResult<bool> {
    change_code(connection, subject, &used(hash), hash).await
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
