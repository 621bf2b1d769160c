//! What two proofs have in common, and what tells them apart: only what the statement says.

use zkmargin_model::circuit::{Shape, Slots};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::rule::{Account, Balance};
use zkmargin_params::{AccountFile, PlainSecrets};
use zkmargin_prover::{ProveRequest, prove};

use crate::support::secrets::secrets;
use crate::support::{KEYS, MARKET, example};

fn example() -> (Account, PlainSecrets) {
    let file = AccountFile::from_json(example!("account")).expect("account");
    (file.holdings(MARKET.schedule()).expect("account"), secrets())
}

/// No position and one balance, where the example has several of both.
fn other_account(of: &Account) -> Account {
    let positive = of.balances().iter().filter(|b| b.balance > 0.into());
    let one: Vec<Balance> = positive.take(1).cloned().collect();
    Account::new(vec![], one).expect("account")
}

fn proof(account: &Account, secrets: &PlainSecrets) -> Envelope {
    let request = ProveRequest {
        account,
        secrets,
        market: &*MARKET,
        claim: Claim::new(10_000, 0u8.into()).expect("claim"),
        subject: MARKET.market().books().into(),
        context: Context::new("desk-42", "", None).expect("context"),
        membership: None,
        shape: Some(Slots::Linear(Shape::S)),
    };
    prove(&request, &KEYS).expect("proven").envelope
}

/// 32-byte words of a proof: points and field elements.
fn words(envelope: &Envelope) -> Vec<&[u8]> {
    envelope.proof().chunks(32).collect()
}

#[test]
fn proofs_of_two_accounts_differ_in_commitments_and_proof_only() {
    let (account, secrets) = example();
    let (a, b) = (proof(&account, &secrets), proof(&other_account(&account), &secrets));
    assert_eq!(a.encode().len(), b.encode().len());
    assert_eq!(a.to_json().len(), b.to_json().len());

    let mut same = b.statement().clone();
    same.account = a.statement().account;
    same.margin_commitment = a.statement().margin_commitment;
    assert_eq!(&same, a.statement(), "another public field tells the accounts apart");
    assert_ne!(a.statement().account, b.statement().account);
    assert_ne!(a.statement().margin_commitment, b.statement().margin_commitment);
}

#[test]
fn proofs_of_one_account_have_no_word_in_common() {
    let (account, secrets) = example();
    let (a, b) = (proof(&account, &secrets), proof(&account, &secrets));
    assert_eq!(a.statement().account, b.statement().account);
    // Blinded afresh, so that equity cannot be seen to be the same.
    assert_ne!(a.statement().margin_commitment, b.statement().margin_commitment);
    let (a, b) = (words(&a), words(&b));
    assert_eq!(a.len(), b.len());
    assert!(a.iter().all(|word| !b.contains(word)));
    // A word that a proof repeats is an evaluation of equal fixed columns: the market's, and so at
    // the same places in both. Anything blinded would not repeat.
    assert_eq!(repeats(&a), repeats(&b));
    assert!(repeats(&a).len() <= 2, "{:?}", repeats(&a));
}

fn repeats(words: &[&[u8]]) -> Vec<usize> {
    let repeated = |at: &usize| words.iter().filter(|word| **word == words[*at]).count() > 1;
    (0..words.len()).filter(repeated).collect()
}

#[test]
fn commitments_of_equal_accounts_with_fresh_blinding_differ() {
    let (account, secrets) = example();
    let registry = MARKET.registry_digest();
    let first = secrets.under(&registry).expect("canonical");
    let mut fresh = secrets.clone();
    fresh.blinding[0] ^= 1;
    let second = fresh.under(&registry).expect("canonical");
    assert_ne!(account_commitment(&account, &first), account_commitment(&account, &second));
}
