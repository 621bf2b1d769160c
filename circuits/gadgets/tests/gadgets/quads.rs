//! The quad of a settle group in isolation: 5 to group 6, the third of the second quad.

use crate::support::*;
use zkmargin_gadgets::groups::{indicator_of, is_one_of};
use zkmargin_gadgets::halo2::*;

fn of<const QUADS: usize>(g: &Gadgets, region: &mut Region<'_, Fp>) -> Result<(), Error> {
    let amount = g.input(region, 0, Fp::from(5))?;
    let code = g.input(region, 1, Fp::from(6))?;
    g.quads[QUADS / 4].assign(region, 0, &amount, &code)?;
    Ok(())
}

const OF: [Assign; 2] = [of::<2>, of::<4>];

#[test]
fn honest_choices() {
    for of in OF {
        assert_eq!(run(of, &[]), Ok(()));
    }
}

#[test]
fn the_amount_is_in_the_quad_of_its_group() {
    for of in OF {
        // In the first quad instead of the second, in both, and in none.
        let [first, second] = [0, 1].map(At::Aux);
        let [zero, amount] = [0, 5].map(Fp::from);
        for lie in [vec![(first, 1, amount), (second, 1, zero)], vec![(first, 1, amount)]] {
            refused(run(of, &lie), "share = [quad is the group's] amount");
        }
        refused(run(of, &[(second, 1, zero)]), "share = [quad is the group's] amount");
    }
    for share in 2..4 {
        let lie = [(At::Aux(share), 1, Fp::ONE)];
        refused(run(OF[1], &lie), "share = [quad is the group's] amount");
    }
}

#[test]
fn a_group_is_in_one_quad_at_one_place() {
    for of in OF {
        // Group 6 is not at place 6 of the first quad, nor at place -2 of the third, which two quads do not have.
        let of_first = [(At::Aux(2), 0, Fp::ZERO), (At::Aux(3), 0, Fp::from(6))];
        refused(run(of, &of_first), "place is one of four");
        let of_third = [(At::Aux(2), 0, Fp::from(2)), (At::Aux(3), 0, -Fp::from(2))];
        refused(run(of, &of_third), "place is one of four");
        refused(run(of, &[(At::Aux(3), 0, Fp::ONE)]), "code = 4 quad + place");
    }
    // A quad and a half with the place left as it is, and one more than there are.
    let half = Fp::from(2).invert().expect("two has an inverse");
    for of in OF {
        refused(run(of, &[(At::Aux(2), 0, half)]), "quad is one of them");
    }
    refused(run(OF[0], &[(At::Aux(2), 0, Fp::from(2))]), "quad is one of them");
    refused(run(OF[1], &[(At::Aux(2), 0, Fp::from(4))]), "quad is one of them");
}

#[test]
fn inputs_enter_by_copy() {
    for column in [0, 1] {
        refused(run(OF[1], &[(At::Aux(column), 0, Fp::from(98))]), "Permutation");
    }
}

#[test]
fn the_choice_is_of_exactly_one() {
    let value = |expression: Expression<Fp>| {
        expression.evaluate(
            &|constant| constant,
            &|_| unreachable!("only constants"),
            &|_| unreachable!("only constants"),
            &|_| unreachable!("only constants"),
            &|_| unreachable!("only constants"),
            &|x: Fp| -x,
            &|a, b| a + b,
            &|a, b| a * b,
            &|a, scale| a * scale,
        )
    };
    for count in [2, 4] {
        for at in 0..6u64 {
            let code = Expression::Constant(Fp::from(at));
            let is_one = value(is_one_of(code.clone(), count)) == Fp::ZERO;
            assert_eq!(is_one, at < count as u64);
            let chosen = (0..count).map(|of| value(indicator_of(code.clone(), of, count)));
            let chosen: Vec<_> = chosen.collect();
            if is_one {
                let expected = (0..count).map(|of| Fp::from(u64::from(of as u64 == at)));
                assert_eq!(chosen, expected.collect::<Vec<_>>());
            }
        }
    }
}
