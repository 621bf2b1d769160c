//! Bracketed functions: rows tile, zero is inside, every `x` is in one row.

use super::support::{function, int, rows};
use zkmargin_model::rule::{BracketError, BracketedLinear, Variable};

fn refused(list: &[(i64, i64, i64, i64)]) -> BracketError {
    BracketedLinear::new(Variable::Value, rows(list)).expect_err("refused")
}

#[test]
fn a_row_is_a_line() {
    let row = &rows(&[(-10, 10, 3, 7)])[0];
    assert_eq!(row.at(&int(5)), int(22));
    assert_eq!(row.at(&int(-2)), int(1));
    assert_eq!(row.at(&int(0)), int(7));
}

#[test]
fn what_is_made_is_kept() {
    let list = [(-3, -1, 1, 0), (0, 5, 2, 0)];
    for variable in [Variable::Value, Variable::Quantity] {
        let made = function(variable, &list);
        assert_eq!(made.variable(), variable);
        assert_eq!(made.rows(), rows(&list));
    }
}

#[test]
fn rows_tile() {
    assert_eq!(refused(&[]), BracketError::Empty);
    assert_eq!(refused(&[(0, 5, 1, 0), (7, 9, 1, 0)]), BracketError::Gap { row: 0 });
    assert_eq!(refused(&[(0, 5, 1, 0), (5, 9, 1, 0)]), BracketError::Overlap { row: 0 });
    let late = [(0, 5, 1, 0), (6, 9, 1, 0), (11, 12, 1, 0)];
    assert_eq!(refused(&late), BracketError::Gap { row: 1 });
    let backward = [(0, 5, 1, 0), (6, 5, 1, 0), (6, 9, 1, 0)];
    assert_eq!(refused(&backward), BracketError::Reversed { row: 1 });
    // A row of one `x`.
    assert_eq!(function(Variable::Value, &[(0, 0, 1, 0), (1, 1, 1, 0)]).rows().len(), 2);
}

#[test]
fn zero_is_inside() {
    assert_eq!(refused(&[(1, 5, 1, 0)]), BracketError::ZeroNotCovered);
    assert_eq!(refused(&[(-5, -1, 1, 0)]), BracketError::ZeroNotCovered);
    function(Variable::Value, &[(0, 5, 1, 0)]);
    function(Variable::Value, &[(-5, 0, 1, 0)]);
}

#[test]
fn every_x_is_in_one_row() {
    let made = function(Variable::Value, &[(-4, -1, 1, 0), (0, 5, 1, 0), (6, 8, 1, 0)]);
    for (x, row) in [
        (-5, None),
        (-4, Some(0)),
        (-1, Some(0)),
        (0, Some(1)),
        (5, Some(1)),
        (6, Some(2)),
        (8, Some(2)),
        (9, None),
    ] {
        assert_eq!(made.find(&int(x)), row, "x = {x}");
    }
}
