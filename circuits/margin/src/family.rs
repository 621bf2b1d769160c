//! From a kind of circuit to its type.

/// Calls a constructor of the kind's circuit type and passes the circuit on.
macro_rules! match_circuit {
    ($kind:expr, $constructor:ident($($argument:expr),*), |$circuit:ident| $then:expr) => {{
        use $crate::circuit::MarginCircuit;
        use $crate::membership::MembershipCircuit;
        use zkmargin_model::circuit::Anchor;
        let kind: zkmargin_model::circuit::Kind = $kind;
        match (kind.anchor(), $crate::size::lanes(kind)) {
            (Anchor::Commitment, 1) => {
                let $circuit = MarginCircuit::<1>::$constructor(kind.shape, $($argument),*);
                $then
            }
            (Anchor::Commitment, _) => {
                let $circuit = MarginCircuit::<2>::$constructor(kind.shape, $($argument),*);
                $then
            }
            (Anchor::Ledger, 3) => {
                let $circuit = MembershipCircuit::<3>::$constructor(kind.shape, $($argument),*);
                $then
            }
            (Anchor::Ledger, 4) => {
                let $circuit = MembershipCircuit::<4>::$constructor(kind.shape, $($argument),*);
                $then
            }
            (Anchor::Ledger, _) => {
                let $circuit = MembershipCircuit::<2>::$constructor(kind.shape, $($argument),*);
                $then
            }
        }
    }};
}

pub(crate) use match_circuit;
