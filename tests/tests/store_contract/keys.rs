//! Key checks: a keyring that does not fit the database is refused.

use countersign_stores::{KeyCheckError, Purpose};

use crate::given::{KEY, OTHER_KEY, a_store, keyring};

#[tokio::test]
async fn the_keyring_that_the_database_was_used_with_is_accepted_again() {
    let given = a_store().await;
    for _ in 0..2 {
        given.database.check_keys(&keyring(KEY)).await.unwrap();
    }
    assert_eq!(given.count("key_checks").await, u64::try_from(Purpose::ALL.len()).unwrap());
}

#[tokio::test]
async fn another_key_under_the_same_id_is_refused() {
    let given = a_store().await;
    given.database.check_keys(&keyring(KEY)).await.unwrap();
    let refused = given.database.check_keys(&keyring(OTHER_KEY)).await;
    assert!(matches!(&refused, Err(KeyCheckError::Differs(key)) if key.to_string() == "k1"), "{refused:?}");
}

#[tokio::test]
async fn a_keyring_that_lacks_a_key_is_refused_and_leaves_nothing() {
    let given = a_store().await;
    given.database.check_keys(&keyring(KEY)).await.unwrap();
    let refused = given.database.check_keys(&keyring(&format!("k2:{OTHER_KEY}"))).await;
    assert!(matches!(&refused, Err(KeyCheckError::Missing(key)) if key.to_string() == "k1"), "{refused:?}");
    assert_eq!(given.count("key_checks WHERE key_id = 'k2'").await, 0);
}

#[tokio::test]
async fn a_new_key_in_front_of_the_old_is_accepted_and_from_then_on_needed() {
    let given = a_store().await;
    given.database.check_keys(&keyring(KEY)).await.unwrap();
    given.database.check_keys(&keyring(&format!("k2:{OTHER_KEY},{KEY}"))).await.unwrap();
    let refused = given.database.check_keys(&keyring(KEY)).await;
    assert!(matches!(&refused, Err(KeyCheckError::Missing(key)) if key.to_string() == "k2"), "{refused:?}");
}

#[tokio::test]
async fn one_changed_purpose_is_enough_to_refuse() {
    let given = a_store().await;
    given.database.check_keys(&keyring(KEY)).await.unwrap();
    let change = "UPDATE key_checks SET check_value = 'x' WHERE purpose = 'countersign/replies/1'";
    given.files.execute(change).await.unwrap();
    assert!(given.database.check_keys(&keyring(KEY)).await.is_err());
}

#[tokio::test]
async fn services_that_start_at_once_agree() {
    let given = a_store().await;
    let other = given.files.connect().await;
    let (ours, theirs) = (keyring(KEY), keyring(OTHER_KEY));
    let both = tokio::join!(given.database.check_keys(&ours), other.check_keys(&theirs));
    let refused = match both {
        (Ok(()), Err(refused)) | (Err(refused), Ok(())) => refused,
        both => panic!("{both:?}"),
    };
    assert!(matches!(refused, KeyCheckError::Differs(_)), "{refused:?}");
}
