//! The checks of many proofs folded into one equation.
//!
//! A proof holds when one sum of curve points is zero. The sums of several proofs are added, each multiplied by its own
//! random coefficient: if any is not zero, the total is zero with a probability of at most 2^-127 ([small exponents
//! test](https://cseweb.ucsd.edu/~mihir/papers/batch.pdf)). That holds only for coefficients that nobody knew when the
//! proofs were made, so they are drawn here, from the operating system, one per proof, and cannot be supplied.
//!
//! Adding up points is most of the work, and the proof system does it slowly. So points are added up here
//! ([`multiples`]), and the proof system is given a stand-in for each point of a proof: a random point, the same for
//! all proofs in that place. What it assembles then says how many times each point is taken. That is computed here too
//! ([`openings`]): that multiple of the stand-in is subtracted, and the same multiple of the point itself is added. If
//! the two numbers differ, a multiple of a stand-in is left over, and the total is a random point: stand-ins come from
//! the operating system, and nothing in a proof or a coefficient depends on them. So it is the proof system's equation
//! that is found to hold, provided the points are added up correctly. The parameters' points are subtracted and added
//! in the same way, which changes nothing, whatever the numbers are.
//!
//! Commitments to the public inputs are computed here, from tables ([`public`]). The correctness of each is a separate
//! equation, folded in with another coefficient.

mod openings;
mod transcript;

use crate::keys::MarketVerifyingKey;
use crate::points::{self, Multiple, PublicTables};
use crate::proof::{VerifyError, check_shape};
use crate::public::PublicInputs;
use openings::LastClaim;
use rand_core::TryRng;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use transcript::StandInRead;
use zkmargin_gadgets::halo2::{
    self, CurveExt, Eq, EqAffine, Error, Field, Fp, Group, Guard, MSM, Params, PrimeField,
    VerificationStrategy,
};

/// Number of stand-ins: at least as many as a proof of any circuit has points.
const STAND_INS: usize = 128;

/// No randomness from the operating system, so nothing can be folded.
#[derive(Debug, thiserror::Error)]
#[error("no randomness from the operating system: {0}")]
pub struct RandomnessError(rand::rngs::SysError);

/// A random nonzero coefficient of 128 bits.
fn coefficient() -> Result<Fp, RandomnessError> {
    loop {
        let mut bytes = [0; 16];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(RandomnessError)?;
        match u128::from_le_bytes(bytes) {
            0 => continue,
            value => return Ok(Fp::from_u128(value)),
        }
    }
}

/// The proof's sum of points, not yet evaluated.
struct Unevaluated<'params>(MSM<'params, EqAffine>);

impl<'params> VerificationStrategy<'params, EqAffine> for Unevaluated<'params> {
    type Output = MSM<'params, EqAffine>;

    fn process<E: halo2::EncodedChallenge<EqAffine>>(
        self,
        f: impl FnOnce(MSM<'params, EqAffine>) -> Result<Guard<'params, EqAffine, E>, Error>,
    ) -> Result<Self::Output, Error> {
        Ok(f(self.0)?.use_challenges())
    }
}

/// Folds proofs, with its own stand-ins.
#[derive(Debug)]
pub struct Folder {
    /// For the points of a proof.
    points: Vec<EqAffine>,
    /// For the public inputs: a column of this one, of 128 random bits.
    public: Fp,
}

/// The checks of one or more proofs of one size `k`, each with its own coefficient.
#[derive(Clone, Debug)]
pub struct Folded<'a> {
    params: &'a Params<EqAffine>,
    tables: &'a PublicTables,
    /// What the proof system assembled from stand-ins.
    sum: MSM<'a, EqAffine>,
    /// For the public inputs, and for the points of a proof.
    stand_ins: (EqAffine, &'a [EqAffine]),
    /// How many times each stand-in was taken, that of the public inputs first.
    taken: Vec<Fp>,
    /// The points they stand for.
    points: Vec<Multiple>,
    last_claims: Vec<LastClaim>,
    /// How many times the blinding point and the point of each row are taken in what the commitments to
    /// public inputs should be.
    blinding: Fp,
    rows: Vec<Fp>,
}

/// Why a proof cannot be folded.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The proof does not verify, regardless of the others.
    #[error(transparent)]
    Invalid(#[from] VerifyError),
    /// The proof system reads this proof, or writes its key, in a way not foreseen here: verify it alone.
    #[error("the proof system reads the proof in a way that batches do not foresee")]
    Unforeseen,
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomnessError),
}

impl Folder {
    /// A folder with fresh stand-ins.
    ///
    /// # Errors
    /// [`RandomnessError`].
    pub fn new() -> Result<Self, RandomnessError> {
        let random = || Eq::try_random(&mut rand::rngs::SysRng).map_err(RandomnessError);
        let drawn = (0..STAND_INS).into_par_iter().map(|_| random());
        let drawn = drawn.collect::<Result<Vec<_>, _>>()?;
        let mut points = vec![EqAffine::default(); STAND_INS];
        Eq::batch_normalize_vartime(&drawn, &mut points);
        Ok(Self { points, public: coefficient()? })
    }

    /// Reads a proof against its public inputs, all but the last equation.
    ///
    /// # Errors
    /// [`FoldError`] for a proof that is wrong by itself, or if the system gives no randomness.
    pub fn fold<'a>(
        &'a self,
        key: &'a MarketVerifyingKey,
        public: &PublicInputs,
        proof: &[u8],
    ) -> Result<Folded<'a>, FoldError> {
        check_shape(key, public, proof)?;
        let inputs = public.instance();
        let commitment = key.public_tables().commit(&inputs);
        self.fold_hinted(key, &inputs, proof, commitment)
    }

    /// The same, given what should be the commitment to the public inputs.
    fn fold_hinted<'a>(
        &'a self,
        key: &'a MarketVerifyingKey,
        inputs: &[Fp],
        proof: &[u8],
        commitment: EqAffine,
    ) -> Result<Folded<'a>, FoldError> {
        let (params, tables) = (key.params(), key.public_tables());
        let openings = key.openings();
        let (mut sum, transcript) = self.assemble(key, proof, commitment)?;

        let of_proof = coefficient()?;
        sum.scale(of_proof);
        let mut taken = openings::scalars(openings, &transcript, 1 << params.k());
        taken.iter_mut().for_each(|scalar| *scalar *= of_proof);
        let last_claims = vec![LastClaim::of(&transcript, of_proof)];
        let points = transcript.points.iter().zip(&taken);
        let mut points: Vec<_> =
            points.map(|(point, scalar)| Multiple { scalar: *scalar, point: *point }).collect();

        let of_public = coefficient()?;
        points[0].scalar += of_public;
        let rows = inputs.iter().map(|input| *input * of_public).collect();
        let stand_ins = (transcript.public_stand_in.unwrap_or_default(), &self.points[..]);
        let blinding = of_public;
        Ok(Folded { params, tables, sum, stand_ins, taken, points, last_claims, blinding, rows })
    }

    /// What the proof system assembles from stand-ins, and the transcript.
    fn assemble<'key, 'proof>(
        &'proof self,
        key: &'key MarketVerifyingKey,
        proof: &'proof [u8],
        commitment: EqAffine,
    ) -> Result<(MSM<'key, EqAffine>, StandInRead<'proof>), FoldError> {
        let mut transcript = StandInRead::new(proof, commitment, &self.points);
        let stand_in: &[&[&[Fp]]] = &[&[&[self.public]]];
        let strategy = Unevaluated(MSM::new(key.params()));
        let sum = halo2::verify_proof(key.params(), key.key(), strategy, stand_in, &mut transcript);
        match sum {
            _ if transcript.unforeseen => Err(FoldError::Unforeseen),
            Ok(sum) => Ok((sum, transcript)),
            Err(_) => Err(VerifyError::Invalid.into()),
        }
    }
}

/// Adds numbers place by place.
fn add_each(ours: &mut Vec<Fp>, theirs: &[Fp]) {
    ours.resize(ours.len().max(theirs.len()), Fp::ZERO);
    ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours += theirs);
}

impl Folded<'_> {
    /// The size of the circuits. Proofs of one size fold together, whatever their markets.
    pub fn k(&self) -> u32 {
        self.params.k()
    }

    /// Adds the checks of other proofs of the same size. Returns `false` and adds nothing for another size or another
    /// folder's checks.
    #[must_use]
    pub fn add(&mut self, other: &Self) -> bool {
        let same = self.k() == other.k() && self.stand_ins == other.stand_ins;
        if same {
            self.sum.add_msm(&other.sum);
            add_each(&mut self.taken, &other.taken);
            self.points.extend_from_slice(&other.points);
            self.last_claims.extend_from_slice(&other.last_claims);
            self.blinding += other.blinding;
            add_each(&mut self.rows, &other.rows);
        }
        same
    }

    /// Whether all the proofs hold.
    pub fn holds(self) -> bool {
        let (mut sum, mut points) = (self.sum, self.points);
        let stand_ins = std::iter::once(&self.stand_ins.0).chain(self.stand_ins.1);
        for (taken, stand_in) in self.taken.iter().zip(stand_ins) {
            sum.append_term(-taken, *stand_in);
        }
        // The parameters' points, taken away and added.
        let generators = self.params.get_g();
        let none = || vec![Fp::ZERO; generators.len()];
        let taken = self.last_claims.par_iter().fold(none, |mut taken, claim| {
            claim.add_to(&mut taken);
            taken
        });
        let mut taken = taken.reduce(none, |mut taken, others| {
            add_each(&mut taken, &others);
            taken
        });
        let multiples = taken.iter().zip(generators);
        points.extend(multiples.map(|(scalar, point)| Multiple { scalar: *scalar, point }));
        taken.iter_mut().for_each(|scalar| *scalar = -*scalar);
        sum.add_to_g_scalars(&taken);
        // What the commitments to public inputs should be, taken from what they are.
        points.push(Multiple { scalar: -self.blinding, point: self.tables.blinding() });
        let rows = self.rows.iter().zip(self.tables.rows());
        points.extend(rows.map(|(scalar, point)| Multiple { scalar: -*scalar, point: *point }));

        sum.append_term(Fp::ONE, points::sum(&points).to_affine_vartime());
        sum.eval()
    }
}

#[cfg(test)]
mod tests;
