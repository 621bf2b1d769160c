//! A prover's log: questions and outcomes, and files of the first version.

use rusqlite::Connection;
use std::num::NonZeroU64;
use std::path::Path;
use zkmargin_answers::{Answer, AnswerLog, Outcome, Question};
use zkmargin_model::measure::Measure;
use zkmargin_model::rule::PositionName;
use zkmargin_storage::{Kind, SqliteLog};

fn question(level_bps: u32) -> Question {
    Question {
        audience: "desk-42".to_owned(),
        purpose: String::new(),
        epoch: NonZeroU64::new(u64::MAX),
        account: [1; 32],
        market: [2; 32].into(),
        snapshot_ms: 3,
        settlement_asset: None,
        measure: None,
        cross_alone: false,
        only_isolated: None,
        all_but_isolated: None,
        level_bps,
        floor: "0".to_owned(),
        does_not_meet: false,
    }
}

/// A log as commit d6fed50 wrote it: with the id of the auditor's store, and a write-ahead log.
fn first_version(path: &Path) {
    let connection = Connection::open(path).expect("file");
    connection.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    connection.execute_batch(Kind::AnswerLog.migrations()[0]).expect("schema");
    connection.pragma_update(None, "application_id", 0x7a6b_6d61).expect("id");
    connection.pragma_update(None, "user_version", 1).expect("version");
    for (level, met) in [(10_000, true), (12_500, false)] {
        let insert = "INSERT INTO answers VALUES (?1, 'desk-42', '', ?2, ?3, ?4, 3, ?5, '0', ?6)";
        let values = (7, u64::MAX.to_string(), [1u8; 32], [2u8; 32], level, met);
        connection.execute(insert, values).expect("row");
    }
}

#[test]
fn a_log_of_the_first_version_goes_on() {
    let folder = tempfile::TempDir::new().expect("folder");
    let path = folder.path().join("answers.db");
    first_version(&path);
    let mut log = SqliteLog::open(&path).expect("log");
    let answer = |level, outcome| Answer { question: question(level), outcome, at_ms: 7 };
    let expected = [answer(10_000, Some(Outcome::Given)), answer(12_500, Some(Outcome::NotMet))];
    assert_eq!(log.about(&[1; 32]).expect("answers"), expected);
    let count = |answers: &[Answer]| Ok::<_, ()>(answers.len());
    let reserved = log.reserve(&question(15_000), 7, count).expect("log");
    let (place, before) = reserved.expect("let through");
    assert_eq!((place.entry(), before), (3, 2));
    drop(log);
    // It has an id of its own from now on, and the interrupted question counts.
    let mut log = SqliteLog::open(&path).expect("log");
    assert_eq!(log.about(&[1; 32]).expect("answers")[2], answer(15_000, None));
    let id: i32 = Connection::open(&path)
        .and_then(|file| file.pragma_query_value(None, "application_id", |row| row.get(0)))
        .expect("id");
    assert_eq!(id, Kind::AnswerLog.application_id());
}

/// What a portfolio account is held against is part of the question that comes back.
#[test]
fn requirements_and_stresses_are_read_back() {
    let folder = tempfile::TempDir::new().expect("folder");
    let mut log = SqliteLog::open(&folder.path().join("answers.db")).expect("log");
    let asked = ["maintenance", "initial", "stress:spot up, vol down"].map(|measure| {
        let measure = Some(Measure::parse(measure).expect("a measure"));
        Question { measure, ..question(10_000) }
    });
    for question in &asked {
        log.reserve(question, 5, |_| Ok::<_, ()>(())).expect("log").expect("let through");
    }
    let found = log.about(&[1; 32]).expect("answers");
    assert_eq!(found.into_iter().map(|answer| answer.question).collect::<Vec<_>>(), asked);
}

/// And so is the isolated position that a claim names.
#[test]
fn named_positions_are_read_back() {
    let folder = tempfile::TempDir::new().expect("folder");
    let mut log = SqliteLog::open(&folder.path().join("answers.db")).expect("log");
    let [long, short] = [602, 603].map(PositionName::of_key);
    let asked = [
        Question { only_isolated: long, ..question(10_000) },
        Question { only_isolated: short, ..question(10_000) },
        Question { all_but_isolated: short, ..question(10_000) },
        question(10_000),
    ];
    for question in &asked {
        log.reserve(question, 5, |_| Ok::<_, ()>(())).expect("log").expect("let through");
    }
    let found = log.about(&[1; 32]).expect("answers");
    assert_eq!(found.into_iter().map(|answer| answer.question).collect::<Vec<_>>(), asked);
    for (at, one) in asked.iter().enumerate() {
        assert!(asked.iter().enumerate().all(|(of, other)| one.same_answer(other) == (at == of)));
    }
}

#[test]
fn a_refused_question_leaves_no_row_and_rows_stay() {
    let folder = tempfile::TempDir::new().expect("folder");
    let path = folder.path().join("answers.db");
    let mut log = SqliteLog::open(&path).expect("log");
    let refused = log.reserve(&question(1), 5, |_| Err::<(), _>("no")).expect("log");
    assert_eq!(refused.expect_err("refused"), "no");
    assert_eq!(log.about(&[1; 32]).expect("answers"), []);
    for outcome in Outcome::ALL {
        // A clock that goes backwards changes nothing.
        let (place, ()) =
            log.reserve(&question(1), 5, |_| Ok::<_, ()>(())).expect("log").expect("let through");
        log.conclude(place, outcome, 1).expect("outcome");
    }
    let found: Vec<_> = log.about(&[1; 32]).expect("answers").iter().map(|a| a.outcome).collect();
    assert_eq!(found, Outcome::ALL.map(Some));
    let file = Connection::open(&path).expect("file");
    for change in [
        "DELETE FROM questions",
        "UPDATE questions SET level_bps = 1",
        "DELETE FROM outcomes",
        "UPDATE outcomes SET outcome = 'given'",
    ] {
        assert!(file.execute(change, []).is_err(), "{change}");
    }
}

#[test]
fn of_many_at_once_each_sees_those_before() {
    let folder = tempfile::TempDir::new().expect("folder");
    let path = folder.path().join("answers.db");
    drop(SqliteLog::open(&path).expect("log"));
    let ask = |level: u32| {
        let mut log = SqliteLog::open(&path).expect("log");
        let one = |answers: &[Answer]| if answers.is_empty() { Ok(()) } else { Err(()) };
        log.reserve(&question(level), 0, one).expect("log").is_ok()
    };
    let answered = std::thread::scope(|scope| {
        let ask = &ask;
        let threads: Vec<_> = (0..8).map(|level| scope.spawn(move || ask(level))).collect();
        threads.into_iter().map(|t| t.join().expect("ends")).filter(|answered| *answered).count()
    });
    assert_eq!(answered, 1);
}
