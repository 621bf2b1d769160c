//! The figures of an answer by what they measure and what they are about.

use super::VenueFigure;
use super::stated::{FigureKind, StatedPosition, Subject, VenueFigures};
use std::collections::BTreeMap;

/// The first figure of each kind about each subject.
pub(super) struct FigureIndex<'a>(BTreeMap<(FigureKind, &'a Subject), &'a VenueFigure>);

impl<'a> FigureIndex<'a> {
    pub(super) fn new(stated: &'a VenueFigures) -> Self {
        let mut index = BTreeMap::new();
        for figure in &stated.figures {
            index.entry((figure.kind, &figure.subject)).or_insert(figure);
        }
        Self(index)
    }

    /// The figure of this kind about a position, where the answer has it.
    pub(super) fn of(&self, p: &StatedPosition, kind: FigureKind) -> Option<&'a VenueFigure> {
        self.0.get(&(kind, &p.subject())).copied()
    }
}
